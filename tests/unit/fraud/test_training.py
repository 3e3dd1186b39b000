"""Training: what it learns, what it must not learn, and that the served model answers as the trained one did."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from foundation.errors import InvalidInput
from models.fraud.dataset import mask, near_duplicates, read_table
from models.fraud.pool import POOL
from models.fraud.scorer import FULL, PARTIAL, Detector
from models.fraud.trainer import FraudTrainer, folds
from models.fraud.wallet import WALLET
from models.registry import Registry
from models.trainers import Limits, Source, Trained
from models.training import card_of
from schemas.outcome import Labelled
from schemas.progress import no_progress

ROWS = 220


def wallets(seed: int = 0, *, shuffled: bool = False) -> list[Labelled]:
    """Made-up wallets: frauds are short-lived and receive from many."""
    random = np.random.default_rng(seed)
    labels = random.random(ROWS) < 0.4
    rows = random.lognormal(1, 1.5, (ROWS, len(WALLET.fields)))
    rows[:, WALLET.fields.index("active_minutes")] *= np.where(labels, 1, 30)
    rows[:, WALLET.fields.index("unique_senders")] *= np.where(labels, 8, 1)
    if shuffled:
        random.shuffle(labels)
    return [
        Labelled(dict(zip(WALLET.fields, row, strict=True)), int(label), number)
        for number, (row, label) in enumerate(zip(rows.tolist(), labels, strict=True))
    ]


@pytest.fixture(scope="module")
def trained() -> Trained:
    return FraudTrainer("wallet-fraud").train(Source(outcomes=wallets()), no_progress, seed=1, limits=Limits())


def test_it_learns_what_is_there(trained: Trained) -> None:
    assert trained.metrics["auc"] > 0.9
    assert trained.metrics["partial"]["auc"] > 0.6
    assert trained.metrics["brier"] < trained.baselines["base rate"]["brier"]
    assert all(len(data) < 1_000_000 for data in trained.files.values())


def test_shuffled_labels_teach_nothing() -> None:
    source = Source(outcomes=wallets(shuffled=True))
    trained = FraudTrainer("wallet-fraud").train(source, no_progress, seed=1, limits=Limits())
    assert 0.38 < trained.metrics["auc"] < 0.62


def test_a_champion_serves_what_was_trained_and_is_compared_with(trained: Trained, tmp_path: Path) -> None:
    registry = Registry(str(tmp_path), pretrained=None)
    card = card_of("wallet-fraud", trained, seed=1, command="test")
    version = registry.add("wallet-fraud", trained.files, card)
    detector = Detector.load(WALLET, version)
    found = wallets(seed=7)
    scored = detector.score([[item.features[name] for name in WALLET.fields] for item in found])
    labels = np.array([item.label for item in found])
    assert scored.complete.all()
    assert scored.probabilities[labels == 1].mean() > 2 * scored.probabilities[labels == 0].mean()
    comparison = FraudTrainer("wallet-fraud").compare(trained, version)
    assert not comparison.promote
    assert comparison.rows == ROWS


def test_more_of_what_never_raises_risk_never_raises_it(trained: Trained, tmp_path: Path) -> None:
    card = card_of("wallet-fraud", trained, seed=1, command="test")
    detector = Detector.load(WALLET, Registry(str(tmp_path), pretrained=None).add("wallet-fraud", trained.files, card))
    [name] = WALLET.monotone
    place = WALLET.fields.index(name)
    for item in wallets(seed=3)[:20]:
        row = [item.features[field] for field in WALLET.fields]
        steps = [[*row[:place], value, *row[place + 1 :]] for value in np.geomspace(0.01, 1e6, 60).tolist()]
        assert (np.diff(detector.score(steps).probabilities) <= 0).all()


def test_near_duplicates_stay_together_in_folds() -> None:
    rows = np.repeat(WALLET.rows([list(item.features.values()) for item in wallets()[:60]]), 3, axis=0)
    rows = rows * np.random.default_rng(0).uniform(0.9999, 1.0001, rows.shape)
    assert len(np.unique(near_duplicates(rows))) < 150
    table = read_table(WALLET, Source(outcomes=wallets()))
    for train, test in folds(WALLET, table, 0):
        assert not set(table.groups[train]) & set(table.groups[test])


def test_folds_in_time_never_look_ahead() -> None:
    random = np.random.default_rng(2)
    outcomes = [
        Labelled(dict.fromkeys(POOL.fields, float(random.lognormal(0, 3))), int(random.random() < 0.5), int(at))
        for at in random.permutation(600)
    ]
    table = read_table(POOL, Source(outcomes=outcomes))
    several = list(folds(POOL, table, 0))
    assert len(several) == 5
    for train, test in several:
        assert table.times[train].max() < table.times[test].min()


def test_masking_hides_what_is_unknown_and_zeroes_what_says_the_same() -> None:
    table = read_table(WALLET, Source(outcomes=wallets()))
    hidden = mask(WALLET, table, 0, 3)
    zeroed = np.array([name in WALLET.zero_when_absent for name in WALLET.fields])
    assert not np.isnan(hidden.rows[:, zeroed]).any()
    assert 0.3 < np.isnan(hidden.rows[:, ~zeroed]).mean() < 0.6
    assert hidden.labels.tolist() == table.labels.tolist() * 3


def test_a_file_is_read_and_what_it_lacks_is_named(tmp_path: Path) -> None:
    path = tmp_path / "wallets.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*WALLET.columns.values(), WALLET.label])
        writer.writerows([*item.features.values(), item.label] for item in wallets())
    table = read_table(WALLET, Source(path=path))
    assert table.rows.shape == (ROWS, len(WALLET.fields))
    both = read_table(WALLET, Source(path=path, outcomes=wallets(seed=9)))
    assert len(both.labels) == 2 * ROWS
    with pytest.raises(InvalidInput, match="lacks the columns"):
        read_table(POOL, Source(path=path))


@pytest.mark.parametrize("outcomes", [[], wallets()[:40], wallets()[:1] * 500])
def test_too_little_to_learn_from_is_refused(outcomes: list[Labelled]) -> None:
    with pytest.raises(InvalidInput, match="of each label"):
        FraudTrainer("wallet-fraud").plan(Source(outcomes=outcomes), Limits())


def test_the_label_cannot_be_told_from_how_a_row_was_scraped() -> None:
    """Missing ERC-20 columns, token names and row order give the label away in the public file."""
    missing = WALLET.rows([[None] * len(WALLET.fields)])
    assert (missing[0, [name.startswith("erc20") for name in WALLET.fields]] == 0).all()
    assert not [column for column in WALLET.columns.values() if "token type" in column or column == "Address"]


@pytest.mark.parametrize("name", [FULL, PARTIAL])
def test_shipped_models_are_small_and_calibrated(name: str) -> None:
    for model in ("wallet-fraud", "pool-rugpull"):
        version = Registry("/nowhere").champion(model)
        assert version is not None
        assert len(version.read(name)) < 1_000_000
        assert version.card["metrics"]["calibrationError"] < 0.015
