"""One translation as a file has it."""

from __future__ import annotations

from dataclasses import dataclass


class Unreadable(ValueError):
    """The file is not what its name says, or says what we do not accept; the text says where."""


@dataclass(frozen=True)
class Entry:
    """A text and its translation, with the language codes that the file gives."""

    source: str
    target: str
    text: str
    translation: str
