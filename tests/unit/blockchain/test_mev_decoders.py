"""Decoders on traces and logs made by hand: one call or log of each kind."""

from __future__ import annotations

from typing import Any

import pytest

from models.blockchain.mev.abi import selector, topic
from models.blockchain.mev.decode import decode
from models.blockchain.mev.events import Block, Transaction
from models.blockchain.mev.inspect import inspect
from models.blockchain.mev.protocols import DECODERS
from schemas.primitives import NATIVE_TOKEN


def account(number: int) -> str:
    return f"0x{number:040x}"


USER, BOT, POOL, VAULT, MARKET = (account(i) for i in range(1, 6))
X, Y, ATOKEN = account(0xA0), account(0xB0), account(0xC0)
HASH = f"0x{7:064x}"


def words(*values: int | str) -> str:
    return "".join(f"{value if isinstance(value, int) else int(value, 16):064x}" for value in values)


def call(path: list[int], sender: str, to: str, signature: str = "", data: str = "", **more: Any) -> dict[str, Any]:
    """A trace of a message call; `value` and `output` may be given, `data` is the words after the selector."""
    given = (selector(signature) if signature else "0x") + data
    action = {"from": sender, "to": to, "input": given, "value": hex(more.get("value", 0)), "callType": "call"}
    return {
        "action": action,
        "result": {"output": "0x" + more.get("output", "")},
        "traceAddress": path,
        "transactionHash": more.get("hash_", HASH),
        "transactionPosition": more.get("position", 0),
        "type": "call",
        "error": more.get("error"),
    }


def transfer(path: list[int], token: str, sender: str, to: str, amount: int) -> dict[str, Any]:
    return call(path, sender, token, "transfer(address,uint256)", words(to, amount), output=words(1))


def read(*traces: dict[str, Any]) -> Transaction:
    [transaction] = decode({"number": 1, "traces": list(traces)}).transactions
    return transaction


def legs(transaction: Transaction) -> list[tuple[str, str, str, int, str, int]]:
    return [(s.protocol, s.pool, s.token_in, s.amount_in, s.token_out, s.amount_out) for s in transaction.swaps]


ROOT = call([], USER, BOT, "go()")
PAIR = call([1], BOT, POOL, "swap(uint256,uint256,address,bytes)", words(0, 90, BOT, 128, 0))
REQUEST = words(0x80, 5, 6, 0) + words(0, X, Y, 100, 0, 0, POOL, BOT, 288, 0)


def test_selectors_are_those_of_the_contracts_on_chain() -> None:
    known = {
        "swap(uint256,uint256,address,bytes)": "0x022c0d9f",
        "swap(address,bool,int256,uint160,bytes)": "0x128acb08",
        "liquidationCall(address,address,address,uint256,bool)": "0x00a718a9",
        "liquidateBorrow(address,uint256,address)": "0xf5e3c462",
    }
    assert {signature: selector(signature) for signature in known} == known
    assert {"0x3df02124", "0x8201aa3f", "0x9d2c110c", "0xb77d239b", "0xaa77476c", "0x3eca9c0a"} <= set(DECODERS)
    assert topic("Transfer(address,address,uint256)").startswith("0xddf252ad")


def test_a_pair_takes_what_came_in_before_and_pays_inside() -> None:
    made = read(ROOT, transfer([0], X, BOT, POOL, 100), PAIR, transfer([1, 0], Y, POOL, BOT, 90))
    assert legs(made) == [("uniswap_v2", POOL, X, 100, Y, 90)]


def test_a_flash_swap_is_paid_in_the_callback() -> None:
    made = read(
        ROOT,
        PAIR,
        transfer([1, 0], Y, POOL, BOT, 90),
        call([1, 1], POOL, BOT, "cb()"),
        transfer([1, 1, 0], X, BOT, POOL, 100),
    )
    assert legs(made) == [("uniswap_v2", POOL, X, 100, Y, 90)]


def test_a_concentrated_pool_returns_its_amounts() -> None:
    swap = "swap(address,bool,int256,uint160,bytes)"
    output = words(100, 2**256 - 90)
    made = read(
        ROOT,
        call([0], BOT, POOL, swap, words(BOT, 1, 100, 0, 160, 0), output=output),
        transfer([0, 0], Y, POOL, BOT, 90),
        call([0, 1], POOL, BOT, "uniswapV3SwapCallback(int256,int256,bytes)"),
        transfer([0, 1, 0], X, BOT, POOL, 100),
    )
    assert legs(made) == [("uniswap_v3", POOL, X, 100, Y, 90)]


def test_curve_may_trade_ether() -> None:
    swap = "exchange(int128,int128,uint256,uint256)"
    made = read(
        ROOT,
        call([0], BOT, POOL, swap, words(0, 1, 100, 0), value=100, output=words(90)),
        transfer([0, 0], Y, POOL, BOT, 90),
    )
    assert legs(made) == [("curve", POOL, NATIVE_TOKEN, 100, Y, 90)]


@pytest.mark.parametrize(("kind", "amounts"), [(0, (100, 90)), (1, (90, 100))])
def test_each_hop_through_a_balancer_vault_is_a_swap(kind: int, amounts: tuple[int, int]) -> None:
    signature = "onSwap((uint8,address,address,uint256,bytes32,uint256,address,address,bytes),uint256,uint256)"
    request = words(96, 1, 1, kind, X, Y, 100, 0, 0, USER, BOT, 288, 0)
    made = read(ROOT, call([0], VAULT, POOL, signature, request, output=words(90)))
    assert legs(made) == [("balancer_v2", POOL, X, amounts[0], Y, amounts[1])]
    assert made.swaps[0].recipient == BOT


def test_bancor_is_read_from_its_path() -> None:
    signature = "convertByPath(address[],uint256,uint256,address,address,uint256)"
    data = words(192, 100, 1, 0, 0, 0, 3, X, POOL, Y)
    assert legs(read(ROOT, call([0], BOT, MARKET, signature, data, output=words(90)))) == [
        ("bancor", MARKET, X, 100, Y, 90)
    ]


@pytest.mark.parametrize(
    ("signature", "head", "output", "protocol"),
    [
        (
            "fillOtcOrder((address,address,uint128,uint128,address,address,address,uint256),"
            "(uint8,uint8,bytes32,bytes32),uint128)",
            (Y, X),
            (100, 90),
            "0x",
        ),
        (
            "fillOrderRFQ((uint256,address,address,address,address,uint256,uint256),bytes,uint256)",
            (9, Y, X),
            (90, 100),
            "1inch",
        ),
        (
            "fillOrder((uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256),bytes32,bytes32,uint256,uint256)",
            (9, 8, 7, Y, X),
            (90, 100),
            "1inch",
        ),
    ],
)
def test_orders_are_swaps_between_taker_and_maker(
    signature: str, head: tuple[int | str, ...], output: tuple[int, int], protocol: str
) -> None:
    made = read(ROOT, call([0], BOT, MARKET, signature, words(*head, *[0] * 12), output=words(*output)))
    assert legs(made) == [(protocol, MARKET, X, 100, Y, 90)]


def test_what_a_failed_call_did_is_undone() -> None:
    failed = call([0], BOT, account(9), "try()", error="Reverted")
    inner = call([0, 1], account(9), POOL, "swap(uint256,uint256,address,bytes)", words(0, 90, BOT, 128, 0))
    moved = [transfer([0, 0], X, BOT, POOL, 100), inner, transfer([0, 1, 0], Y, POOL, BOT, 90)]
    assert read(ROOT, failed, *moved).swaps == []
    whole = read({**ROOT, "error": "Reverted"}, failed, *moved)
    assert whole.failed
    assert len(whole.swaps) == 1


def test_data_that_ends_too_early_is_passed_over() -> None:
    assert read(ROOT, call([0], BOT, POOL, "swap(uint256,uint256,address,bytes)", "00" * 20)).swaps == []
    assert read(ROOT, call([0], BOT, X, "transfer(address,uint256)", "00")).transfers == []


AAVE = "liquidationCall(address,address,address,uint256,bool)"


def test_an_aave_liquidator_may_be_given_atokens() -> None:
    made = read(
        ROOT,
        call([0], BOT, MARKET, AAVE, words(X, Y, USER, 2**256 - 1, 1)),
        call([0, 0], MARKET, ATOKEN, "transferOnLiquidation(address,address,uint256)", words(USER, BOT, 55)),
        call([0, 1], MARKET, Y, "transferFrom(address,address,uint256)", words(BOT, MARKET, 50), output=words(1)),
    )
    [loan] = made.liquidations
    assert (loan.borrower, loan.liquidator, loan.debt_token, loan.debt_amount) == (USER, BOT, Y, 50)
    assert (loan.collateral_token, loan.collateral_amount) == (ATOKEN, 55)


def test_ether_that_aave_gives_back_is_not_paid() -> None:
    made = read(
        ROOT,
        call([0], BOT, MARKET, AAVE, words(X, NATIVE_TOKEN, USER, 50, 0), value=70),
        call([0, 0], MARKET, BOT, value=20),
        transfer([0, 1], X, MARKET, BOT, 55),
    )
    [loan] = made.liquidations
    assert (loan.debt_token, loan.debt_amount, loan.collateral_amount) == (NATIVE_TOKEN, 50, 55)


def test_a_compound_liquidator_is_given_ctokens() -> None:
    made = read(
        ROOT,
        call([0], BOT, MARKET, "liquidateBorrow(address,uint256,address)", words(USER, 50, ATOKEN), output=words(0)),
        call([0, 0], MARKET, Y, "transferFrom(address,address,uint256)", words(BOT, MARKET, 50), output=words(1)),
        call([0, 1], MARKET, ATOKEN, "seize(address,address,uint256)", words(BOT, USER, 55), output=words(0)),
    )
    [loan] = made.liquidations
    assert (loan.debt_token, loan.debt_amount, loan.collateral_token, loan.collateral_amount) == (Y, 50, ATOKEN, 55)


def test_a_liquidation_that_compound_refused_is_none() -> None:
    refused = call(
        [0], BOT, MARKET, "liquidateBorrow(address,uint256,address)", words(USER, 50, ATOKEN), output=words(3)
    )
    assert read(ROOT, refused).liquidations == []


def test_compound_three_sells_what_it_absorbed() -> None:
    made = read(
        ROOT,
        call([0], BOT, MARKET, "absorb(address,address[])", words(BOT, 64, 1, USER)),
        call([1], BOT, MARKET, "buyCollateral(address,uint256,uint256,address)", words(X, 1, 50, BOT)),
        call([1, 0], MARKET, Y, "transferFrom(address,address,uint256)", words(BOT, MARKET, 50), output=words(1)),
        transfer([1, 1], X, MARKET, BOT, 55),
    )
    [loan] = made.liquidations
    assert (loan.protocol, loan.borrower, loan.debt_token, loan.debt_amount) == ("compound_v3", USER, Y, 50)
    assert (loan.collateral_token, loan.collateral_amount) == (X, 55)


def test_a_pool_that_no_decoder_knows_closes_a_cycle_by_its_token_flow() -> None:
    block = decode(
        {
            "number": 1,
            "traces": [
                ROOT,
                transfer([0], X, BOT, POOL, 100),
                PAIR,
                transfer([1, 0], Y, POOL, BOT, 90),
                transfer([2], Y, BOT, MARKET, 90),
                transfer([3], X, MARKET, BOT, 120),
            ],
        }
    )
    [found] = inspect(block).arbitrages
    assert (found.profit_token, found.profit_amount, found.start_amount) == (X, 20, 100)
    assert [swap.protocol for swap in found.path] == ["uniswap_v2", "unknown"]


def log(address: str, signature: str, topics: tuple[str, ...], *data: int | str) -> dict[str, Any]:
    return {
        "address": address,
        "topics": [topic(signature), *("0x" + words(t) for t in topics)],
        "data": "0x" + words(*data),
    }


def logged(*logs: dict[str, Any]) -> Transaction:
    receipt = {"transaction_hash": HASH, "transaction_index": 0, "from": USER, "to": BOT, "logs": list(logs)}
    [transaction] = decode({"number": 1, "receipts": [receipt]}).transactions
    return transaction


def moved(token: str, sender: str, to: str, amount: int) -> dict[str, Any]:
    return log(token, "Transfer(address,address,uint256)", (sender, to), amount)


IN, OUT = moved(X, BOT, POOL, 100), moved(Y, POOL, BOT, 90)


@pytest.mark.parametrize(
    ("told", "protocol"),
    [
        (log(POOL, "Swap(address,uint256,uint256,uint256,uint256,address)", (BOT, BOT), 100, 0, 0, 90), "uniswap_v2"),
        (
            log(
                POOL, "Swap(address,address,int256,int256,uint160,uint128,int24)", (BOT, BOT), 100, 2**256 - 90, 1, 1, 1
            ),
            "uniswap_v3",
        ),
        (log(POOL, "TokenExchange(address,int128,uint256,int128,uint256)", (BOT,), 0, 100, 1, 90), "curve"),
        (log(POOL, "LOG_SWAP(address,address,address,uint256,uint256)", (BOT, X, Y), 100, 90), "balancer_v1"),
        (
            log(
                POOL,
                "OtcOrderFilled(bytes32,address,address,address,address,uint128,uint128)",
                (),
                1,
                USER,
                BOT,
                Y,
                X,
                90,
                100,
            ),
            "0x",
        ),
        (
            log(POOL, "Conversion(address,address,address,uint256,uint256,address)", (POOL, X, Y), 100, 90, BOT),
            "bancor",
        ),
    ],
)
def test_logs_tell_the_same_swaps(told: dict[str, Any], protocol: str) -> None:
    assert legs(logged(IN, OUT, told)) == [(protocol, POOL, X, 100, Y, 90)]


def test_logs_tell_liquidations() -> None:
    aave = log(
        MARKET, "LiquidationCall(address,address,address,uint256,uint256,address,bool)", (X, Y, USER), 50, 55, BOT, 0
    )
    compound = log(MARKET, "LiquidateBorrow(address,address,uint256,address,uint256)", (), BOT, USER, 50, ATOKEN, 55)
    paid = moved(Y, BOT, MARKET, 50)
    [first] = logged(paid, aave).liquidations
    [second] = logged(paid, compound).liquidations
    assert (first.debt_token, first.debt_amount, first.collateral_token, first.collateral_amount) == (Y, 50, X, 55)
    assert (second.debt_token, second.debt_amount, second.collateral_token, second.collateral_amount) == (
        Y,
        50,
        ATOKEN,
        55,
    )


def test_liquidity_that_comes_and_goes_around_a_trade_is_just_in_time() -> None:
    def add(position: int, liquidity: dict[str, Any]) -> list[dict[str, Any]]:
        ids = {"transactionHash": f"0x{position:064x}", "transactionPosition": position}
        sender = {"action": {**ROOT["action"], "from": USER if position == 1 else account(99)}}
        return [{**ROOT, **ids, **sender}, {**liquidity, **ids}]

    ticks = words(2**256 - 10, 10)
    mint = call([0], BOT, POOL, "mint(address,int24,int24,uint128,bytes)", words(BOT) + ticks + words(5, 160, 0))
    swap = call(
        [0], BOT, POOL, "swap(address,bool,int256,uint160,bytes)", words(BOT, 1, 1, 0, 0), output=words(9, 2**256 - 8)
    )
    burn = call([0], BOT, POOL, "burn(int24,int24,uint128)", ticks + words(5))
    inside = [transfer([0, 0], Y, POOL, BOT, 8), transfer([0, 1], X, BOT, POOL, 9)]
    trade = [{**row, "transactionHash": f"0x{1:064x}", "transactionPosition": 1} for row in inside]
    block: Block = decode({"number": 1, "traces": add(0, mint) + add(1, swap) + trade + add(2, burn)})
    [found] = inspect(block).jit
    assert (found.provider, found.pool, [victim.index for victim in found.victims]) == (BOT, POOL, [1])
