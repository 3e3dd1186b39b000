"""A linear model over hashed character n-grams and words, made for short interface strings.

Features are the n-grams (1 to 4) of each word with its edges, and the word itself, hashed with CRC-32; each text's
feature vector has length 1. The weights are those of a multinomial regression, stored as 8-bit integers.
Idea: Lui and Baldwin, "langid.py", ACL 2012 (n-grams over many domains); Weinberger et al., "Feature hashing for
large scale multitask learning", ICML 2009.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BITS = 16
LONGEST = 4
GAIN = 4.0
_MAX_WORDS = 400


def features(words: Sequence[str]) -> list[int]:
    """Distinct feature numbers of a text's words (its first 400), below 2**BITS."""
    found: set[int] = set()
    for word in words[:_MAX_WORDS]:
        lowered = word.lower()[:40]
        found.add(zlib.crc32(f"#{lowered}".encode()))
        edged = f" {lowered} "
        for n in range(1, LONGEST + 1):
            found.update(zlib.crc32(edged[i : i + n].encode()) for i in range(len(edged) - n + 1))
    return sorted({number & ((1 << BITS) - 1) for number in found})


@dataclass(frozen=True)
class NgramModel:
    """`table` (2**BITS, languages) times `scale` and `bias` give a text's scores, in the order of `languages`."""

    languages: tuple[str, ...]
    table: NDArray[np.int8]
    bias: NDArray[np.float32]
    scale: float

    @classmethod
    def load(cls, path: Path) -> NgramModel:
        with np.load(path, allow_pickle=False) as held:
            return cls(tuple(held["languages"].tolist()), held["table"], held["bias"], float(held["scale"]))

    def save(self, path: Path) -> None:
        np.savez_compressed(
            path, languages=np.array(self.languages), table=self.table, bias=self.bias, scale=np.float64(self.scale)
        )

    def log_probabilities(self, words: Sequence[str]) -> NDArray[np.float64]:
        """Natural logarithms of each language's probability, in the order of `languages`."""
        numbers = features(words)
        if not numbers:
            return np.full(len(self.languages), -np.log(len(self.languages)))
        total = self.table[numbers].sum(axis=0, dtype=np.int64) * (self.scale * GAIN / len(numbers) ** 0.5) + self.bias
        total = total - total.max()
        return np.asarray(total - np.log(np.exp(total).sum()))
