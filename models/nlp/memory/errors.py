"""What can be wrong with a file of translations."""

from __future__ import annotations


class Unreadable(ValueError):
    """The file is not what its name says, or says what we do not accept; the text says where."""
