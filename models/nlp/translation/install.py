"""Adds a translation model: converts it, measures it on a test set, and registers it where it is good enough."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.nlp.translation.chrf import chrf
from models.nlp.translation.ctranslate2_engine import CTranslate2
from models.nlp.translation.engine import Pair
from models.nlp.translation.local_models import Card
from models.nlp.translation.router import Route, Router
from models.nlp.translation.transformers_engine import Transformers
from models.nlp.translation.translator import Cut, Item, Translator

TestSet = Sequence[tuple[str, str]]
"""(text, reference translation)."""
_TOKENIZERS = ("source.spm", "target.spm")


@dataclass(frozen=True)
class Gate:
    """What a model must reach: `least` chrF on the tests, and what the route that serves now reaches on them."""

    tests: TestSet
    test_set: str
    least: float
    serving: Route | None


class Refused(Exception):
    """The model cannot be added; the text says why and what would help."""


def add(pair: Pair, origin: Path, folder: Path, gate: Gate, beam: int) -> Card:
    """Make `origin` (a Marian, Hugging Face or CTranslate2 folder) the model of a pair in `folder`.

    Raises Refused where it does not pass the gate with the search that it will serve with.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".adding-") as place:
        made = Path(place) / "-".join(pair)
        engine = _prepare(origin, made)
        digest = _digest(made)
        Card(engine, origin.name, 0.0, gate.test_set, digest).save(made)
        score = measure(_route(engine, Path(place), pair, beam), gate.tests)
        _judge(score, gate)
        card = Card(engine, origin.name, round(score, 2), gate.test_set, digest)
        card.save(made)
        _replace(folder / made.name, made)
    return card


def measure(route: Route, tests: TestSet) -> float:
    """chrF of a route on a test set, protected and verified as in service; what it leaves as it is counts nothing."""
    made = Translator().translate([Cut(Item(text)) for text, _ in tests], route)
    texts = ["" if one.untranslated else one.text for one in made]
    return chrf(zip(texts, (reference for _, reference in tests), strict=True))


def _judge(score: float, gate: Gate) -> None:
    if score < gate.least:
        raise Refused(f"chrF {score:.1f} on {len(gate.tests)} texts is below the gate of {gate.least:g}")
    present = measure(gate.serving, gate.tests) if gate.serving else 0.0
    if gate.serving and score < present:
        raise Refused(f"chrF {score:.1f} is below {present:.1f} of {gate.serving.engine.name}, which serves this pair")


def _prepare(origin: Path, made: Path) -> str:
    """Put the model into its final form at `made`; the name of the engine that runs it."""
    if (origin / "model.bin").exists():
        shutil.copytree(origin, made)
    elif (origin / "decoder.yml").exists():
        from ctranslate2.converters import OpusMTConverter

        OpusMTConverter(str(origin)).convert(str(made), quantization="int8")
    elif (origin / "config.json").exists():
        return _from_hugging_face(origin, made)
    else:
        raise Refused(f"{origin}: expected decoder.yml (Marian), config.json (Hugging Face) or model.bin (CTranslate2)")
    _copy_tokenizers(origin, made)
    return CTranslate2.name


def _from_hugging_face(origin: Path, made: Path) -> str:
    """CTranslate2's form where it knows the architecture and the tokenizer is sentencepiece, as it is otherwise."""
    try:
        from ctranslate2.converters import TransformersConverter

        if all((origin / name).exists() for name in _TOKENIZERS):
            TransformersConverter(str(origin)).convert(str(made), quantization="int8")
            _copy_tokenizers(origin, made)
            return CTranslate2.name
    except ImportError as error:
        raise Refused(f"converting this form needs the torch extra: {error}") from error
    except ValueError:
        shutil.rmtree(made, ignore_errors=True)  # an architecture that CTranslate2 does not know
    shutil.copytree(origin, made)
    return Transformers.name


def _copy_tokenizers(origin: Path, made: Path) -> None:
    for name in _TOKENIZERS:
        if not (origin / name).exists():
            raise Refused(f"{origin}: {name} is missing")
        if not (made / name).exists():
            shutil.copy(origin / name, made / name)


def _route(engine: str, folder: Path, pair: Pair, beam: int) -> Route:
    kinds: dict[str, type[CTranslate2] | type[Transformers]] = {k.name: k for k in (CTranslate2, Transformers)}
    route = Router([kinds[engine](folder, beam)]).find(pair)
    if route is None:
        raise Refused(f"{engine} cannot run here: install the torch extra")
    return route


def _digest(folder: Path) -> str:
    """SHA-256 over the files' names and contents."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                total.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def _replace(old: Path, new: Path) -> None:
    """Processes that loaded the old model keep it until they end."""
    if old.exists():
        shutil.rmtree(old)
    new.rename(old)
