"""How the language model is trained: no text on both sides, and nothing to learn where labels are shuffled."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from models.nlp.language.ngrams import BITS, NgramModel, features
from models.nlp.language.noise import words
from models.nlp.language.scripts import CORE
from models.nlp.language.trainer import STRINGS, Sample, fit_ngrams, load, pieces, quantised, rows, texts


def accuracy(model: NgramModel, samples: list[Sample]) -> float:
    said = [CORE[int(model.log_probabilities(words(text)).argmax())] for _, text in samples]
    return sum(code == answer for (code, _), answer in zip(samples, said, strict=True)) / len(samples)


@pytest.fixture(scope="module")
def split(data_dir: Path) -> tuple[list[Sample], list[Sample]]:
    return load(data_dir / "nlp")


@pytest.mark.data
def test_no_text_is_on_both_sides(split: tuple[list[Sample], list[Sample]], data_dir: Path) -> None:
    train, kept = split
    learned = {text.lower() for _, text in train}
    held_out = {text.lower() for row in rows(data_dir / "nlp" / STRINGS) if row["in_heldout"] for _, text in texts(row)}
    assert len(train) > 100_000
    assert not learned & {text.lower() for _, text in kept}
    assert not learned & held_out


@pytest.mark.data
def test_shuffled_labels_teach_nothing(split: tuple[list[Sample], list[Sample]]) -> None:
    train, kept = split
    rng = random.Random(3)
    part, tests = rng.sample(train, 2000), rng.sample(kept, 400)
    labels = [code for code, _ in part]
    shuffled = list(zip(rng.sample(labels, len(labels)), (text for _, text in part), strict=True))
    assert accuracy(fit_ngrams(pieces(part, random.Random(1))), tests) > 0.75
    assert accuracy(fit_ngrams(pieces(shuffled, random.Random(1))), tests) < 0.25


def test_features_are_bounded_and_stable() -> None:
    assert features(["Wallet"]) == features(["wallet"])
    assert features([]) == []
    assert all(0 <= number < 1 << BITS for number in features(["trésor", "钱包"] * 500))
    assert len(features([f"{n:x}word" for n in range(5000)])) < 400 * 60


def test_eight_bits_keep_the_order_and_the_file_its_model(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    coefficients, bias = rng.normal(size=(1 << BITS, len(CORE))), rng.normal(size=len(CORE))
    model = quantised(coefficients, bias)
    model.save(tmp_path / "model.npz")
    again = NgramModel.load(tmp_path / "model.npz")
    found = again.log_probabilities(["hello", "wallet"])
    assert np.exp(found).sum() == pytest.approx(1)
    assert (found == model.log_probabilities(["hello", "wallet"])).all()
    assert np.abs(again.table * again.scale - coefficients).max() < 1.5
    assert again.log_probabilities([]) == pytest.approx(np.full(len(CORE), -np.log(len(CORE))))
