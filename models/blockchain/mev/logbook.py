"""A receipt's logs as the decoders look at them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from models.blockchain.mev.abi import Truncated, address, signed, uint
from models.blockchain.mev.events import Swap, Transaction, Transfer
from schemas.primitives import NATIVE_TOKEN

_DATA = 2  # where the first word of a log's data begins


class Log(NamedTuple):
    """One log; `topics` and `data` are hex."""

    order: int
    contract: str
    topics: Sequence[str]
    data: str

    def indexed(self, position: int) -> str:
        """The address in an indexed topic."""
        if position >= len(self.topics):
            raise Truncated(f"topic {position} is not there")
        return "0x" + self.topics[position][-40:]

    def uint(self, position: int) -> int:
        return uint(self.data, position, _DATA)

    def signed(self, position: int) -> int:
        return signed(self.data, position, _DATA)

    def address(self, position: int) -> str:
        return address(self.data, position, _DATA)

    def address_at(self, start: int) -> str:
        """The address in the word that begins at this digit of the data."""
        return address(self.data, 0, start)


class Books:
    """The transaction that is read, and what each pool has paid and taken so far."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self._paid: dict[tuple[str, int], str] = {}
        self.absorbed: dict[str, set[str]] = {}
        """The borrowers whose loans each Compound v3 market took over."""
        self._given: dict[str, dict[str, int]] = {}
        self._taken: dict[str, dict[str, int]] = {}

    def move(self, log: Log, sender: str, recipient: str, amount: int) -> None:
        moved = Transfer(log.order, log.order, log.contract, sender, recipient, amount)
        self.transaction.transfers.append(moved)
        self._paid[sender, amount] = moved.token
        for held, holder in ((self._given, sender), (self._taken, recipient)):
            tokens = held.setdefault(holder, {})
            tokens.pop(moved.token, None)
            tokens[moved.token] = amount

    def swap(
        self,
        log: Log,
        protocol: str,
        parties: tuple[str, str],
        amount_in: int,
        amount_out: int,
        *,
        may_be_ether: bool = False,
    ) -> None:
        """Keep a swap of which the log gives the amounts only: the transfers before it tell the tokens.

        What was paid is the token of which the pool gave that amount; where a token keeps a part of it as a fee, the
        one that it gave last. Where ether may be traded, what no transfer tells was ether.
        """
        last_given = next(reversed(self._given.get(log.contract, {})), NATIVE_TOKEN)
        token_out = self._paid.get((log.contract, amount_out), NATIVE_TOKEN if may_be_ether else last_given)
        others = [token for token in self._taken.get(log.contract, {}) if token != token_out]
        self.keep(
            log.order,
            log.contract,
            protocol,
            parties,
            (others[-1] if others else NATIVE_TOKEN, amount_in),
            (token_out, amount_out),
        )

    def keep(
        self,
        order: int,
        pool: str,
        protocol: str,
        parties: tuple[str, str],
        given: tuple[str, int],
        paid: tuple[str, int],
    ) -> None:
        """Add a swap that gave one token for another."""
        if given[0] != paid[0] and given[1] > 0 and paid[1] > 0:
            index = self.transaction.index
            self.transaction.swaps.append(Swap(index, (order,), pool, protocol, *parties, *given, *paid))
