"""The engines of this process, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from models.nlp.translation.apertium import Apertium
from models.nlp.translation.ctranslate2_engine import CTranslate2
from models.nlp.translation.engine import Engine
from models.nlp.translation.transformers_engine import Transformers


def make(order: str, folder: Path, beam: int) -> list[Engine]:
    """Engines in order of preference, from names with commas between; `folder` holds the models that were added.

    Raises ValueError for an unknown name.
    """
    makers: Mapping[str, Callable[[], Engine]] = {
        Apertium.name: Apertium,
        CTranslate2.name: lambda: CTranslate2(folder, beam),
        Transformers.name: lambda: Transformers(folder, beam),
    }
    names = [name.strip() for name in order.split(",") if name.strip()]
    unknown = sorted(set(names) - set(makers))
    if unknown:
        raise ValueError(f"no translation engine {', '.join(unknown)}; there are {', '.join(makers)}")
    return [makers[name]() for name in names]
