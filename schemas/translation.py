"""What translation requests and results share, one text or many."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Wire

MAX_TEXT = 1_048_576
Text = Annotated[str, Field(max_length=MAX_TEXT)]
Language = Annotated[str, Field(min_length=2, max_length=35)]
Term = Annotated[str, Field(min_length=1, max_length=200)]


class TranslationOptions(Wire):
    """How to translate: the same for every text of a request."""

    target: Language
    """Language code to translate into: `es`, `pt-BR`, `spa`."""
    source: Language = "auto"
    """Language code of the text; `auto` detects it."""
    format: Literal["text", "html", "icu"] = "text"
    """html keeps tags and stays well formed; icu reads plural and select, and translates each branch."""
    glossary: dict[Term, Term] = Field(default_factory=dict, max_length=2000)
    """Source term to target term: whole words, used as they are, whatever the engine would say."""
    protect: list[Term] = Field(default_factory=list, max_length=2000)
    """Terms that stay as they are."""
    engine: Literal["apertium", "ctranslate2", "transformers", "memory"] | None = None
    """This engine or none; chosen by pair where absent."""


class Detected(Wire):
    """The language that the text was found to be in."""

    language: str
    confidence: float = Field(ge=0, le=1)


class Suggestion(Wire):
    """What people made of a text that differs in case, numbers or placeholders alone."""

    original: str
    text: str
    source: str
    similarity: float = Field(ge=0, le=1)


class Translation(Wire):
    """A translation and how it came about."""

    text: str
    source: str
    target: str
    engine: str
    """The engine; `memory` for what a person translated, `none` where nothing was to be done."""
    path: list[str]
    """Languages that the text went through: two, three with a pivot, one where nothing was to be done."""
    quality: Literal["draft", "good", "exact"]
    """draft: to be understood; good: measured to be fit for readers; exact: a person's, or the text itself."""
    protected_spans: list[str]
    """What was kept byte for byte (addresses, placeholders, tags, tickers, amounts ...), in the source's order."""
    untranslated: list[str] = Field(default_factory=list)
    """Stretches that stay in the source language, since the engine would have harmed what must be kept."""
    suggestions: list[Suggestion] = Field(default_factory=list)
    """Near translations from the memory; never used by themselves."""
    detected: Detected | None = None
    """Only where the source was `auto`."""
