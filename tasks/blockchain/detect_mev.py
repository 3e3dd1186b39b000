"""blockchain.detect-mev: what was extracted from a block."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from schemas.base import Wire
from schemas.block import BlockTransaction, DecodedSwap, HexAddress, Quantity, Receipt, Trace
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
from tasks.operation import operation

if TYPE_CHECKING:
    from models.blockchain.mev.arbitrages import Arbitrage
    from models.blockchain.mev.events import Block, Swap, Transaction
    from models.blockchain.mev.inspect import Report
    from models.blockchain.mev.sandwiches import Sandwich


class BlockInput(Wire):
    """A block from whatever is at hand: traces and receipts, receipts with logs, or transactions and decoded swaps."""

    number: Quantity
    miner: HexAddress | None = None
    """Who got the tips and the transfers; without it no payments to the miner are found."""
    base_fee_per_gas: Quantity | None = None
    """Wei; absent before London."""
    traces: Annotated[list[Trace], Field(max_length=60_000)] | None = None
    """As `trace_block` gives them."""
    receipts: Annotated[list[Receipt], Field(max_length=5_000)] | None = None
    """As `eth_getBlockReceipts` gives them; logs are used where there are any."""
    transactions: Annotated[list[BlockTransaction], Field(max_length=5_000)] | None = None
    """Who sent what to whom, where there are no traces."""
    swaps: Annotated[list[DecodedSwap], Field(max_length=20_000)] | None = None
    """Swaps that were decoded elsewhere."""


class Request(Wire):
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


@operation(queue="blockchain", time_limit=30, batch_size=16, max_bytes=20_000_000, load=load, examples=[EXAMPLE])
def detect_mev(requests: list[Request]) -> list[Result]:
    """Find sandwiches, arbitrages, liquidations, just-in-time liquidity and back-runs in a block.

    Swaps are decoded from traces (Uniswap v2 and v3 and forks, Curve, Balancer, Bancor, 0x, 1inch; other pools by their
    token flows) or from logs. Amounts are exact integers in raw units.
    """
    return [_result(request.block) for request in requests]


def _result(block: BlockInput) -> Result:
    from models.blockchain.mev.decode import decode
    from models.blockchain.mev.inspect import inspect

    found = inspect(decode(dict(block)))
    return Result.model_construct(
        sandwiches=[_sandwich(sandwich, found.block) for sandwich in found.sandwiches],
        arbitrages=[_arbitrage(arbitrage, found.block) for arbitrage in found.arbitrages],
        reverted_arbitrages=[_arbitrage(arbitrage, found.block) for arbitrage in found.reverted],
        liquidations=[
            LiquidationFound.model_construct(**loan._asdict() | {"transaction": transaction.hash})
            for transaction, loan in found.liquidations
        ],
        jit=[
            JitFound.model_construct(
                provider=jit.provider,
                pool=jit.pool,
                mint_transaction=jit.mint.hash,
                burn_transaction=jit.burn.hash,
                victims=[victim.hash for victim in jit.victims],
            )
            for jit in found.jit
        ],
        backruns=[
            BackrunFound.model_construct(transaction=b.transaction.hash, target=b.target.hash, pool=b.pool)
            for b in found.backruns
        ],
        payments=[_payment(transaction, found.block) for transaction in found.extractors()],
        swaps=[_swap(swap, t) for t in found.block.transactions if not t.failed for swap in t.swaps],
        summary=_summary(found),
    )


def _swap(swap: Swap, transaction: Transaction) -> SwapFound:
    return SwapFound(
        transaction_hash=transaction.hash,
        transaction_index=transaction.index,
        trace_address=list(swap.path),
        pool=swap.pool,
        protocol=swap.protocol,
        sender=swap.sender,
        recipient=swap.recipient,
        token_in=swap.token_in,
        amount_in=swap.amount_in,
        token_out=swap.token_out,
        amount_out=swap.amount_out,
    )


def _sandwich(sandwich: Sandwich, block: Block) -> SandwichFound:
    from models.blockchain.mev.payments import net_in_ether

    parts = (sandwich.frontrun, sandwich.backrun)
    return SandwichFound.model_construct(
        pool=sandwich.pool,
        attacker=sandwich.attacker,
        frontrun=sandwich.frontrun.hash,
        backrun=sandwich.backrun.hash,
        victims=[victim.hash for victim in sandwich.victims],
        profit_token=sandwich.profit_token,
        profit_amount=sandwich.profit_amount,
        bought=sandwich.bought,
        sold=sandwich.sold,
        net_ether=net_in_ether(sandwich.profit_token, sandwich.profit_amount, parts, block),
    )


def _arbitrage(arbitrage: Arbitrage, block: Block) -> ArbitrageFound:
    from models.blockchain.mev.payments import net_in_ether

    transaction = arbitrage.transaction
    return ArbitrageFound.model_construct(
        transaction=transaction.hash,
        profit_token=arbitrage.profit_token,
        profit_amount=arbitrage.profit_amount,
        start_amount=arbitrage.start_amount,
        path=[_swap(swap, transaction) for swap in arbitrage.path],
        net_ether=net_in_ether(arbitrage.profit_token, arbitrage.profit_amount, (transaction,), block),
    )


def _payment(transaction: Transaction, block: Block) -> PaymentFound:
    from models.blockchain.mev.payments import payment_of

    return PaymentFound.model_construct(transaction=transaction.hash, **payment_of(transaction, block)._asdict())


def _summary(found: Report) -> Summary:
    from models.blockchain.mev.payments import payment_of

    transactions = found.block.transactions
    swaps = [swap for transaction in transactions if not transaction.failed for swap in transaction.swaps]
    payments = [payment_of(transaction, found.block) for transaction in found.extractors()]
    profits: Counter[str] = Counter()
    for sandwich in found.sandwiches:
        profits[sandwich.profit_token] += sandwich.profit_amount
    for arbitrage in found.arbitrages:
        profits[arbitrage.profit_token] += arbitrage.profit_amount
    return Summary.model_construct(
        number=found.block.number,
        transactions=len(transactions),
        failed=sum(transaction.failed for transaction in transactions),
        swaps=len(swaps),
        protocols=dict(Counter(swap.protocol for swap in swaps)),
        sandwiches=len(found.sandwiches),
        arbitrages=len(found.arbitrages),
        reverted_arbitrages=len(found.reverted),
        liquidations=len(found.liquidations),
        jit=len(found.jit),
        backruns=len(found.backruns),
        profits=dict(profits),
        gas_fees=sum(payment.gas_fee for payment in payments),
        miner_payments=sum(payment.to_miner for payment in payments),
    )
