"""Finds the engine, and the way through its languages, for a pair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from models.nlp.translation.engine import Direction, Engine, Pair

_RANK = {"draft": 0, "good": 1, "exact": 2}


Table = tuple[Engine, Mapping[Pair, Direction]]


@dataclass(frozen=True)
class Route:
    """An engine and the languages it goes through, two for a direct translation, three with a pivot."""

    engine: Engine
    path: tuple[str, ...]
    direction: Direction

    @property
    def hops(self) -> list[Pair]:
        return list(zip(self.path, self.path[1:], strict=False))


class Router:
    """Engines in order of preference: a direct way of any engine comes before a pivot of the first."""

    def __init__(self, engines: Sequence[Engine]) -> None:
        self.engines = tuple(engines)

    def find(self, pair: Pair, engine: str | None = None) -> Route | None:
        """The best route of a pair, of one engine where it is named; None where there is none."""
        return _best(pair, self._tables(engine))

    def all(self) -> Iterator[Route]:
        """The best route of every pair that has one, in alphabetical order."""
        tables = self._tables(None)
        codes = sorted({code for _, table in tables for pair in table for code in pair})
        for source in codes:
            for target in codes:
                if source != target and (route := _best((source, target), tables)):
                    yield route

    def _tables(self, engine: str | None) -> list[Table]:
        return [(one, one.directions()) for one in self.engines if engine in (None, one.name)]

    def close(self) -> None:
        for engine in self.engines:
            engine.close()


def _best(pair: Pair, tables: Sequence[Table]) -> Route | None:
    direct = next((Route(engine, pair, table[pair]) for engine, table in tables if pair in table), None)
    return direct or next((route for engine, table in tables if (route := _pivot(engine, table, pair))), None)


def _pivot(engine: Engine, table: Mapping[Pair, Direction], pair: Pair) -> Route | None:
    """Two steps through the pivot whose worse step is best; English and Spanish come first among equals."""
    source, target = pair
    pivots = {b for a, b in table if a == source} & {a for a, b in table if b == target} - {source, target}
    if not pivots:
        return None

    def merit(pivot: str) -> tuple[int, float, bool, str]:
        steps = (table[source, pivot], table[pivot, target])
        rank = min(_RANK[step.quality] for step in steps)
        return rank, min(step.chrf or 0.0 for step in steps), pivot in ("en", "es"), pivot

    pivot = max(pivots, key=merit)
    return Route(engine, (source, pivot, target), Direction("draft"))
