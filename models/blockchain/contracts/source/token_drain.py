"""Draining: someone privileged moves or burns others' tokens.

He lowers a balance that is not his own, or a trading pair's; gives an allowance in another's name; spends without an
allowance that all others need; takes a fee, or pays a price for tokens handed over, to which no bound is set; or
destroys the contract that counts them.
"""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.source.declarations import Function
from models.blockchain.contracts.source.flow import Flow
from models.blockchain.contracts.source.syntax import Expr
from models.blockchain.contracts.source.token import Token, change_of, evidence

_ORDER = {"<", "<=", ">", ">="}
_DESTROYS = {"selfdestruct", "suicide"}


def drains(token: Token) -> Iterator[str]:
    for flow in token.others:
        yield from _lowers_others(token, flow)
        yield from _allows_for_others(token, flow)
        yield from _destroys(token, flow)
    for flow in token.transfers:
        yield from _spends_freely(token, flow)
    yield from unbounded_rates(token, token.in_transfers + token.in_sales)


def _lowers_others(token: Token, flow: Flow) -> Iterator[str]:
    if any(step.target in token.allowances and change_of(step) == "-" for step in flow.writes()):
        return
    for step in flow.writes():
        lowered = token.is_balance(step) and change_of(step) in "-=0" and not token.rebooks(flow, step)
        if lowered and token.is_others(flow, step.key) and token.is_privileged(flow, step):
            yield evidence(flow, step)


def _allows_for_others(token: Token, flow: Flow) -> Iterator[str]:
    for step in flow.writes():
        given = step.target in token.allowances and change_of(step) in "+="
        if given and token.is_others(flow, step.key) and token.is_privileged(flow, step):
            yield evidence(flow, step)


def _destroys(token: Token, flow: Flow) -> Iterator[str]:
    for step in flow.calls():
        if step.expr.callee.kind == "name" and step.expr.callee.text in _DESTROYS and token.is_privileged(flow, step):
            yield evidence(flow, step)


def _spends_freely(token: Token, flow: Flow) -> Iterator[str]:
    """transferFrom that asks for no allowance where its caller is someone special."""
    if flow.function.name != "transferFrom":
        return
    who = token.privilege
    for step in flow.writes():
        optional = step.target in token.allowances and step.path
        if optional and any(who.exempts(flow, guard) or who.names(flow, guard) for guard in step.guards):
            yield evidence(flow, step)


def unbounded_rates(token: Token, functions: list[Function]) -> Iterator[str]:
    """Rates in some functions that a privileged caller sets as he gives them, without a condition on how high."""
    rates = {name for name, _, _ in products(token, functions)}
    for flow in token.others:
        given = {parameter.name for parameter in flow.function.parameters}
        for step in flow.writes():
            free = step.target in rates and step.expr.kind == "assign" and _takes_over(step.expr.parts[1], given)
            if free and token.is_privileged(flow, step) and not _is_bounded(flow, given):
                yield f"{evidence(flow, step)}: a rate without a bound"


def products(token: Token, functions: list[Function]) -> Iterator[tuple[str, str, Expr]]:
    """(rate, function, product): numbers that a privileged function sets and that something is multiplied by."""
    numbers = {name for name in token.settable if token.view.variables[name].type.startswith("uint")}
    for function in functions:
        for expr in function.expressions():
            by_name = expr.kind == "call" and expr.callee.kind == "member" and expr.callee.text == "mul"
            if by_name or (expr.kind == "binary" and expr.text == "*"):
                for name in {part.text for part in expr.walk() if part.kind == "name"} & numbers:
                    yield name, function.name, expr


def _takes_over(value: Expr, given: set[str]) -> bool:
    return any(part.kind == "name" and part.text in given for part in value.walk())


def _is_bounded(flow: Flow, given: set[str]) -> bool:
    """Whether the setter demands an order of what it is given, or of what it writes."""
    concerned = given | {step.target for step in flow.writes()}
    for demand in flow.demands:
        for part in demand.condition.walk():
            names = {inner.text for inner in part.walk() if inner.kind == "name"}
            if part.kind == "binary" and part.text in _ORDER and names & concerned:
                return True
    return False
