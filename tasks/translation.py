"""What the translation operations share: the process's service, and its words in JSON."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from foundation.errors import InvalidInput, SobaError
from models.nlp.codes import normal
from models.nlp.translation import starter
from models.nlp.translation.engines import make
from models.nlp.translation.protect import Terms
from models.nlp.translation.router import Router
from models.nlp.translation.service import Answer, Hit, Query, Service, Wanted
from models.nlp.translation.translator import Item
from schemas.translation import Detected, Suggestion, Translation, TranslationOptions
from tasks.resources import resources

if TYPE_CHECKING:
    from storage.engine import Store
    from storage.translations import Found
    from tasks.resources import Resources

log = logging.getLogger(__name__)
AUTO = "auto"
_OFFERED = 3


def service(of: Resources) -> Service:
    """The service over these resources: engines by settings, the store's memory before the one that is shipped."""
    settings = of.settings
    engines = make(settings.translation_engines, settings.translation_models, settings.translation_beam)
    return Service(Router(engines), lambda queries: _known(of.store, queries), _detect)


def wanted(options: TranslationOptions, text: str) -> Wanted | InvalidInput:
    """A request in the words of the models, or what is wrong with its languages."""
    target, source = normal(options.target), normal(options.source)
    if target is None:
        return InvalidInput.at("target", "expected an ISO 639-1 language code")
    if source is None and options.source != AUTO:
        return InvalidInput.at("source", "expected an ISO 639-1 language code, or auto")
    terms = Terms(options.protect, options.glossary) if options.protect or options.glossary else None
    return Wanted(Item(text, options.format, terms), target, source, options.engine)


def answers(requests: Sequence[Wanted | InvalidInput]) -> list[Answer | SobaError]:
    """Answers in order; what is wrong already stays as it is."""
    sound = [request for request in requests if isinstance(request, Wanted)]
    made = iter(resources().translation.answer(sound))
    return [next(made) if isinstance(request, Wanted) else request for request in requests]


def fields(answer: Answer) -> Translation:
    """An answer as it crosses the wire."""
    return Translation(
        text=answer.text,
        source=answer.source,
        target=answer.target,
        engine=answer.engine,
        path=list(answer.path),
        quality=answer.quality,
        protected_spans=answer.protected,
        untranslated=answer.untranslated,
        suggestions=[
            Suggestion(original=hit.original, text=hit.text, source=hit.source, similarity=round(hit.similarity, 3))
            for hit in answer.offered
        ],
        detected=Detected(language=answer.detected[0], confidence=answer.detected[1]) if answer.detected else None,
    )


def _detect(text: str) -> tuple[str, float]:
    """The language, the likeliest one where the vote is open."""
    from models.nlp.language.detector import UNDECIDED, detector

    found = detector().detect(text)
    if found.language == UNDECIDED and found.alternatives:
        return found.alternatives[0]
    return found.language, round(found.confidence, 4)


def _known(store: Store, queries: Sequence[Query]) -> Mapping[Query, Sequence[Hit]]:
    """Hits of the store's memory, exact ones first, or else of the one that is shipped."""
    from sqlalchemy.exc import SQLAlchemyError

    shipped = starter.find(queries)
    try:
        stored = _stored(store, queries)
    except SQLAlchemyError as error:  # a translation is worth more than its memory
        log.warning("translating without the memory: %s", error)
        return shipped
    return {q: [*hits, *stored.get(q, [])] for q, hits in shipped.items()} | {
        q: hits for q, hits in stored.items() if hits[0].similarity == 1 or q not in shipped
    }


def _stored(store: Store, queries: Sequence[Query]) -> dict[Query, list[Hit]]:
    from storage import translations

    by_target: dict[str, list[Query]] = defaultdict(list)
    for query in queries:
        by_target[query.target].append(query)
    hits: dict[Query, list[Hit]] = {}
    for target, asked in by_target.items():
        found = translations.find(store, target, [query.text for query in asked])
        for query in asked:
            known = [one for one in found.get(query.text, []) if query.source in (None, one.entry.source)]
            if known:
                hits[query] = [_hit(query.text, one) for one in known[:_OFFERED]]
    return hits


def _hit(text: str, found: Found) -> Hit:
    near = 1.0 if found.exact else min(0.99, SequenceMatcher(None, text, found.entry.text).ratio())
    return Hit(found.entry.translation, found.entry.source, found.entry.text, near)
