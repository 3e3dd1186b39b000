"""Liquidations and just-in-time liquidity, from traces, from logs and from both."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from schemas.primitives import NATIVE_TOKEN
from tests.chain_blocks import BOT, BUY, OTHER, POOL, ROUTER, TOKEN, VAULT, Sent, account, detect, uniswap_v3, words

AAVE = "liquidationCall(address,address,address,uint256,bool)"
V2_EVENT = "LiquidationCall(address,address,address,uint256,uint256,address,bool)"
V1_EVENT = "LiquidationCall(address,address,address,uint256,uint256,uint256,address,bool,uint256)"
MARKET, CTOKEN, ATOKEN, OWES = (account(i) for i in (0x90, 0x91, 0x92, 0x93))


def aave_v2(sent: Sent) -> tuple[str, str]:
    sent.call([0], BOT, MARKET, AAVE, words(OTHER, TOKEN, OWES, 2**256 - 1, 0))
    sent.move([0, 0], OTHER, ATOKEN, BOT, 55)
    sent.call([0, 1], MARKET, TOKEN, "transferFrom(address,address,uint256)", words(BOT, ATOKEN, 50), output=words(1))
    sent.log(TOKEN, "Transfer(address,address,uint256)", (BOT, ATOKEN), 50)
    sent.log(MARKET, V2_EVENT, (OTHER, TOKEN, OWES), 50, 55, BOT, 0)
    return TOKEN, OTHER


def aave_v2_same_asset(sent: Sent) -> tuple[str, str]:
    sent.call([0], BOT, MARKET, AAVE, words(TOKEN, TOKEN, OWES, 50, 0))
    sent.move([0, 0], TOKEN, ATOKEN, BOT, 55)
    sent.move([0, 1], TOKEN, BOT, ATOKEN, 50)
    sent.log(MARKET, V2_EVENT, (TOKEN, TOKEN, OWES), 50, 55, BOT, 0)
    return TOKEN, TOKEN


def aave_v3_atoken(sent: Sent) -> tuple[str, str]:
    sent.call([0], BOT, MARKET, AAVE, words(OTHER, TOKEN, OWES, 50, 1))
    sent.call([0, 0], MARKET, ATOKEN, "transferOnLiquidation(address,address,uint256)", words(OWES, BOT, 55))
    sent.log(ATOKEN, "Transfer(address,address,uint256)", (OWES, BOT), 55)
    sent.move([0, 1], TOKEN, BOT, ATOKEN, 50)
    sent.log(MARKET, V2_EVENT, (OTHER, TOKEN, OWES), 50, 55, BOT, 1)
    return TOKEN, ATOKEN


def aave_v1_ether(sent: Sent) -> tuple[str, str]:
    """Pays in ether, of which too much is given back."""
    sent.call([0], BOT, MARKET, AAVE, words(OTHER, NATIVE_TOKEN, OWES, 50, 0), value=70)
    sent.move([0, 0], OTHER, VAULT, BOT, 55)
    sent.call([0, 1], MARKET, VAULT, "transferToReserve(address,address,uint256)", words(1, 2, 50), value=70)
    sent.call([0, 1, 0], VAULT, BOT, value=20)
    sent.log(MARKET, V1_EVENT, (OTHER, NATIVE_TOKEN, OWES), 50, 55, 3, BOT, 0, 9)
    return NATIVE_TOKEN, OTHER


def compound_v2(sent: Sent) -> tuple[str, str]:
    method = "liquidateBorrow(address,uint256,address)"
    sent.call([0], BOT, MARKET, method, words(OWES, 50, CTOKEN), output=words(0))
    sent.move([0, 0], TOKEN, BOT, MARKET, 50)
    sent.call([0, 1], MARKET, CTOKEN, "seize(address,address,uint256)", words(BOT, OWES, 55), output=words(0))
    sent.log(CTOKEN, "Transfer(address,address,uint256)", (OWES, BOT), 55)
    sent.log(MARKET, "LiquidateBorrow(address,address,uint256,address,uint256)", (), BOT, OWES, 50, CTOKEN, 55)
    return TOKEN, CTOKEN


def compound_v2_own_collateral(sent: Sent) -> tuple[str, str]:
    """The market's own tokens are the collateral: it calls nobody to seize them."""
    method, reckoned = "liquidateBorrow(address,uint256,address)", words(MARKET, MARKET, 50)
    sent.call([0], BOT, MARKET, method, words(OWES, 50, MARKET), output=words(0))
    sent.move([0, 0], TOKEN, BOT, MARKET, 50)
    reckon = "liquidateCalculateSeizeTokens(address,address,uint256)"
    sent.call([0, 1], MARKET, VAULT, reckon, reckoned, way="staticcall", output=words(0, 55))
    sent.log(MARKET, "Transfer(address,address,uint256)", (OWES, BOT), 55)
    sent.log(MARKET, "LiquidateBorrow(address,address,uint256,address,uint256)", (), BOT, OWES, 50, MARKET, 55)
    return TOKEN, MARKET


def compound_v2_ether(sent: Sent) -> tuple[str, str]:
    sent.call([0], BOT, MARKET, "liquidateBorrow(address,address)", words(OWES, CTOKEN), value=50)
    sent.call([0, 0], MARKET, CTOKEN, "seize(address,address,uint256)", words(BOT, OWES, 55), output=words(0))
    sent.log(CTOKEN, "Transfer(address,address,uint256)", (OWES, BOT), 55)
    sent.log(MARKET, "LiquidateBorrow(address,address,uint256,address,uint256)", (), BOT, OWES, 50, CTOKEN, 55)
    return NATIVE_TOKEN, CTOKEN


def compound_v3(sent: Sent) -> tuple[str, str]:
    sent.call([0], BOT, MARKET, "absorb(address,address[])", words(BOT, 64, 1, OWES))
    sent.log(MARKET, "AbsorbDebt(address,address,uint256,uint256)", (BOT, OWES), 60, 60)
    sent.call([1], BOT, MARKET, "buyCollateral(address,uint256,uint256,address)", words(OTHER, 1, 50, BOT))
    sent.move([1, 0], TOKEN, BOT, MARKET, 50)
    sent.move([1, 1], OTHER, MARKET, BOT, 55)
    sent.log(MARKET, "BuyCollateral(address,address,uint256,uint256)", (BOT, OTHER), 50, 55)
    return TOKEN, OTHER


LOANS = (
    aave_v2,
    aave_v2_same_asset,
    aave_v3_atoken,
    aave_v1_ether,
    compound_v2,
    compound_v2_own_collateral,
    compound_v2_ether,
    compound_v3,
)


@pytest.mark.parametrize("form", ["traces", "logs", "both"])
@pytest.mark.parametrize("loan", LOANS, ids=lambda loan: loan.__name__)
def test_each_kind_of_liquidation_is_told_in_every_field(loan: Callable[[Sent], tuple[str, str]], form: str) -> None:
    sent = Sent(3, account(1), BOT)
    debt, collateral = loan(sent)
    [found] = detect(form, sent)["liquidations"]
    assert found == {
        "transaction": sent.hash,
        "liquidator": BOT,
        "borrower": OWES,
        "debtToken": debt,
        "debtAmount": "50",
        "collateralToken": collateral,
        "collateralAmount": "55",
        "protocol": "aave" if "aave" in loan.__name__ else loan.__name__[: len("compound_v2")],
    }


@pytest.mark.parametrize("loan", LOANS, ids=lambda loan: loan.__name__)
def test_a_liquidation_that_was_reverted_is_none(loan: Callable[[Sent], tuple[str, str]]) -> None:
    sent = Sent(3, account(1), BOT, failed=True)
    loan(sent)
    assert detect("traces", sent)["liquidations"] == []
    caught = Sent(3, account(1), BOT)
    loan(caught)
    for trace in caught.traces[1:]:
        trace["error"] = "Reverted" if len(trace["traceAddress"]) == 1 else None
    assert detect("traces", caught)["liquidations"] == []


TICKS = (-10 % 2**256, 10)
MANAGER = account(0x95)
ADD = "mint((address,address,uint24,int24,int24,uint256,uint256,uint256,uint256,address,uint256))"
REMOVE = "decreaseLiquidity((uint256,uint128,uint256,uint256,uint256))"


def liquidity(position: int, who: str, *, added: bool, managed: bool) -> Sent:
    sent = Sent(position, who, MANAGER if managed else BOT, (ADD if added else REMOVE) if managed else "go()")
    holder = MANAGER if managed else BOT
    if added:
        sent.call([0], holder, POOL, "mint(address,int24,int24,uint128,bytes)", words(holder, *TICKS, 5, 160, 0))
        event = "Mint(address,address,int24,int24,uint128,uint256,uint256)"
        sent.log(POOL, event, (holder, *TICKS), holder, 5, 1, 1)
    else:
        sent.call([0], holder, POOL, "burn(int24,int24,uint128)", words(*TICKS, 5))
        sent.log(POOL, "Burn(address,int24,int24,uint128,uint256,uint256)", (holder, *TICKS), 5, 1, 1)
    if managed:
        name = "IncreaseLiquidity" if added else "DecreaseLiquidity"
        sent.log(MANAGER, f"{name}(uint256,uint128,uint256,uint256)", (77,), 5, 1, 1)
    return sent


@pytest.mark.parametrize("form", ["traces", "logs", "both"])
@pytest.mark.parametrize("managed", [False, True])
def test_liquidity_around_trades_names_its_provider_and_its_victims(managed: bool, form: str) -> None:
    trades = [Sent(i, account(60 + i), account(0x30 + i)) for i in (1, 2)]
    for trade in trades:
        uniswap_v3(trade, POOL, trade.to, BUY)
    ends = [liquidity(i, account(1), added=i == 0, managed=managed) for i in (0, 3)]
    [found] = detect(form, ends[0], *trades, ends[1])["jit"]
    assert (found["provider"], found["pool"]) == (account(1) if managed else BOT, POOL)
    assert (found["mintTransaction"], found["burnTransaction"]) == (ends[0].hash, ends[1].hash)
    assert found["victims"] == [trade.hash for trade in trades]


@pytest.mark.parametrize("form", ["traces", "logs", "both"])
def test_strangers_with_alike_positions_of_one_manager_are_no_provider(form: str) -> None:
    trade = Sent(1, account(61), ROUTER)
    uniswap_v3(trade, POOL, ROUTER, BUY)
    first, second = (liquidity(i, account(i + 1), added=i == 0, managed=True) for i in (0, 2))
    assert detect(form, first, trade, second)["jit"] == []
