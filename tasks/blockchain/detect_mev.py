"""blockchain.detect-mev: what was extracted from a block."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.base import Rows, Wire
from schemas.block import BlockTransaction, DecodedSwap, HexAddress, Quantity, Receipt
from schemas.mev import (
    ArbitrageFound,
    BackrunFound,
    JitFound,
    LiquidationFound,
    PaymentFound,
    SandwichFound,
    Summary,
    SwapFound,
)
from schemas.traces import Traces
from tasks.operation import operation


class BlockInput(Wire):
    """A block from whatever is at hand: traces and receipts, receipts with logs, or transactions and decoded swaps."""

    number: Quantity
    miner: HexAddress | None = None
    """Who got the tips and the transfers; without it no payments to the miner are found."""
    base_fee_per_gas: Quantity | None = None
    """Wei; absent before London."""
    traces: Traces | None = None
    """As `trace_block` gives them."""
    receipts: Annotated[list[Receipt], Field(max_length=5_000)] | None = None
    """As `eth_getBlockReceipts` gives them; logs are used where there are any."""
    transactions: Annotated[list[BlockTransaction], Field(max_length=5_000)] | None = None
    """Who sent what to whom, where there are no traces."""
    swaps: Annotated[list[DecodedSwap], Field(max_length=20_000)] | None = None
    """Swaps that were decoded elsewhere."""


class Request(Rows):
    """The block to look at."""

    block: BlockInput


class Result(Wire):
    """What was extracted, by kind; transactions are named by their hash."""

    sandwiches: list[SandwichFound]
    arbitrages: list[ArbitrageFound]
    reverted_arbitrages: list[ArbitrageFound]
    """Arbitrages of transactions that failed: what they would have earned."""
    liquidations: list[LiquidationFound]
    jit: list[JitFound]
    backruns: list[BackrunFound]
    payments: list[PaymentFound]
    swaps: list[SwapFound]
    summary: Summary


def load() -> None:
    """Build the tables of selectors and topics."""
    import models.blockchain.mev.decode
    import models.blockchain.mev.inspect  # noqa: F401 # imported for what importing it builds


_ACCOUNTS = ["0x" + digit * 40 for digit in "123"]
_WETH, _TOKEN, _PAIR = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2", "0x" + "f0" * 20, "0x" + "9a" * 20


def _example_swap(position: int, by: str, legs: tuple[str, str, str, str]) -> dict[str, object]:
    names = ("tokenIn", "amountIn", "tokenOut", "amountOut")
    return {
        "transactionHash": f"0x{position:064x}",
        "transactionIndex": position,
        "pool": _PAIR,
        "sender": by,
        "recipient": by,
        "protocol": "uniswap_v2",
        **dict(zip(names, legs, strict=True)),
    }


EXAMPLE = {
    "block": {
        "number": 19_000_000,
        "transactions": [
            {"hash": f"0x{i:064x}", "transactionIndex": i, "from": sender, "to": to, "value": 0, "input": "0x"}
            for i, (sender, to) in enumerate(
                zip(_ACCOUNTS[:2] + _ACCOUNTS[:1], [_ACCOUNTS[2], _PAIR, _ACCOUNTS[2]], strict=True)
            )
        ],
        "swaps": [
            _example_swap(0, _ACCOUNTS[2], (_WETH, "10000000000000000000", _TOKEN, "9066108938801491315813")),
            _example_swap(1, _ACCOUNTS[1], (_WETH, "5000000000000000000", _TOKEN, "4077404123416138427436")),
            _example_swap(2, _ACCOUNTS[2], (_TOKEN, "9066108938801491315813", _WETH, "10862143180742953042")),
        ],
    }
}


@operation(
    queue="blockchain",
    time_limit=30,
    batch_size=16,
    max_bytes=20_000_000,
    parallel=True,
    load=load,
    examples=[EXAMPLE],
)
def detect_mev(requests: list[Request]) -> list[Result]:
    """Find sandwiches, arbitrages, liquidations, just-in-time liquidity and back-runs in a block.

    Swaps are decoded from traces (Uniswap v2 and v3 and forks, Curve, Balancer, Bancor, 0x, 1inch; other pools by their
    token flows) or from logs. Amounts are exact integers in raw units.
    """
    return [_result(request.block) for request in requests]


def _result(block: BlockInput) -> Result:
    from models.blockchain.mev.decode import decode
    from models.blockchain.mev.inspect import inspect
    from models.blockchain.mev.report import facts

    return Result.model_construct(**facts(inspect(decode(dict(block)))))
