"""What detect-mev concludes from swaps that are given to it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import SobaError
from models.blockchain.mev.events import Swap
from models.blockchain.mev.sandwiches import profit
from tasks.discovery import find
from tasks.runner import run

OPERATION = "blockchain.detect-mev"
WETH = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"


def account(number: int) -> str:
    return f"0x{number:040x}"


TOKEN, OTHER, POOL, SECOND, BOT, ROUTER = (account(i) for i in (0xA, 0xB, 0x10, 0x11, 0x20, 0x30))


def hash_of(position: int) -> str:
    return f"0x{position:064x}"


def sent(position: int, sender: int, to: str, **more: Any) -> dict[str, Any]:
    return {
        "hash": hash_of(position),
        "transactionIndex": position,
        "from": account(sender),
        "to": to,
        "value": 0,
        **more,
    }


def swap(position: int, by: str, legs: tuple[str, int, str, int], **more: Any) -> dict[str, Any]:
    names = ("tokenIn", "amountIn", "tokenOut", "amountOut")
    row = {"transactionHash": hash_of(position), "transactionIndex": position, "pool": POOL, "protocol": "uniswap_v2"}
    return row | {"sender": by, "recipient": by, **dict(zip(names, legs, strict=True)), **more}


def detect(transactions: list[dict[str, Any]], swaps: list[dict[str, Any]]) -> dict[str, Any]:
    block = {"number": 1, "transactions": transactions, "swaps": swaps}
    [answer] = run(find(OPERATION), [json.dumps({"block": block})])
    assert not isinstance(answer, SobaError), answer
    return json.loads(answer)  # type: ignore[no-any-return] # JSON


BUY, SELL = (WETH, 100, TOKEN, 1_000), (TOKEN, 1_000, WETH, 120)


def test_a_sandwich_may_have_many_victims_and_other_accounts_in_between() -> None:
    answer = detect(
        [sent(0, 1, BOT), sent(1, 2, ROUTER), sent(2, 3, ROUTER), sent(3, 4, BOT)],
        [swap(0, BOT, BUY), swap(1, ROUTER, BUY), swap(2, ROUTER, BUY), swap(3, BOT, SELL)],
    )
    [found] = answer["sandwiches"]
    assert (found["attacker"], found["profitToken"], found["profitAmount"]) == (BOT, WETH, "20")
    assert found["victims"] == [hash_of(1), hash_of(2)]


@pytest.mark.parametrize(
    "more",
    [{"input": "0x38ed1739"}, {"value": 5}, {}],
    ids=["called by a router's method", "called with ether by several", "hands on what it buys"],
)
def test_a_router_is_no_attacker(more: dict[str, Any]) -> None:
    """Two strangers trade in opposite directions through one router, a third in between through another."""
    buy = swap(0, ROUTER, BUY, recipient=account(1))
    sell = swap(2, ROUTER, SELL, recipient=account(3))
    sends = [sent(0, 1, ROUTER, **more), sent(1, 2, account(0x31)), sent(2, 3, ROUTER, **more)]
    assert detect(sends, [buy, swap(1, account(0x31), BUY), sell])["sandwiches"] == []


def test_swaps_whose_transactions_are_not_given_accuse_no_router() -> None:
    unknown = [
        swap(0, ROUTER, BUY, recipient=account(1)),
        swap(1, account(9), BUY),
        swap(2, ROUTER, SELL, recipient=account(3)),
    ]
    assert detect([], unknown)["sandwiches"] == []


def test_one_account_through_a_router_is_an_attacker_by_name() -> None:
    buy, sell = (swap(i, ROUTER, legs, recipient=account(1)) for i, legs in ((0, BUY), (2, SELL)))
    sends = [sent(0, 1, ROUTER, input="0x38ed1739"), sent(1, 2, ROUTER, input="0x38ed1739"), sent(2, 1, ROUTER)]
    [found] = detect(sends, [buy, swap(1, ROUTER, BUY, recipient=account(2)), sell])["sandwiches"]
    assert found["attacker"] == account(1)


def pair(bought: int, cost: int, sold: int, revenue: int) -> tuple[Swap, Swap]:
    front = Swap(0, (), POOL, "x", BOT, BOT, WETH, cost, TOKEN, bought)
    return front, Swap(2, (), POOL, "x", BOT, BOT, TOKEN, sold, WETH, revenue)


@pytest.mark.parametrize(
    ("sides", "expected"),
    [
        ((1_000, 100, 1_000, 120), 20),
        ((1_000, 100, 2_000, 240), 20),
        ((1_000, 100, 500, 60), 10),
        ((3, 100, 1, 60), 26),
        ((3, 100, 7, 60), -75),
        ((751864283801, 188147969924812013568, 1957841600000, 488799232410434891247), -435805264121293550),
    ],
)
def test_only_what_was_bought_and_sold_counts(sides: tuple[int, int, int, int], expected: int) -> None:
    assert profit(*pair(*sides)) == expected


AMOUNTS = st.integers(1, 2**200)


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_profit_never_exceeds_what_the_trades_gave(bought: int, cost: int, sold: int, revenue: int) -> None:
    made = profit(*pair(bought, cost, sold, revenue))
    assert -cost <= made <= revenue
    assert profit(*pair(bought, cost, bought, revenue)) == revenue - cost


CYCLE = [swap(1, BOT, (WETH, 100, TOKEN, 900)), swap(1, BOT, (TOKEN, 900, OTHER, 80), pool=SECOND, traceAddress=[1])]
CLOSED = [*CYCLE, swap(1, BOT, (OTHER, 80, WETH, 103), pool=account(0x12), traceAddress=[2])]


def test_a_cycle_that_closes_is_an_arbitrage_and_what_it_turned_back_its_target() -> None:
    before = swap(0, ROUTER, (TOKEN, 5_000, WETH, 500))
    answer = detect([sent(0, 5, ROUTER), sent(1, 1, BOT)], [before, *CLOSED])
    [found] = answer["arbitrages"]
    assert (found["profitToken"], found["profitAmount"], found["startAmount"]) == (WETH, "3", "100")
    assert [row["pool"] for row in found["path"]] == [POOL, SECOND, account(0x12)]
    assert answer["backruns"] == [{"transaction": hash_of(1), "target": hash_of(0), "pool": POOL}]


def test_a_cycle_that_does_not_close_is_none() -> None:
    assert detect([sent(1, 1, BOT)], CYCLE)["arbitrages"] == []
    short = [*CYCLE, swap(1, BOT, (OTHER, 81, WETH, 103), pool=account(0x12))]
    assert [found["profitAmount"] for found in detect([sent(1, 1, BOT)], short)["arbitrages"]] == []


def test_an_arbitrage_that_failed_is_told_apart() -> None:
    answer = detect([sent(1, 1, BOT, status="0x0")], CLOSED)
    assert answer["arbitrages"] == []
    assert [found["profitAmount"] for found in answer["revertedArbitrages"]] == ["3"]
    assert answer["swaps"] == []
