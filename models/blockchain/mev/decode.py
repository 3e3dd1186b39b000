"""A block from what the caller has of it: traces and receipts, receipts with logs, or swaps decoded elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from models.blockchain.mev import lending, liquidity, swaps
from models.blockchain.mev.calls import Raw, calls_of, quantity
from models.blockchain.mev.events import Block, Swap, Transaction
from models.blockchain.mev.flows import Ledger, transfers_of
from models.blockchain.mev.lending import liquidations_of
from models.blockchain.mev.liquidity import liquidity_of
from models.blockchain.mev.logs import read_logs
from models.blockchain.mev.swaps import swaps_of

_SELECTORS = swaps.SELECTORS | liquidity.SELECTORS | lending.SELECTORS


def decode(block: Raw) -> Block:
    """The block with the events of each transaction; field names as the request model writes them."""
    transactions = {row["hash"]: _given(row) for row in block.get("transactions") or ()}
    for hash_, traces in _by_transaction(block.get("traces") or ()).items():
        transactions[hash_] = _traced(hash_, traces, transactions.get(hash_))
    for receipt in block.get("receipts") or ():
        _add_receipt(receipt, transactions)
    for row in block.get("swaps") or ():
        _add_swap(row, transactions)
    return Block(
        quantity(block["number"]),
        block.get("miner") or "",
        quantity(block.get("base_fee_per_gas")),
        list(transactions.values()),
    )


def _given(row: Raw) -> Transaction:
    return Transaction(
        row["hash"],
        quantity(row["transaction_index"]),
        row["from"],
        row.get("to") or "",
        quantity(row.get("value")),
        (row.get("input") or "0x")[:10],
        failed=row.get("status") is not None and quantity(row["status"]) == 0,
    )


def _by_transaction(traces: Sequence[Raw]) -> Mapping[str, list[Raw]]:
    """Traces of each transaction in the order of execution; block rewards belong to none."""
    groups: dict[str, list[Raw]] = defaultdict(list)
    for trace in traces:
        hash_ = trace.get("transactionHash")
        if hash_:
            groups[hash_].append(trace)
    for rows in groups.values():
        rows.sort(key=itemgetter("traceAddress"))
    return groups


def _traced(hash_: str, traces: list[Raw], known: Transaction | None) -> Transaction:
    root: Mapping[str, Any] = traces[0]
    action = root.get("action") or {}
    made = known or Transaction(
        hash_,
        quantity(root.get("transactionPosition")),
        action.get("from") or "",
        action.get("to") or (root.get("result") or {}).get("address") or "",
        quantity(action.get("value")),
        (action.get("input") or "0x")[:10],
    )
    made.failed = made.failed or bool(root.get("error"))
    calls = calls_of(traces)
    made.transfers = transfers_of(calls)
    told = [call for call in calls if call.selector in _SELECTORS]
    if told:
        ledger = Ledger(made.transfers)
        made.swaps = swaps_of(told, ledger, made.index)
        made.liquidity = liquidity_of(told, made.index, made.sender)
        made.liquidations = liquidations_of(told, ledger, made.index)
    return made


def _add_receipt(receipt: Raw, transactions: dict[str, Transaction]) -> None:
    """Gas, status and, where there are logs, what the traces did not tell."""
    hash_ = receipt["transaction_hash"]
    traced = transactions.get(hash_)
    made = traced or Transaction(
        hash_, quantity(receipt.get("transaction_index")), receipt.get("from") or "", receipt.get("to") or ""
    )
    transactions[hash_] = made
    made.gas_used = quantity(receipt.get("gas_used"))
    made.gas_price = quantity(receipt.get("effective_gas_price"))
    made.failed = made.failed or (receipt.get("status") is not None and quantity(receipt["status"]) == 0)
    if not receipt.get("logs"):
        return
    read = read_logs(receipt["logs"], made)
    pools = {swap.pool for swap in made.swaps}
    made.swaps.extend(swap for swap in read.swaps if swap.pool not in pools)
    if traced is None or not traced.transfers:
        made.transfers, made.liquidity = made.transfers + read.transfers, made.liquidity + read.liquidity
    borrowers = {loan.borrower for loan in made.liquidations}
    made.liquidations.extend(loan for loan in read.liquidations if loan.borrower not in borrowers)


def _add_swap(row: Raw, transactions: dict[str, Transaction]) -> None:
    """A swap that the caller decoded; one that failed is left out.

    The account behind it is not known where its transaction was not given: who called the pool may be a router.
    """
    hash_, index = row["transaction_hash"], quantity(row["transaction_index"])
    made = transactions.setdefault(hash_, Transaction(hash_, index, "", ""))
    if row.get("error") and not made.failed:
        return
    made.swaps.append(
        Swap(
            made.index,
            tuple(row.get("trace_address") or ()),
            row["pool"],
            row.get("protocol") or "unknown",
            row["sender"],
            row["recipient"],
            row["token_in"],
            row["amount_in"],
            row["token_out"],
            row["amount_out"],
        )
    )
