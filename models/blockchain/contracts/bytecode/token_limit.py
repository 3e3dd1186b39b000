"""Limits and rates that someone named sets, as the bytecode of a token shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from models.blockchain.contracts.bytecode.seen import Paths
from models.blockchain.contracts.bytecode.token import Token
from models.blockchain.contracts.bytecode.words import (
    CALLER,
    DATA,
    THIS,
    Value,
    is_decision,
    places_in,
    slot_of,
    stripped,
)
from models.blockchain.contracts.token import TokenPowers

_LEAST_ADDRESS = 1 << 80
"""Lower numbers are no addresses that anyone was given."""


def limits(token: Token, made: TokenPowers) -> None:
    """State that someone named writes and on which a transfer hangs, or the contract that it asks."""
    settable, judged = token.settable | token.owner, 0
    for entry in token.transfers:
        if not token.touched(entry) & settable & ~judged:
            continue
        judged |= token.touched(entry)
        paths = token.paths(entry)
        for at in paths.demanded:
            places = {place for condition in _deciding(paths, at) for place in places_in(condition)}
            deciding = sorted({_described(place) for place in places if token.is_set_by_someone(place, paths)})
            pc = token.program.starts[paths.conditions[at][0]]
            if deciding:
                what = " and ".join(deciding)
                made.limit.append(f"pc {pc}: a transfer hangs on {what}, which someone privileged writes")
            elif _leaves_it_to_chiefs(token, paths, at):
                made.limit.append(f"pc {pc}: some transfers are open to someone in charge alone")
        for place in sorted(paths.asked):
            if token.is_set_by_someone(place, paths):
                made.limit.append(f"a transfer asks the contract at {_described(place)}, which someone sets")


def rates(token: Token, made: TokenPowers) -> None:
    """Fees of a transfer, and prices for what holders hand over, that someone named sets as high as he likes."""
    entry = next(iter(token.transfers), None)
    fees = token.paths(entry).rates if entry is not None and token.touched(entry) & token.settable else set()
    prices = {rate for _, sale in token.candidates() if _hands_over(token, sale) for rate in token.paths(sale).rates}
    wanted = token.bits((fees | prices) & token.bit.keys())
    for function, entry in token.acting():
        paths = token.paths(entry) if token.stored(entry) & wanted else Paths()
        for write in paths.writes.values():
            is_free = write.place[0] == "slot" and write.value == DATA and write.named and not paths.ordered
            text = f"{function.signature or function.selector}: pc {write.pc}: sets a rate without a bound"
            if is_free and write.place[1] in fees | prices:
                made.drain.append(text)
            if is_free and write.place[1] in fees:
                made.limit.append(text)


def _hands_over(token: Token, entry: int) -> bool:
    """Whether the caller's own balance is lowered."""
    writes = token.paths(entry).writes.values()
    return any(w.change == "-" and token.is_of(w.place, token.balances) and w.place[2] == CALLER for w in writes)


def _deciding(paths: Paths, at: int) -> Iterable[Value]:
    """The conditions on which a demand hangs: its own, or, where it asks for someone, those under which it does."""
    condition = paths.conditions[at][1]
    if is_decision(condition):
        return [condition]
    asks = _compared(condition, paths.graph.holds(at))
    return [around for around, _ in paths.context(at)] if asks and asks.equal else []


class _Comparison(NamedTuple):
    """The caller, or a holder whom he gives, is someone (or is not)."""

    slot: int | None
    """Where who it is stands; None for an address in the code, or the contract itself."""
    equal: bool


def _compared(condition: Value, holds: bool) -> _Comparison | None:
    """What a condition that holds (or does not) says of a holder; None where it says something else."""
    while isinstance(condition, tuple) and condition[0] == "not":
        condition, holds = condition[1], not holds
    if not isinstance(condition, tuple) or condition[0] not in ("eq", "sub"):
        return None
    one, other = condition[1:]
    for holder, who in ((one, other), (other, one)):
        is_fixed = who == THIS or (isinstance(who, int) and who >= _LEAST_ADDRESS)
        if holder in (CALLER, DATA) and (is_fixed or slot_of(who) is not None):
            return _Comparison(slot_of(who), holds == (condition[0] == "eq"))
    return None


def _leaves_it_to_chiefs(token: Token, paths: Paths, at: int) -> bool:
    """Whether a demand says who may pay whom, and spares someone in charge: `to != pair || from == owner`."""
    condition = paths.conditions[at][1]
    asked = _compared(condition, paths.graph.holds(at))
    context = list(paths.context(at)) if asked else []
    around = [_compared(*each) for each in context]
    if asked is None or None in around or any(stripped(each) == stripped(condition) for each, _ in context):
        return False
    spared = asked.equal and asked.slot in token.chiefs
    return spared or any(each is not None and not each.equal and each.slot in token.chiefs for each in around)


def _described(place: Value) -> str:
    return f"mapping at slot {place[1]}" if place[0] == "map" else f"slot {place[1]}"
