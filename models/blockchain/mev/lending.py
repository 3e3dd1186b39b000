"""Liquidations, read from the calls of a transaction: Aave v1 to v3, Compound v2 and v3, and their forks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from models.blockchain.mev.abi import Truncated, address, addresses, selector, uint, word
from models.blockchain.mev.calls import Call
from models.blockchain.mev.events import Liquidation, Transfer
from models.blockchain.mev.flows import Ledger, net
from schemas.traces import RECKONED

_RECEIVE_ATOKEN = frozenset(
    selector(f"transferOnLiquidation(address,address,uint256{more})") for more in ("", ",uint256", ",uint256,uint256")
)
_SEIZE = selector("seize(address,address,uint256)")
_ABSORB = selector("absorb(address,address[])")


class _Scope:
    """A transaction's calls and transfers, as the decoders look at them."""

    def __init__(self, calls: Sequence[Call], ledger: Ledger, transaction: int) -> None:
        self.ledger, self.transaction = ledger, transaction
        self._calls, self._orders = calls, [call.order for call in calls]

    def within(self, call: Call, *kinds: str) -> Iterable[Call]:
        """Calls of these selectors in the subtree."""
        subtree = self._calls[bisect_right(self._orders, call.order) : bisect_left(self._orders, call.end)]
        return (inner for inner in subtree if inner.selector in kinds)

    @cached_property
    def absorbed(self) -> dict[str, list[str]]:
        """The borrowers whose loans each Compound v3 market took over; the first one of each call."""
        taken: dict[str, list[str]] = defaultdict(list)
        for call in self._calls:
            if call.selector == _ABSORB:
                taken[call.to].append(addresses(call.data, 1)[0])
        return taken


def liquidations_of(calls: Sequence[Call], ledger: Ledger, transaction: int) -> list[Liquidation]:
    """The liquidations of one transaction; one that moved nothing is none."""
    scope, found = _Scope(calls, ledger, transaction), []
    for call in calls:
        decode = DECODERS.get(call.selector)
        if decode is None:
            continue
        try:
            made = decode(call, scope)
        except Truncated:
            continue
        if made and made.debt_amount > 0 and made.collateral_amount > 0:
            found.append(made)
    return found


def _gained(holder: str, token: str, transfers: Iterable[Transfer]) -> int:
    return sum(t.amount * ((t.recipient == holder) - (t.sender == holder)) for t in transfers if t.token == token)


def _aave(call: Call, scope: _Scope) -> Liquidation:
    """The pool takes the debt asset from its caller and gives collateral, or the aToken that stands for it."""
    collateral, debt, borrower = (address(call.data, i) for i in range(3))
    inside = scope.ledger.inside(call)
    if collateral == debt:  # the net of both would be neither
        paid = sum(t.amount for t in inside if t.sender == call.sender and t.token == debt)
        got = sum(t.amount for t in inside if t.recipient == call.sender and t.token == debt)
    else:
        paid, got = -_gained(call.sender, debt, inside), _gained(call.sender, collateral, inside)
    return _aave_loan(call, scope, borrower, (debt, paid), (collateral, got))


def _aave_packed(call: Call, scope: _Scope) -> Liquidation | None:
    """Aave v3 on roll-ups: the first word holds the borrower and, as numbers, the assets, which the transfers tell."""
    flows = net(scope.ledger.inside(call)).get(call.sender, {})
    paid = next(((token, -amount) for token, amount in flows.items() if amount < 0), None)
    got = next(((token, amount) for token, amount in flows.items() if amount > 0), ("", 0))
    return _aave_loan(call, scope, "0x" + word(call.data, 0)[-48:-8], paid, got) if paid else None


def _aave_loan(call: Call, scope: _Scope, borrower: str, paid: tuple[str, int], got: tuple[str, int]) -> Liquidation:
    """With the aToken as what was received, where one was handed to the caller."""
    for handed in scope.within(call, *_RECEIVE_ATOKEN):
        if address(handed.data, 1) == call.sender:
            got = handed.to, uint(handed.data, 2)
    return Liquidation(scope.transaction, call.sender, borrower, *paid, *got, "aave")


def _compound(call: Call, scope: _Scope) -> Liquidation | None:
    """The market takes its underlying from its caller, who gets the borrower's tokens of the collateral market."""
    native = call.selector == _LIQUIDATE_WITH_ETHER
    market = address(call.data, 1 if native else 2)
    got = _seized(call, market, scope)
    inside = scope.ledger.inside(call)
    paid = next((t for t in inside if t.sender == call.sender and t.recipient == call.to), None)
    if got is None or paid is None:
        return None
    amount, borrower = -_gained(call.sender, paid.token, inside), address(call.data, 0)
    return Liquidation(scope.transaction, call.sender, borrower, paid.token, amount, market, got, "compound_v2")


def _seized(call: Call, market: str, scope: _Scope) -> int | None:
    """How many tokens of the collateral market went over, None where the liquidation was refused.

    A market whose own tokens are the collateral seizes them without a call: as many as its controller reckoned.
    """
    if market != call.to:
        seizing = next((c for c in scope.within(call, _SEIZE) if c.to == market), None)
        return uint(seizing.data, 2) if seizing else None
    refused = len(call.output) > len("0x") and uint(call.output, 0, 2)
    reckoned = next(iter(scope.within(call, RECKONED)), None)
    return None if refused or reckoned is None else uint(reckoned.output, 1, 2)


def _comet(call: Call, scope: _Scope) -> Liquidation | None:
    """Compound v3 takes the loan over (`absorb`) and sells the collateral to whoever pays the base token for it."""
    asset, receiver, inside = address(call.data, 0), address(call.data, 3), scope.ledger.inside(call)
    paid = next((t for t in inside if t.recipient == call.to), None)
    if paid is None:
        return None
    absorbed = scope.absorbed[call.to]
    borrower = absorbed[0] if len(absorbed) == 1 else None
    got = _gained(receiver, asset, inside)
    return Liquidation(scope.transaction, call.sender, borrower, paid.token, paid.amount, asset, got, "compound_v3")


_LIQUIDATE_WITH_ETHER = selector("liquidateBorrow(address,address)")
DECODERS: dict[str, Callable[[Call, _Scope], Liquidation | None]] = {
    selector("liquidationCall(address,address,address,uint256,bool)"): _aave,
    selector("liquidationCall(bytes32,bytes32)"): _aave_packed,
    selector("liquidateBorrow(address,uint256,address)"): _compound,
    _LIQUIDATE_WITH_ETHER: _compound,
    selector("buyCollateral(address,uint256,uint256,address)"): _comet,
}
SELECTORS = frozenset({*DECODERS, *_RECEIVE_ATOKEN, RECKONED, _SEIZE, _ABSORB})
"""The calls that are looked at."""
