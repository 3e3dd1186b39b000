"""Translates many texts at once: cut, protect, translate, verify, restore; what fails is tried again in pieces."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from models.nlp.translation import icu
from models.nlp.translation.cache import Cache
from models.nlp.translation.protect import MARKERS, NUMBER, Terms, bare, has_letters, mask, spans_of
from models.nlp.translation.router import Route
from models.nlp.translation.segments import Piece, of_html, of_text
from models.nlp.translation.verify import kept

Format = Literal["text", "html", "icu"]
_EDGES = re.compile(rf"({MARKERS.pattern}|^\s+|\s+$|\s+(?={MARKERS.pattern})|(?<={MARKERS.pattern})\s+)")


@dataclass(frozen=True)
class Item:
    """One text, how to read it, and what its caller wants kept or translated in one way only."""

    text: str
    format: Format = "text"
    terms: Terms | None = None


@dataclass(frozen=True)
class Translated:
    """The translation; protected spans in the order of the source; stretches that stayed as they were, since the
    engine could not translate them without harm."""

    text: str
    protected: list[str]
    untranslated: list[str]


class _Segment:
    """One stretch on its way: masked, and its translation with markers once there is one."""

    def __init__(self, text: str, terms: Terms | None = None) -> None:
        self.text, self.terms = text, terms
        self.masked = mask(text, terms)
        self.made: str | None = None
        self.untranslated: list[str] = []

    @property
    def key(self) -> tuple[str, str]:
        """Segments of one key are translated, and judged, alike."""
        return self.masked.text, "".join("o" if span.ordered else "-" for span in self.masked.spans)

    @property
    def says_something(self) -> bool:
        return has_letters(bare(self.masked.text))

    def protect_numbers(self) -> None:
        self.masked = mask(self.text, self.terms, numbers=True)


class Cut:
    """An item in pieces; raises icu.NotIcu where it is said to be an ICU message and is not a sound one."""

    def __init__(self, item: Item) -> None:
        self.icu = item.format == "icu" or (item.format == "text" and icu.is_complex(item.text))
        self._doubled = "''" in item.text
        pieces = _pieces(item, self.icu)
        self.parts = [(piece.text, _Segment(piece.text, item.terms) if piece.translate else None) for piece in pieces]

        self.segments = [segment for _, segment in self.parts if segment and segment.says_something]

    def assembled(self) -> Translated:
        """The item with what is translated of it."""
        texts: list[str] = []
        protected: list[str] = []
        untranslated: list[str] = []
        for text, segment in self.parts:
            texts.append(self._restored(segment) if segment else text)
            protected += [span.text for span in segment.masked.spans] if segment else spans_of(text)
            untranslated += segment.untranslated if segment else []
        return Translated("".join(texts), protected, untranslated)

    def _restored(self, segment: _Segment) -> str:
        made = segment.masked.text if segment.made is None else segment.made
        if not self.icu:
            return segment.masked.restore(made)
        parts = [segment.masked.restore(p) if MARKERS.match(p) else p for p in re.split(f"({MARKERS.pattern})", made)]
        after = [*parts[1::2], ""]
        parts[::2] = [icu.quoted(p, a, doubled=self._doubled) for p, a in zip(parts[::2], after, strict=True)]
        return "".join(parts)


def _pieces(item: Item, is_icu: bool) -> list[Piece]:
    if is_icu:
        return [Piece(icu.unquoted(p.text), True) if p.translate else p for p in icu.pieces(item.text)]
    return list(of_html(item.text) if item.format == "html" else of_text(item.text))


class Translator:
    """Runs items through a route; keeps what it translated for a while."""

    def __init__(self, cache: Cache | None = None) -> None:
        self._cache = cache if cache is not None else Cache()

    def translate(self, texts: Sequence[Cut], route: Route) -> list[Translated]:
        """One translation for each text, in order."""
        waiting = [segment for text in texts for segment in text.segments]
        self._run(waiting, route)
        numbers = [segment for segment in waiting if segment.made is None and NUMBER.search(segment.masked.text)]
        for segment in numbers:
            segment.protect_numbers()
        self._run(numbers, route)
        self._run_in_stretches([segment for segment in waiting if segment.made is None], route)
        return [text.assembled() for text in texts]

    def _run(self, segments: Sequence[_Segment], route: Route) -> None:
        """Translate each distinct text once; `made` stays None where the engine failed or harmed what it must keep."""
        wanted = {segment.key: segment.masked for segment in segments}
        way = (route.engine.name, *route.path)
        made = {key: self._cache.get((*way, *key)) for key in wanted}
        missing = [key for key, known in made.items() if known is None]
        for key, answer in zip(missing, _through([text for text, _ in missing], route), strict=True):
            if answer is not None and kept(wanted[key], answer):
                made[key] = answer
                self._cache.put((*way, *key), answer)
        for segment in segments:
            segment.made = made[segment.key]

    def _run_in_stretches(self, segments: Sequence[_Segment], route: Route) -> None:
        """Translate what lies between markers bit by bit; what fails even so stays, and is said."""
        split = [[_Segment(part) for part in _EDGES.split(s.masked.text) if part] for s in segments]
        self._run([part for parts in split for part in parts if _is_words(part)], route)
        for segment, parts in zip(segments, split, strict=True):
            segment.untranslated = [part.text for part in parts if _is_words(part) and part.made is None]
            segment.made = "".join(part.text if part.made is None else part.masked.restore(part.made) for part in parts)


def _is_words(part: _Segment) -> bool:
    return part.says_something and not MARKERS.match(part.text)


def _through(texts: Sequence[str], route: Route) -> list[str | None]:
    """The texts after every hop of the route; None from the hop on where the engine failed."""
    made: list[str | None] = list(texts)
    for hop in route.hops:
        at = [i for i, text in enumerate(made) if text is not None]
        for i, answer in zip(at, route.engine.translate([made[i] or "" for i in at], hop), strict=True):
            made[i] = answer
    return made
