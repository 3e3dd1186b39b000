"""The findings in a block as they go over the wire."""

from __future__ import annotations

from collections import Counter
from typing import Any

from models.blockchain.mev.arbitrages import Arbitrage
from models.blockchain.mev.events import Block, Swap, Transaction
from models.blockchain.mev.inspect import Report
from models.blockchain.mev.payments import net_in_ether, payment_of
from models.blockchain.mev.sandwiches import Sandwich
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


def facts(found: Report) -> dict[str, Any]:
    """The fields of the answer by name."""
    return {
        "sandwiches": [_sandwich(sandwich, found.block) for sandwich in found.sandwiches],
        "arbitrages": [_arbitrage(arbitrage, found.block) for arbitrage in found.arbitrages],
        "reverted_arbitrages": [_arbitrage(arbitrage, found.block) for arbitrage in found.reverted],
        "liquidations": [
            LiquidationFound.model_construct(**loan._asdict() | {"transaction": transaction.hash})
            for transaction, loan in found.liquidations
        ],
        "jit": [
            JitFound.model_construct(
                provider=jit.provider,
                pool=jit.pool,
                mint_transaction=jit.mint.hash,
                burn_transaction=jit.burn.hash,
                victims=[victim.hash for victim in jit.victims],
            )
            for jit in found.jit
        ],
        "backruns": [
            BackrunFound.model_construct(transaction=b.transaction.hash, target=b.target.hash, pool=b.pool)
            for b in found.backruns
        ],
        "payments": [_payment(transaction, found.block) for transaction in found.extractors()],
        "swaps": [_swap(swap, t) for t in found.block.transactions if not t.failed for swap in t.swaps],
        "summary": _summary(found),
    }


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
    return PaymentFound.model_construct(transaction=transaction.hash, **payment_of(transaction, block)._asdict())


def _summary(found: Report) -> Summary:
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
