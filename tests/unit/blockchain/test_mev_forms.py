"""One block in each form that a caller may have of it: what is found is the same, whatever the protocol."""

from __future__ import annotations

import json

import pytest

from tasks.discovery import find
from tasks.runner import run
from tests.chain_blocks import (
    BOT,
    BUY,
    FORMS,
    OTHER,
    POOL,
    POOLS,
    ROUTER,
    SECOND,
    SELL,
    TOKEN,
    TRADES,
    WETH,
    Legs,
    Sent,
    Trade,
    account,
    block,
    detect,
    uniswap_v2,
    uniswap_v3,
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", TRADES)
def test_a_cycle_through_each_protocol_closes_with_its_exact_profit(name: str, form: str) -> None:
    for first, second, legs in ((TRADES[name], uniswap_v2, (BUY, SELL)), (uniswap_v2, TRADES[name], (BUY, SELL))):
        sent = Sent(3, account(1), BOT)
        first(sent, POOL, BOT, legs[0])
        second(sent, SECOND, BOT, legs[1])
        [found] = detect(form, sent)["arbitrages"]
        assert (found["profitToken"], found["profitAmount"], found["startAmount"]) == (WETH, "12345", str(10**18))
        assert [swap["pool"] for swap in found["path"]] == [POOL, SECOND]
        assert found["transaction"] == sent.hash


@pytest.mark.parametrize("form", ["traces", "swaps"])
def test_a_cycle_that_was_reverted_is_none(form: str) -> None:
    sent = Sent(3, account(1), BOT, failed=True)
    uniswap_v3(sent, POOL, BOT, BUY)
    uniswap_v2(sent, SECOND, BOT, SELL)
    answer = detect(form, sent)
    assert answer["arbitrages"] == []
    assert [found["profitAmount"] for found in answer["revertedArbitrages"]] == ["12345"]


@pytest.mark.parametrize("form", FORMS)
def test_a_profit_that_was_sold_at_once_is_told_in_what_it_became(form: str) -> None:
    sent = Sent(3, account(1), BOT)
    uniswap_v2(sent, POOL, BOT, BUY)
    uniswap_v3(sent, SECOND, BOT, SELL)
    uniswap_v2(sent, account(0x12), BOT, (WETH, 12_345, OTHER, 77))
    [found] = detect(form, sent)["arbitrages"]
    assert (found["profitToken"], found["profitAmount"]) == (OTHER, "77")


def sandwich(trade: Trade, sold: int = 10**20, revenue: int = 11 * 10**17) -> list[Sent]:
    """A front-run that buys 10**20 for 10**18, two victims through a router, and a back-run."""
    front, back = Sent(0, account(1), BOT), Sent(3, account(1), BOT)
    victims = [
        Sent(i, account(60 + i), ROUTER, "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)")
        for i in (1, 2)
    ]
    trade(front, POOL, BOT, (WETH, 10**18, TOKEN, 10**20))
    for victim in victims:
        trade(victim, POOL, ROUTER, (WETH, 10**17, TOKEN, 9 * 10**18))
    trade(back, POOL, BOT, (TOKEN, sold, WETH, revenue))
    return [front, *victims, back]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", POOLS)
def test_a_sandwich_in_each_pool_names_its_contract_and_its_victims(name: str, form: str) -> None:
    sents = sandwich(POOLS[name])
    [found] = detect(form, *sents)["sandwiches"]
    assert (found["attacker"], found["pool"], found["profitToken"]) == (BOT, POOL, WETH)
    assert (found["frontrun"], found["backrun"]) == (sents[0].hash, sents[3].hash)
    assert found["victims"] == [sents[1].hash, sents[2].hash]
    assert found["profitAmount"] == str(10**17)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("sold", "revenue", "profit"), [(2 * 10**20, 22 * 10**17, 10**17), (10**20 // 2, 55 * 10**16, 5 * 10**16)]
)
def test_an_imbalanced_sandwich_earned_what_was_realised(sold: int, revenue: int, profit: int, form: str) -> None:
    [found] = detect(form, *sandwich(uniswap_v2, sold=sold, revenue=revenue))["sandwiches"]
    assert found["profitAmount"] == str(profit)


def through_router(sent: Sent, legs: Legs) -> Sent:
    """The account's own tokens in, what was bought straight back to it."""
    sent.move([sent.top()], legs[0], sent.sender, sent.to, legs[1])
    uniswap_v2(sent, POOL, sent.to, legs)
    sent.move([sent.top()], legs[2], sent.to, sent.sender, legs[3])
    return sent


@pytest.mark.parametrize("form", ["traces", "logs"])
def test_a_router_that_no_list_names_is_told_by_whom_it_serves(form: str) -> None:
    """Two strangers trade in opposite directions around a third; the contract takes from and gives to its callers."""
    unknown = account(0x77)
    sells = (TOKEN, 10**20, WETH, 10**18)
    sents = [
        through_router(Sent(0, account(1), unknown), BUY),
        through_router(Sent(1, account(2), unknown), BUY),
        through_router(Sent(2, account(3), unknown), sells),
    ]
    assert detect(form, *sents)["sandwiches"] == []


@pytest.mark.parametrize("form", FORMS)
def test_an_account_that_attacks_through_a_router_is_named_itself(form: str) -> None:
    method, sells = (
        "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
        (TOKEN, 9 * 10**20, WETH, 10**19),
    )
    trades = ((1, BUY), (2, BUY), (3, BUY), (1, sells))
    sents = [through_router(Sent(i, account(who), ROUTER, method), legs) for i, (who, legs) in enumerate(trades)]
    [found] = detect(form, *sents)["sandwiches"]
    assert (found["attacker"], found["victims"]) == (account(1), [sents[1].hash, sents[2].hash])


@pytest.mark.parametrize("form", FORMS)
def test_a_cycle_right_after_a_trade_turns_it_back(form: str) -> None:
    target, back = Sent(0, account(7), account(0x31)), Sent(1, account(1), BOT)
    uniswap_v2(target, SECOND, account(0x31), (WETH, 10**19, TOKEN, 8 * 10**21))
    uniswap_v3(back, POOL, BOT, BUY)
    uniswap_v2(back, SECOND, BOT, SELL)
    assert detect(form, target, back)["backruns"] == [{"transaction": back.hash, "target": target.hash, "pool": SECOND}]


def test_quantities_may_be_numbers_or_hex() -> None:
    made = block("traces", sandwich(uniswap_v2))
    plain = json.loads(json.dumps(made))
    for trace in plain["traces"]:
        trace["action"]["value"] = int(trace["action"]["value"], 16)
        trace["transactionPosition"] = hex(trace["transactionPosition"])
    for receipt in plain["receipts"]:
        receipt["transactionIndex"], receipt["other"] = int(receipt["transactionIndex"], 16), {"ignored": [1]}
    plain |= {"number": 16, "baseFeePerGas": 1}
    one, other = run(find("blockchain.detect-mev"), [json.dumps({"block": b}) for b in (made, plain)])
    assert one == other
