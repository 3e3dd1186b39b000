"""`nlp.detect-language`: which language a text is in, and when nobody can tell."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from foundation.errors import InvalidInput, SobaError
from models.nlp.codes import NAMES, normal
from schemas.base import Wire
from tasks.operation import operation

Confidence = Annotated[float, Field(ge=0, le=1)]


class Request(Wire):
    """A text, and the languages it may be in."""

    text: str = Field(max_length=2_000_000)
    """Chat, an interface string or a document; of a long one the beginning, middle and end are read."""
    candidates: list[Annotated[str, Field(min_length=2, max_length=35)]] | None = Field(
        None, min_length=1, max_length=len(NAMES)
    )
    """Language codes to choose among; the twenty core languages and others that are unmistakable where absent."""


class Alternative(Wire):
    """Another language that it may be."""

    language: str
    confidence: Confidence


class Result(Wire):
    """The language, and how sure that is."""

    language: str
    """ISO 639-1 code; `und` where no letters remain without addresses, tickers and slang, or the vote is open."""
    confidence: Confidence
    """Calibrated: of the answers given with 0.8, about 80% are right."""
    alternatives: list[Alternative]
    """The next best, best first."""
    script: str | None
    """The writing system of most letters, e.g. Latin, Cyrillic, Han; null without letters."""


def load() -> None:
    """Load the classifiers before the first job."""
    from models.nlp.language.detector import detector

    detector().detect("ready")


def _codes(candidates: list[str] | None) -> list[str] | None:
    if candidates is None:
        return None
    codes: list[str] = []
    for position, tag in enumerate(candidates):
        code = normal(tag)
        if code is None:
            raise InvalidInput.at(f"candidates.{position}", "expected an ISO 639-1 language code")
        codes.append(code)
    return codes


def _detect(request: Request) -> Result | SobaError:
    from models.nlp.language.detector import detector

    try:
        found = detector().detect(request.text, _codes(request.candidates))
    except InvalidInput as error:
        return error
    others = [Alternative(language=code, confidence=round(share, 4)) for code, share in found.alternatives]
    return Result(
        language=found.language, confidence=round(found.confidence, 4), alternatives=others, script=found.script
    )


@operation(
    queue="nlp",
    cache_ttl=86_400,
    stale_while_error=True,
    time_limit=15,
    batch_size=256,
    max_bytes=8 * 1024 * 1024,
    load=load,
    examples=[
        {"text": "Conecta tu billetera para intercambiar tokens"},
        {"text": "gm frens, still buying more $PEPE at 0x6982508145454Ce325dDbE47a25d4ec3d2311933 lfg"},
        {"text": "Подключите кошелёк", "candidates": ["ru", "uk", "bg"]},
    ],
)
def detect_language(requests: list[Request]) -> list[Result | SobaError]:
    """Name the language of a text.

    Addresses, links, tickers, numbers and chat slang are taken out first; then three classifiers vote.
    """
    return [_detect(request) for request in requests]
