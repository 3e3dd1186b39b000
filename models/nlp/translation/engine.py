"""What every translation engine is to the rest: a name, directions, and texts in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Pair = tuple[str, str]
"""(source, target), ISO 639-1."""
Quality = Literal["draft", "good", "exact"]
"""draft: to be understood; good: measured to be fit for readers; exact: a person's, or nothing was to be done."""


@dataclass(frozen=True)
class Direction:
    """One direction of an engine: how good it is, and its chrF where somebody measured it."""

    quality: Quality
    chrf: float | None = None


class Engine(Protocol):
    """Translates masked segments: text whose protected spans are single characters from `protect.MARKERS`.

    An engine may move the markers, and is checked afterwards; it need not be safe for threads.
    """

    name: str

    def directions(self) -> Mapping[Pair, Direction]:
        """What it can do at the moment."""

    def translate(self, texts: Sequence[str], pair: Pair) -> list[str | None]:
        """One translation for each text (not empty, without control characters); None where it failed at that."""

    def close(self) -> None:
        """Give back processes and memory."""
