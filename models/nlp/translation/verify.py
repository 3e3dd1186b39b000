"""Says whether a translated segment kept what it had to keep."""

from __future__ import annotations

import re
from collections import Counter

from models.nlp.translation.protect import FIRST_MARKER, MARKERS, NUMBER, Masked

_STRUCTURE = re.compile(r"[{}<>\[\]|`\x00-\x08\x0b-\x1f]")
_GROWTH, _ROOM = 6, 60


def kept(source: Masked, translated: str) -> bool:
    """Whether every marker stands in the translation once, those of tags and links in their order, and every number.

    An engine that makes structure (braces, tags, control characters), or far more text than it was given, has failed
    as well.
    """
    before, after = MARKERS.findall(source.text), MARKERS.findall(translated)
    return (
        Counter(before) == Counter(after)
        and _ordered(source, before) == _ordered(source, after)
        and sorted(NUMBER.findall(source.text)) == sorted(NUMBER.findall(translated))
        and not _STRUCTURE.search(translated)
        and bool(translated.strip())
        and len(translated) <= _GROWTH * len(source.text) + _ROOM
    )


def _ordered(source: Masked, markers: list[str]) -> list[str]:
    return [marker for marker in markers if source.spans[ord(marker) - FIRST_MARKER].ordered]
