"""Neural models translate a sentence at a time; a segment may hold several, and markers that no vocabulary has."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from models.nlp.translation.protect import FIRST_MARKER, MARKERS

_END = re.compile(r"(?<=[.!?。！？])\s+")
_NAME = re.compile(r"X\s?([0-9]{1,4})\s?X")


def by_sentence(texts: Sequence[str], translate: Callable[[list[str]], list[str]]) -> list[str]:
    """Each text's sentences translated in one go and put together again; markers stand as names, `X0X`, meanwhile."""
    split = [_END.split(MARKERS.sub(_named, text)) for text in texts]
    made = iter(translate([sentence for sentences in split for sentence in sentences]))
    return [_NAME.sub(_marker, " ".join(next(made) for _ in sentences)) for sentences in split]


def _named(marker: re.Match[str]) -> str:
    return f"X{ord(marker[0]) - FIRST_MARKER}X"


def _marker(name: re.Match[str]) -> str:
    return chr(FIRST_MARKER + int(name[1]))
