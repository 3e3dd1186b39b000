"""Powers over a token's holders, as far as the bytecode shows them."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.bytecode.dispatch import Function
from models.blockchain.contracts.bytecode.program import Does, Program
from models.blockchain.contracts.bytecode.seen import Paths, Write
from models.blockchain.contracts.bytecode.token import Token, token_of
from models.blockchain.contracts.bytecode.token_limit import limits, rates
from models.blockchain.contracts.bytecode.words import DATA, MEMORY, Value
from models.blockchain.contracts.signatures import selector_of
from models.blockchain.contracts.token import TokenPowers

_SYNC = int(selector_of("sync()"), 16)


def powers_of(program: Program, functions: list[Function]) -> TokenPowers | None:
    """Run what may matter of a token; what each function shows is told in the order of the functions."""
    token = token_of(program, functions)
    if token is None:
        return None
    made = TokenPowers(token.standard)
    token.leave_out_free_lists()
    for function, entry in token.candidates():
        name = function.signature or function.selector
        paths = token.paths(entry)
        made.mint.extend(f"{name}: pc {write.pc}: raises a balance or the supply" for write in _mints(token, paths))
        made.drain.extend(f"{name}: pc {write.pc}: {what}" for write, what in _drains(token, paths))
    _destroys(token, made)
    _spends_freely(token, made)
    limits(token, made)
    rates(token, made)
    made.limit = list(dict.fromkeys(made.limit))
    return made


def _mints(token: Token, paths: Paths) -> Iterator[Write]:
    writes = list(paths.writes.values())
    if any(write.change == "-" and token.is_of(write.place, token.balances) for write in writes):
        return
    for write in writes:
        raised = write.change in "+=" and token.is_of(write.place, token.balances | token.supply)
        if raised and write.named and not _is_deployment(token, paths) and not _rebooks(token, paths, write):
            yield write


def _is_deployment(token: Token, paths: Paths) -> bool:
    """Whether it runs once, or needs a flag that no function ever writes."""
    if token.runs_once(paths):
        return True
    later = 0
    for _, entry in token.acting():
        later |= token.stored(entry)
    return any(not later & token.bit.get(slot, 0) for slot in paths.flags)


def _rebooks(token: Token, paths: Paths, write: Write) -> bool:
    """Whether the same holder is marked in another mapping: he is moved from one of two books to the other."""
    marks = (other for other in paths.writes.values() if other.place[0] == "map" and other.place[1] != write.place[1])
    return write.change in "=0" and any(other.place[2:] == write.place[2:] and other.change in "=0" for other in marks)


def _drains(token: Token, paths: Paths) -> Iterator[tuple[Write, str]]:
    writes = list(paths.writes.values())
    spends = any(write.change == "-" and token.is_of(write.place, token.allowances) for write in writes)
    for write in writes:
        if not write.named or write.place[0] != "map":
            continue
        others = _is_others(token, write.place[2])
        if token.is_of(write.place, token.balances) and write.change in "-=0":
            if others and not spends and not _rebooks(token, paths, write):
                yield write, "lowers another's balance"
        elif token.is_of(write.place, token.allowances) and write.change in "+=" and others:
            yield write, "allows in another's name"


def _is_others(token: Token, holder: Value) -> bool:
    """Whether a holder is one whom the caller gives, one of a list, or a pair that is told of its balance."""
    if holder in (DATA, MEMORY):
        return True
    if not isinstance(holder, tuple) or holder[0] != "load":
        return False
    is_pair = token.program.has_constant(_SYNC) and not token.owner & token.bit.get(holder[1][1], 0)
    return holder[1][0] == "map" or is_pair


def _destroys(token: Token, made: TokenPowers) -> None:
    """SELFDESTRUCT for someone named: all balances cease to be."""
    if not token.program.ahead[0] & Does.DESTROY:
        return
    for function, entry in token.acting():
        if token.program.ahead[entry] & Does.DESTROY:
            pcs = token.runner.run(entry, to_the_end=True).destroyed
            name = function.signature or function.selector
            made.drain.extend(f"{name}: pc {pc}: destroys the contract" for pc, named in pcs.items() if named)


def _spends_freely(token: Token, made: TokenPowers) -> None:
    """transferFrom that asks for no allowance where its caller is someone named."""
    entry = token.spending
    if entry is None or not token.touched(entry) & (token.settable | token.owner):
        return
    for write in token.paths(entry).writes.values():
        if token.is_of(write.place, token.allowances) and write.change == "-" and write.spared:
            made.drain.append(f"transferFrom: pc {write.pc}: someone needs no allowance")
