"""The spread of taint, by each rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.blockchain.graphs.taint import Method, Taint, TooFragmented, taint
from schemas.transfers import Payment, Transfers

THIEF, CLEAN, MIXER, SHOP = "thief", "clean", "mixer", "shop"
PAYMENTS = [
    Payment(CLEAN, MIXER, 60, None, 1),
    Payment(THIEF, MIXER, 40, None, 2),
    Payment(MIXER, SHOP, 70, None, 3),
]


def traced(payments: list[Payment], seeds: list[str], method: Method, **limits: int) -> list[Taint]:
    return taint(Transfers.of(payments), seeds, method, **limits)


@pytest.mark.parametrize(("method", "tainted"), [("haircut", 28), ("poison", 70), ("fifo", 10)])
def test_each_rule_taints_its_part(method: Method, tainted: int) -> None:
    found = {row.address: row for row in traced(PAYMENTS, [THIEF], method)}
    assert found[MIXER].tainted == 40
    assert found[SHOP].tainted == tainted
    assert found[SHOP].received == 70
    assert set(found) == {MIXER, SHOP}


def test_payments_count_in_the_order_of_their_times() -> None:
    late = [payment._replace(time=9 - (payment.time or 0)) for payment in PAYMENTS]
    assert {row.address for row in traced(late, [THIEF], "haircut")} == {MIXER}


def test_tokens_are_kept_apart() -> None:
    payments = [Payment(THIEF, MIXER, 40, "a", 1), Payment(MIXER, SHOP, 40, "b", 2)]
    assert [row.address for row in traced(payments, [THIEF], "poison")] == [MIXER]


def test_more_fragments_than_allowed_are_refused() -> None:
    with pytest.raises(TooFragmented):
        traced([*PAYMENTS, Payment(SHOP, CLEAN, 70, None, 4)], [THIEF], "fifo", max_pieces=2)


NAMES = st.sampled_from("abcde")


@given(st.lists(st.tuples(NAMES, NAMES, st.integers(0, 100)), max_size=40), st.sampled_from(["haircut", "fifo"]))
def test_no_more_is_held_tainted_than_seeds_sent(rows: list[tuple[str, str, int]], method: Method) -> None:
    payments = [Payment(sender, recipient, value) for sender, recipient, value in rows]
    found = traced(payments, ["a"], method)
    sent = sum(value for sender, recipient, value in rows if sender == "a" and recipient != "a")
    assert sum(row.held for row in found) <= sent
    assert all(0 < row.tainted <= row.received for row in found)
