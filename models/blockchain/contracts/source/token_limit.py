"""Limiting: someone privileged can stop others' transfers or sales, or bound them.

A transfer demands a condition that hangs on state which he sets (a pause, a list, a largest amount, a trading switch, a
time), asks a foreign contract whether it may go on, or takes a fee that he can set above the amount.
"""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.source.declarations import Function
from models.blockchain.contracts.source.flow import CALLERS, Demand, Flow, atoms
from models.blockchain.contracts.source.rules.privileges import answers
from models.blockchain.contracts.source.syntax import Expr
from models.blockchain.contracts.source.token import Token, evidence, is_fixed_address
from models.blockchain.contracts.source.token_rate import unbounded_rates

_TELLING_ARGUMENTS = 3
"""Who pays, who is paid and how much: a contract that is told all three can refuse the transfer."""
_CLOCKS = {"block.timestamp", "block.number", "now"}


def limits(token: Token) -> Iterator[tuple[str, str]]:
    """(feature, evidence) of each."""
    for flow in token.transfers:
        own = {step.target for step in flow.writes()}
        for demand in flow.demands:
            context = () if _asks_for_anything(demand.condition) else demand.context
            for condition in (demand.condition, *context):
                if switches := _names(token, flow, condition) & (token.settable - own):
                    for name in sorted(switches):
                        yield _feature(token, name, condition), _told(flow, demand, condition)
                    break
            if _leaves_it_to_chiefs(token, flow, demand):
                yield "owner_only", _told(flow, demand, demand.condition)
        yield from _asks_abroad(token, flow)
    for text in unbounded_rates(token, token.in_transfers):
        yield "unbounded_fee", text


def _asks_for_anything(condition: Expr) -> bool:
    """Whether all but nothing will do (`to != address(0)`, `amount > 0`): no transfer is kept from that."""
    return condition.text in ("!=", ">") and str(condition.parts[1]) in ("address(0)", "0")


def _told(flow: Flow, demand: Demand, condition: Expr) -> str:
    where = "" if condition is demand.condition else f" where {condition}"
    return f"{flow.function.name}: line {demand.line}: {demand.condition}{where}"[:160]


def _asks_abroad(token: Token, flow: Flow) -> Iterator[tuple[str, str]]:
    given = {parameter.name for parameter in flow.function.parameters} | CALLERS
    for call in flow.calls():
        told = [argument for argument in call.expr.arguments if call.outside(argument) in given]
        asked = call.expr.callee.kind == "member" and call.expr.callee.parts[0].root in token.view.variables
        if asked and len(told) >= _TELLING_ARGUMENTS:
            yield "external_check", evidence(flow, call)


def _leaves_it_to_chiefs(token: Token, flow: Flow, demand: Demand) -> bool:
    """Whether it says who may pay whom, and spares someone in charge: `to != pair || from == owner`."""
    chiefs, spares = token.view.chiefs, False
    if _is_a_way_of_its_own(token, flow, demand.condition):
        return False
    for condition in (demand.condition, *demand.context):
        for atom, holds in atoms(condition):
            if not _compares_holder(token, flow, atom):
                return False
            of_chief = any({str(side), *answers(token.view, side)} & chiefs for side in atom.parts)
            equal = (atom.text == "==") == holds
            spares = spares or (of_chief and equal == (condition is demand.condition))
    return spares


def _is_a_way_of_its_own(token: Token, flow: Flow, condition: Expr) -> bool:
    """Whether the branch that a demand keeps out of moves tokens too: `if (a) { move; return true; }`."""
    kept_out = str(condition.parts[0]) if condition.kind == "unary" else ""
    moving = (step for step in flow.writes() if token.is_balance(step))
    return any(str(guard) == kept_out for step in moving for guard in step.guards)


def _compares_holder(token: Token, flow: Flow, atom: Expr) -> bool:
    """Whether it compares a holder, or the caller, with a fixed place in storage or in the code."""
    if atom.kind != "binary" or atom.text not in ("==", "!="):
        return False
    other = [side for side in atom.parts if not token.is_holder(flow, str(side))]
    names = {part.text for side in other for part in side.walk() if part.kind == "name"} - {"address", "this"}
    places = set(token.view.variables).union(*(answers(token.view, side) for side in other))
    return len(other) == 1 and bool(names & places or is_fixed_address(other[0]) or str(other[0]) == "address(this)")


def _names(token: Token, flow: Flow, condition: Expr) -> set[str]:
    """Names in a condition, in what its local names are declared to be, and in what functions that it asks test."""
    names = {part.text for part in condition.walk() if part.kind == "name"}
    values = [flow.values[name] for name in names if name in flow.values]
    asked = (token.view.internal(part) for part in (condition, *values) if part.kind == "call")
    tests = [test for function in asked if function for test in _tests(function)]
    return names | {part.text for value in (*values, *tests) for part in value.walk() if part.kind == "name"}


def _tests(function: Function) -> list[Expr]:
    """The conditions of a function that answers true or false."""
    if [returned.type for returned in function.returns] != ["bool"]:
        return []
    return [statement.expressions[0] for statement in function.statements() if statement.kind == "if"]


def _feature(token: Token, name: str, condition: Expr) -> str:
    kind = token.type_of(name)
    if any(str(part) in _CLOCKS for part in condition.walk()):
        return "cooldown"
    if kind.startswith("mapping"):
        return "blacklist"
    if kind == "bool":
        return "trading_switch" if _is_one_way(token, name) else "pause"
    return "amount_limit"


def _is_one_way(token: Token, name: str) -> bool:
    """Whether functions only ever set a flag to one fixed value: trading is opened once and for all."""
    written = [step.expr for flow in token.others for step in flow.writes() if step.target == name]
    values = {str(expr.parts[1]) for expr in written if expr.kind == "assign"}
    return len(values) == 1 and values <= {"true", "false"}
