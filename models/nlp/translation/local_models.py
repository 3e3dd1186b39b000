"""The folder of translation models that an operator added: one folder a pair, each with a card."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from models.nlp.translation.engine import Direction, Pair

CARD = "translation.json"
_NAME = re.compile(r"([a-z]{2,3})-([a-z]{2,3})\Z")


@dataclass(frozen=True)
class Card:
    """What is known of a model: the engine that runs it, where it came from, what it was measured to be worth."""

    engine: str
    origin: str
    chrf: float
    test_set: str
    sha256: str

    def save(self, folder: Path) -> None:
        (folder / CARD).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


def models(folder: Path, engine: str) -> Iterator[tuple[Pair, Path, Direction]]:
    """(pair, folder, what it is worth) of every model that this engine runs."""
    for path in sorted(folder.glob("*-*")) if folder.is_dir() else ():
        named, card = _NAME.match(path.name), _card(path)
        if named and card and card.engine == engine:
            yield (named[1], named[2]), path, Direction("good", round(card.chrf, 1))


def _card(folder: Path) -> Card | None:
    """None for a folder that nobody finished."""
    file = folder / CARD
    return Card(**json.loads(file.read_text(encoding="utf-8"))) if file.exists() else None
