"""Token and ether movements of a transaction, read from its calls."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from models.blockchain.mev.abi import Truncated, address, selector, uint
from models.blockchain.mev.calls import Call
from models.blockchain.mev.events import WRAPPED_NATIVE, Transfer
from schemas.primitives import NATIVE_TOKEN

TRANSFER = selector("transfer(address,uint256)")
TRANSFER_FROM = selector("transferFrom(address,address,uint256)")
DEPOSIT = selector("deposit()")
WITHDRAW = selector("withdraw(uint256)")
_PLAIN = "0x"
_MOVING = frozenset({TRANSFER, TRANSFER_FROM, DEPOSIT, WITHDRAW, _PLAIN})
_FALSE = "0x" + "0" * 64


def transfers_of(calls: Sequence[Call]) -> list[Transfer]:
    """ERC-20 transfers that did not return false, wrapped ether made and unmade, and ether, in order of execution."""
    found: list[Transfer] = []
    for call in calls:
        if call.value and call.sender != call.to:
            found.append(Transfer(call.order, call.order + 1, NATIVE_TOKEN, call.sender, call.to, call.value))
        if call.selector in _MOVING:
            try:
                moved = _token_moved(call)
            except Truncated:
                continue
            if moved:
                found.append(moved)
    return found


def _token_moved(call: Call) -> Transfer | None:
    data, kind = call.data, call.selector
    if kind in (TRANSFER, TRANSFER_FROM):
        relayed = call.parent is not None and call.parent.data == data  # a token that hands on to its logic contract
        if relayed or call.output == _FALSE:
            return None
        if kind == TRANSFER:
            return Transfer(call.order, call.end, call.to, call.sender, address(data, 0), uint(data, 1))
        return Transfer(call.order, call.end, call.to, address(data, 0), address(data, 1), uint(data, 2))
    if call.to in WRAPPED_NATIVE:
        if call.value and kind in (DEPOSIT, _PLAIN):
            return Transfer(call.order, call.end, call.to, call.to, call.sender, call.value)
        if kind == WITHDRAW:
            return Transfer(call.order, call.end, call.to, call.sender, call.to, uint(data, 0))
    return None


def net(transfers: Iterable[Transfer]) -> dict[str, dict[str, int]]:
    """What each address gained of each token: `{address: {token: amount}}`, without zeros."""
    balances: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for transfer in transfers:
        balances[transfer.sender][transfer.token] -= transfer.amount
        balances[transfer.recipient][transfer.token] += transfer.amount
    return {
        holder: {token: amount for token, amount in tokens.items() if amount} for holder, tokens in balances.items()
    }


class Ledger:
    """A transaction's transfers, to be asked for those inside a call or those that touch an address."""

    def __init__(self, transfers: list[Transfer]) -> None:
        self._transfers = transfers
        self._orders = [transfer.order for transfer in transfers]

    def inside(self, call: Call) -> list[Transfer]:
        """Transfers of the call and its subtree."""
        return self._transfers[bisect_left(self._orders, call.order) : bisect_left(self._orders, call.end)]

    def touching(self, holder: str, after: int, before: int) -> list[Transfer]:
        """Transfers from or to the address that had happened by `before` and not by `after`."""
        own, ends = self._touching.get(holder, ([], []))
        return own[bisect_right(ends, after) : bisect_right(ends, before)]

    @cached_property
    def _touching(self) -> dict[str, tuple[list[Transfer], list[int]]]:
        """For each address its transfers by the place after which they had happened, and those places."""
        found: dict[str, list[Transfer]] = defaultdict(list)
        for transfer in sorted(self._transfers, key=lambda moved: moved.end):
            for holder in {transfer.sender, transfer.recipient}:
                found[holder].append(transfer)
        return {holder: (own, [transfer.end for transfer in own]) for holder, own in found.items()}
