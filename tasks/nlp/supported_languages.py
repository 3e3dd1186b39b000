"""`nlp.supported-languages`: what can be detected and translated here, at this moment."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from models.nlp.codes import NAMES
from models.nlp.language.scripts import CORE, ONLY
from models.nlp.translation.router import Route
from schemas.base import Wire
from tasks.operation import operation
from tasks.resources import resources


class Request(Wire):
    """Nothing to ask for."""


class Language(Wire):
    """A language that something here can deal with."""

    code: str
    """ISO 639-1 (639-3 where there is none)."""
    name: str
    """In English."""
    detected: bool
    """Whether detect-language was measured to tell it from the others."""
    translated: bool
    """Whether an engine translates from it or into it."""


class Pair(Wire):
    """One direction of translation."""

    source: str
    target: str
    engine: str
    quality: Literal["draft", "good", "exact"]
    path: list[str]
    """Languages it goes through: two, or three with a pivot."""
    chrf: float | None = Field(None, ge=0, le=100)
    """chrF measured on FLORES-200 for a direct pair; null where nobody measured it."""


class Result(Wire):
    """Languages and directions, in alphabetical order of their codes."""

    languages: list[Language]
    pairs: list[Pair]


def _pair(route: Route) -> Pair:
    return Pair(
        source=route.path[0],
        target=route.path[-1],
        engine=route.engine.name,
        quality=route.direction.quality,
        path=list(route.path),
        chrf=route.direction.chrf,
    )


@operation(queue="nlp", cache_ttl=60, stale_while_error=True, time_limit=10, method="GET", examples=[{}])
def supported_languages(requests: list[Request]) -> list[Result]:
    """List the languages and the directions of translation of this installation, pair by pair."""
    pairs = [_pair(route) for route in resources().translation.router.all()]
    detected = {*CORE, *ONLY.values()}
    translated = {code for pair in pairs for code in pair.path}
    languages = [
        Language(code=code, name=NAMES[code], detected=code in detected, translated=code in translated)
        for code in sorted(detected | translated)
    ]
    return [Result(languages=languages, pairs=pairs)] * len(requests)
