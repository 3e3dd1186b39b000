"""What a transaction cost its sender: gas, and ether sent straight to the block's producer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from models.blockchain.mev.events import Block, Transaction, is_ether
from schemas.primitives import NATIVE_TOKEN


class Payment(NamedTuple):
    """In wei. The miner gets the tip and the transfers; the base fee is burnt (EIP-1559)."""

    gas_used: int
    gas_price: int
    gas_fee: int
    tip: int
    coinbase_transfer: int

    @property
    def to_miner(self) -> int:
        return self.tip + self.coinbase_transfer


def payment_of(transaction: Transaction, block: Block) -> Payment:
    """Gas by the receipt; transfers to the producer by the traces (nothing of a failed transaction arrives)."""
    sent = (
        transfer.amount
        for transfer in transaction.transfers
        if transfer.token == NATIVE_TOKEN and transfer.recipient == block.miner and not transaction.failed
    )
    gas, price = transaction.gas_used, transaction.gas_price
    return Payment(gas, price, gas * price, gas * max(price - block.base_fee, 0), sum(sent))


def net_in_ether(token: str, amount: int, transactions: Iterable[Transaction], block: Block) -> int | None:
    """A profit less what its transactions cost, in wei; None where the profit is in a token without a price here."""
    if not is_ether(token):
        return None
    payments = [payment_of(transaction, block) for transaction in transactions]
    return amount - sum(payment.gas_fee + payment.coinbase_transfer for payment in payments)
