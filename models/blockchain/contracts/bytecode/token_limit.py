"""Limits and rates that someone named sets, as the bytecode of a token shows them."""

from __future__ import annotations

from collections.abc import Iterable

from models.blockchain.contracts.bytecode.seen import Paths
from models.blockchain.contracts.bytecode.token import Token
from models.blockchain.contracts.bytecode.words import CALLER, DATA, Value, is_decision, places_in, slot_of
from models.blockchain.contracts.token import TokenPowers


def limits(token: Token, made: TokenPowers) -> None:
    """State that someone named writes and on which a transfer hangs, or the contract that it asks."""
    settable, judged = token.settable, 0
    for entry in token.transfers:
        if not token.touched(entry) & settable & ~judged:
            continue
        judged |= token.touched(entry)
        paths = token.paths(entry)
        for at in paths.demanded:
            block, _ = paths.conditions[at]
            places = {place for condition in _deciding(paths, at) for place in places_in(condition)}
            deciding = [place for place in places if token.is_set_by_someone(place, paths)]
            if deciding:
                pc = token.program.starts[block]
                what = " and ".join(sorted({_described(place) for place in deciding}))
                made.limit.append(f"pc {pc}: a transfer hangs on {what}, which someone privileged writes")
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
    return paths.context(at) if _asks_for_someone(condition, paths.graph.holds(at)) else []


def _asks_for_someone(condition: Value, holds: bool) -> bool:
    """Whether the caller, or a holder whom he gives, must be the one who stands in storage."""
    while isinstance(condition, tuple) and condition[0] == "not":
        condition, holds = condition[1], not holds
    if not isinstance(condition, tuple) or holds != (condition[0] == "eq") or condition[0] not in ("eq", "sub"):
        return False
    one, other = condition[1:]
    return any(side in (CALLER, DATA) and slot_of(who) is not None for side, who in ((one, other), (other, one)))


def _described(place: Value) -> str:
    return f"mapping at slot {place[1]}" if place[0] == "map" else f"slot {place[1]}"
