"""Answers translation requests: which language, nothing to do, a known translation, or an engine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from foundation.errors import InvalidInput, ModelUnavailable, SobaError
from models.nlp.translation.engine import Quality
from models.nlp.translation.icu import NotIcu
from models.nlp.translation.router import Route, Router
from models.nlp.translation.translator import Cut, Item, Translator

MEMORY, NONE = "memory", "none"


@dataclass(frozen=True)
class Wanted:
    """One request; `source` None is to be detected, `engine` None to be chosen."""

    item: Item
    target: str
    source: str | None = None
    engine: str | None = None


@dataclass(frozen=True)
class Query:
    """What the translation memory is asked; `source` None finds any."""

    text: str
    target: str
    source: str | None


@dataclass(frozen=True)
class Hit:
    """A known translation and the language it is from; `similarity` below 1 is another text's, only to be offered."""

    text: str
    source: str
    original: str
    similarity: float = 1.0


class Memory(Protocol):
    def __call__(self, queries: Sequence[Query]) -> Mapping[Query, Sequence[Hit]]:
        """Known translations, best first."""


@dataclass(frozen=True)
class Answer:
    """A translation and how it came about."""

    text: str
    source: str
    target: str
    engine: str
    path: tuple[str, ...]
    quality: Quality
    protected: list[str]
    untranslated: list[str] = field(default_factory=list)
    detected: tuple[str, float] | None = None
    offered: Sequence[Hit] = ()


@dataclass
class _Job:
    wanted: Wanted
    cut: Cut
    source: str
    detected: tuple[str, float] | None
    hits: Sequence[Hit] = ()

    @property
    def pair(self) -> tuple[str, str]:
        return self.source, self.wanted.target

    def unchanged(self) -> Answer:
        made = self.cut.assembled()
        return self.answer(made.text, NONE, (self.source,), "exact", made.protected)

    def remembered(self, hit: Hit) -> Answer:
        path = (hit.source, self.wanted.target)
        return Answer(hit.text, *path, MEMORY, path, "exact", self.cut.assembled().protected, [], self.detected)

    def answer(
        self,
        text: str,
        engine: str,
        path: tuple[str, ...],
        quality: Quality,
        protected: list[str],
        untranslated: Sequence[str] = (),
    ) -> Answer:
        languages = self.source, self.wanted.target
        return Answer(text, *languages, engine, path, quality, protected, list(untranslated), self.detected, self.hits)


class Service:
    """Detector, memory, router and translator at work together on a batch."""

    def __init__(self, router: Router, memory: Memory, detect: Callable[[str], tuple[str, float]]) -> None:
        self.router = router
        self._memory, self._detect, self._translator = memory, detect, Translator()

    def answer(self, wanted: Sequence[Wanted]) -> list[Answer | SobaError]:
        """One answer for each request, in order; a request that fails harms no other."""
        jobs = [self._begin(one) for one in wanted]
        answers: list[Answer | SobaError | None] = [job if isinstance(job, SobaError) else None for job in jobs]
        open_ = {i: job for i, job in enumerate(jobs) if isinstance(job, _Job)}
        self._remember(list(open_.values()))
        routed: dict[tuple[str, ...], list[tuple[int, _Job, Route]]] = defaultdict(list)
        for i, job in open_.items():
            done = self._without_engine(job)
            if isinstance(done, Route):
                routed[done.engine.name, *done.path].append((i, job, done))
            else:
                answers[i] = done
        for group in routed.values():
            for i, answer in self._translated(group):
                answers[i] = answer
        return [answer for answer in answers if answer is not None]

    def _begin(self, wanted: Wanted) -> _Job | InvalidInput:
        try:
            cut = Cut(wanted.item)
        except NotIcu as error:
            return InvalidInput.at("text", f"expected an ICU message: {error}")
        detected = None if wanted.source else self._detect(wanted.item.text)
        return _Job(wanted, cut, wanted.source or (detected[0] if detected else ""), detected)

    def _remember(self, jobs: Sequence[_Job]) -> None:
        queries = [Query(job.wanted.item.text, job.wanted.target, job.wanted.source) for job in jobs]
        known = self._memory([query for query, job in zip(queries, jobs, strict=True) if job.cut.segments])
        for query, job in zip(queries, jobs, strict=True):
            job.hits = known.get(query, ())

    def _without_engine(self, job: _Job) -> Answer | SobaError | Route:
        """The answer where no engine is needed, or none is there; the route otherwise."""
        engine = job.wanted.engine
        if not job.cut.segments or job.source == job.wanted.target:
            return job.unchanged()
        if job.hits and job.hits[0].similarity == 1 and engine in (None, MEMORY) and not _has_terms(job.wanted.item):
            return job.remembered(job.hits[0])
        return self.router.find(job.pair, engine) or self._unavailable(job.pair, engine)

    def _unavailable(self, pair: tuple[str, str], engine: str | None) -> ModelUnavailable:
        routes = list(self.router.all())
        to = sorted(route.path[-1] for route in routes if route.path[0] == pair[0])
        of = sorted(route.path[0] for route in routes if route.path[-1] == pair[1])
        by = f" by {engine}" if engine else ""
        return ModelUnavailable(
            f"no engine translates {pair[0]} to {pair[1]}{by} here; "
            f"from {pair[0]}: {', '.join(to) or 'none'}; to {pair[1]}: {', '.join(of) or 'none'}"
        )

    def _translated(self, group: Sequence[tuple[int, _Job, Route]]) -> list[tuple[int, Answer]]:
        route = group[0][2]
        made = self._translator.translate([job.cut for _, job, _ in group], route)
        quality = route.direction.quality
        return [
            (i, job.answer(one.text, route.engine.name, route.path, quality, one.protected, one.untranslated))
            for (i, job, _), one in zip(group, made, strict=True)
        ]


def _has_terms(item: Item) -> bool:
    """Whether the caller's terms stand in the text: a remembered translation cannot know them."""
    return item.terms is not None and bool(item.terms.found(item.text))
