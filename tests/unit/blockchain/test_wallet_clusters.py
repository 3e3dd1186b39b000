"""Links, features, evidence and rings, on small graphs that show one thing each."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.blockchain.clusters.analyze import analyze, details_of
from models.blockchain.clusters.evidence import Evidence
from models.blockchain.clusters.features import MONOTONE, features
from models.blockchain.clusters.links import HUB_DEGREE, Links, all_but_hubs, link
from models.blockchain.clusters.rings import rings
from models.blockchain.clusters.scorer import NAME, Scorer, supported
from models.registry import Registry
from schemas.transfers import Payment, Transfers

WALLETS = [f"w{i}" for i in range(12)]
HOUR = 3_600_000.0


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    """The one that ships with the code."""
    return Registry(str(tmp_path_factory.mktemp("models"))).load(NAME, Scorer.load)


def linked(rows: list[tuple[Any, ...]], wallets: list[str] = WALLETS) -> Links:
    """Links of `(from, to, count)`."""
    return link([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], wallets)[0]


def codes(rows: list[tuple[Any, ...]], scorer: Scorer, *, times: float = np.nan, amounts: float = np.nan) -> set[str]:
    """The evidence of the first cluster of `(from, to)`, all at one time and of one amount."""
    links, owner = link([r[0] for r in rows], [r[1] for r in rows], [2] * len(rows), WALLETS)
    details = details_of(links, owner, [times] * len(rows), [amounts] * len(rows))
    return {item.code for item in evidence_of(links, details, scorer)}


def evidence_of(links: Links, details: Any, scorer: Scorer) -> list[Evidence]:
    return analyze(links, details, scorer).clusters[0].evidence


FUNDED = [("funder", wallet) for wallet in WALLETS]
COLLECTED = [(wallet, "collector") for wallet in WALLETS]
CHAINED = list(pairwise(WALLETS))
DENSE = [(a, b) for i, a in enumerate(WALLETS) for b in WALLETS[:i]]


@pytest.mark.parametrize(
    ("rows", "code"),
    [(FUNDED, "COMMON_FUNDING"), (COLLECTED, "COMMON_COLLECTION"), (CHAINED, "CHAIN"), (DENSE, "DENSE_LINKS")],
)
def test_each_pattern_is_told_by_its_name(rows: list[tuple[Any, ...]], code: str, scorer: Scorer) -> None:
    assert code in codes(rows, scorer)


def test_timing_and_amounts_are_evidence_where_they_are_known(scorer: Scorer) -> None:
    assert {"SYNCHRONY", "EQUAL_AMOUNTS"} <= codes(FUNDED, scorer, times=HOUR, amounts=5.0)
    assert not {"SYNCHRONY", "EQUAL_AMOUNTS"} & codes(FUNDED, scorer)


def test_timing_and_amounts_raise_the_score(scorer: Scorer) -> None:
    links, owner = link([r[0] for r in FUNDED], [r[1] for r in FUNDED], [2] * 12, WALLETS)
    bare, timed = (
        analyze(links, details_of(links, owner, [time] * 12, [np.nan] * 12), scorer).scores for time in (np.nan, HOUR)
    )
    assert (timed > bare).all()


def test_one_transfer_is_never_enough(scorer: Scorer) -> None:
    rows = [(a, b, 3) for a, b in DENSE if "w0" not in (a, b)] + [("w1", "w0", 1)]
    links = linked(rows)
    verdicts = analyze(links, details_of(links, np.array([], int), [], []), scorer)
    assert not verdicts.sybil[0]
    assert verdicts.sybil[1:].all()
    assert supported(links).tolist() == [False, *[True] * 11]


def test_an_exchange_joins_nobody() -> None:
    customers = [f"c{i}" for i in range(HUB_DEGREE + 1)]
    links = linked([("exchange", name, 5) for name in [*customers, *WALLETS]])
    assert links.hubs.sum() == 1
    assert not links.connectors.any()
    assert len(set(links.groups(links.wallets | links.connectors)[: len(WALLETS)])) == len(WALLETS)
    assert not all_but_hubs(links).wallets[links.names.index("exchange")]


def test_strangers_with_a_common_acquaintance_are_not_sybil(scorer: Scorer) -> None:
    """Each wallet deals with twenty others that deal with nobody else here."""
    rows = [(wallet, f"{wallet}-{i}", 2) for wallet in WALLETS for i in range(20)] + [("shop", w, 1) for w in WALLETS]
    links = linked(rows)
    assert not analyze(links, details_of(links, np.array([], int), [], []), scorer).sybil.any()


def test_wallets_without_transfers_have_a_verdict_too(scorer: Scorer) -> None:
    links = linked([], ["a", "b"])
    verdicts = analyze(links, details_of(links, np.array([], int), [], []), scorer)
    assert verdicts.cluster_of.tolist() == [-1, -1]
    assert not verdicts.sybil.any()


NAMES = st.sampled_from([*WALLETS[:6], "x", "y", "z"])


@given(st.lists(st.tuples(NAMES, NAMES, st.integers(1, 9)), max_size=40))
def test_features_are_finite_and_do_not_depend_on_order_or_names(rows: list[tuple[str, str, int]]) -> None:
    columns = features(linked(rows))
    renamed = {name: f"0x{i}" for i, name in enumerate([*WALLETS, "x", "y", "z"])}
    other = [(renamed[a], renamed[b], count) for a, b, count in reversed(rows)]
    again = features(linked(other, [renamed[name] for name in WALLETS]))
    assert set(MONOTONE) <= set(columns)
    for name, column in columns.items():
        assert np.isfinite(column).all(), name
        np.testing.assert_allclose(column, again[name], atol=1e-12, err_msg=name)


def test_value_that_goes_round_is_a_ring() -> None:
    moves = [Payment("a", "b", 100), Payment("b", "c", 99), Payment("c", "a", 99)]
    [ring] = rings(Transfers.of([*moves, Payment("c", "shop", 5), Payment("a", "a", 7)]))
    assert (ring.wallets, ring.transfers, ring.volume, ring.change) == (["a", "b", "c"], 3, 298, 1)


@pytest.mark.parametrize(
    "moves",
    [
        [Payment("a", "b", 100), Payment("b", "a", 100)],
        [Payment("a", "b", 100), Payment("b", "c", 100), Payment("c", "a", 50)],
        [Payment("a", "b", 100, "t"), Payment("b", "c", 100, "u"), Payment("c", "a", 100, "t")],
        [Payment("a", "b", 100, transfers=9), Payment("b", "c", 100, transfers=9)],
    ],
    ids=["paid back once", "kept by one", "different tokens", "never comes back"],
)
def test_value_that_changes_hands_is_none(moves: list[Payment]) -> None:
    assert rings(Transfers.of(moves)) == []
