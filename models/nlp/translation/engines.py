"""The engines of this process, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from models.nlp.translation.apertium import Apertium
from models.nlp.translation.engine import Engine


def make(order: str) -> list[Engine]:
    """Engines in order of preference, from a list of names with commas; raises ValueError for an unknown name."""
    makers: Mapping[str, Callable[[], Engine]] = {"apertium": Apertium}
    names = [name.strip() for name in order.split(",") if name.strip()]
    unknown = sorted(set(names) - set(makers))
    if unknown:
        raise ValueError(f"no translation engine {', '.join(unknown)}; there are {', '.join(makers)}")
    return [makers[name]() for name in names]
