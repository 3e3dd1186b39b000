"""Trains the n-gram model and the vote's weights: `python -m models.nlp.language.trainer --data FOLDER`.

Reads `tatoeba_en.jsonl.gz` (sentence pairs) and `ui_permissive_mit_apache.jsonl.gz` (interface strings). Strings whose
English is in a tenth of the hash space, and those marked as held out, are never trained on; the former fit the vote.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.nlp.language.detector import PRETRAINED, SHORT, Detector
from models.nlp.language.ngrams import BITS, GAIN, NgramModel, features
from models.nlp.language.noise import words
from models.nlp.language.scripts import CORE, core_of, script_of

SENTENCES, STRINGS = "tatoeba_en.jsonl.gz", "ui_permissive_mit_apache.jsonl.gz"
SEED = 20260701
START = (0.4, 0.6, 0.3)
_MISLABELLED = 0.03
Sample = tuple[str, str]
"""(language, text)."""


def rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def aside(english: str) -> bool:
    """Whether all strings with this English text are kept from the training."""
    return hashlib.sha256(english.strip().lower().encode()).digest()[0] < 26


def texts(row: dict[str, Any]) -> Iterator[Sample]:
    """The core languages' texts of one row; those left in English, or in a foreign script, say nothing."""
    english = row["en"].lower()
    for code in CORE:
        text = row.get(code)
        if text and (code == "en" or text.lower() != english) and code in core_of(script_of(words(text)) or ""):
            yield code, text


def load(folder: Path) -> tuple[list[Sample], list[Sample]]:
    """(for training, for fitting the vote), without texts common to both."""
    pairs = [{"en": r["en"], r["lang"]: r["t"]} for r in rows(folder / SENTENCES) if r["lang"] in CORE]
    strings = rows(folder / STRINGS)
    kept = {sample for r in pairs + strings if aside(r["en"]) and not r.get("in_heldout") for sample in texts(r)}
    barred = {text.lower() for r in strings if r["in_heldout"] for _, text in texts(r)} | {t.lower() for _, t in kept}
    train = {s for r in pairs + strings if not aside(r["en"]) for s in texts(r) if s[1].lower() not in barred}
    return sorted(train), sorted(kept)


def pieces(samples: Iterable[Sample], rng: random.Random) -> list[Sample]:
    """The samples, and two short pieces of each longer one: interface strings are short."""
    made: list[Sample] = []
    for code, text in samples:
        made.append((code, text))
        units, joint = (list(text), "") if code in ("zh", "ja") else (text.split(), " ")
        if len(units) > 4:
            for _ in range(2):
                size = rng.randint(1, 3) if joint else rng.randint(2, 8)
                start = rng.randrange(len(units) - size + 1) if len(units) >= size else 0
                made.append((code, joint.join(units[start : start + size])))
    return [sample for sample in made if words(sample[1])]


def fit_ngrams(samples: Sequence[Sample], seed: int = SEED) -> NgramModel:
    """The regression, by averaged stochastic gradient descent; every language weighs the same."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import SGDClassifier

    starts, numbers, values = [0], [], []
    for _, text in samples:
        mine = features(words(text))
        numbers += mine
        values += [GAIN / len(mine) ** 0.5] * len(mine)
        starts.append(len(numbers))
    matrix = csr_matrix((np.array(values, np.float32), numbers, starts), shape=(len(samples), 1 << BITS))
    labels = np.array([CORE.index(code) for code, _ in samples])
    weights = (len(labels) / len(CORE) / np.bincount(labels, minlength=len(CORE)).clip(1))[labels]
    model = SGDClassifier(loss="log_loss", alpha=1e-6, max_iter=10, tol=None, average=True, random_state=seed)
    model.fit(matrix, labels, sample_weight=weights)
    return quantised(model.coef_.T, model.intercept_)


def quantised(coefficients: NDArray[np.float64], bias: NDArray[np.float64]) -> NgramModel:
    """The model in 8 bits, so that its file stays small."""
    scale = float(np.quantile(np.abs(coefficients), 0.9999)) / 127
    table = np.clip(np.round(coefficients / scale), -127, 127).astype(np.int8)
    return NgramModel(tuple(CORE), table, bias.astype(np.float32), scale)


def fit_vote(detector: Detector, samples: Sequence[Sample]) -> NDArray[np.float64]:
    """Weights (2, 3) of the classifiers for short and long texts, none below 0, by least robust logarithmic loss.

    The loss allows for labels that are wrong (`_MISLABELLED` of them): strings that were left in another language.
    """
    from scipy.optimize import minimize

    found = [(CORE.index(code), words(text)) for code, text in samples]
    weights = []
    for long in (False, True):
        part = [(label, ws) for label, ws in found if (sum(map(len, ws)) >= SHORT) == long]
        votes = np.stack([detector.votes(ws)[0] for _, ws in part])
        shut = np.array([[0.0 if c in core_of(script_of(ws) or "") else -50.0 for c in CORE] for _, ws in part])
        labels = np.array([label for label, _ in part])
        weights.append(minimize(_loss, START, (votes, shut, labels), method="L-BFGS-B", bounds=[(0, 3)] * 3).x)
    return np.array(weights)


def _loss(weights: NDArray[np.float64], votes: Any, shut: Any, labels: Any) -> float:
    pooled = np.einsum("k,nkc->nc", weights, votes) + shut
    shares = np.exp(pooled - pooled.max(axis=1, keepdims=True))
    chosen = shares[np.arange(len(labels)), labels] / shares.sum(axis=1)
    balance = (1 / np.bincount(labels, minlength=len(CORE)).clip(1))[labels]
    losses = -np.log((1 - _MISLABELLED) * chosen + _MISLABELLED / len(CORE))
    return float((balance * losses).sum() / balance.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=PRETRAINED)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    train, kept = load(options.data)
    print(f"{len(train)} texts to train on, {len(kept)} to fit the vote")
    model = fit_ngrams(pieces(train, random.Random(SEED)))
    model.save(options.out / "ngrams.npz")
    if not (options.out / "vote.npz").exists():
        np.savez_compressed(options.out / "vote.npz", weights=np.ones((2, 3)))
    weights = fit_vote(Detector(), kept)
    np.savez_compressed(options.out / "vote.npz", weights=weights)
    counts: dict[str, int] = defaultdict(int)
    for code, _ in train:
        counts[code] += 1
    print("vote weights (short, long) x (n-grams, py3langid, fastText):", weights.round(3).tolist())
    print("trained on", dict(counts))


if __name__ == "__main__":
    main()
