"""One text with its translation, as files bring it and the memory keeps it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A text and its translation, each with its language code."""

    source: str
    target: str
    text: str
    translation: str
