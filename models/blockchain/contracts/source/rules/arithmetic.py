"""Sums and products that wrap round."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.declarations import Function
from models.blockchain.contracts.source.flow import Flow, Step
from models.blockchain.contracts.source.model import Model, View
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.syntax import Expr

_OPERATORS = {"+", "-", "*", "+=", "-=", "*=", "**"}


class Arithmetic(Rule):
    id = "arithmetic"
    category = "arithmetic"
    swc = "SWC-101"
    severity = "medium"
    confidence = "medium"
    title = "Unchecked arithmetic"
    what = (
        "A sum, difference or product that is not checked: before 0.8 of any two values, or of a state variable that "
        "counts; in `unchecked` of what the caller gives and no condition tests."
    )
    why = "the result can wrap round and become tiny or huge"
    example = """pragma solidity ^0.4.19;
contract Token {
    mapping(address => uint) balances;
    function give(address to, uint amount) public { balances[to] += amount; balances[msg.sender] -= amount; }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for view in model.leaves:
            if model.checks_arithmetic:
                for flow in view.flows:
                    yield from (self.at_step(flow, step) for step in unchecked_writes(flow))
                continue
            for function in view.own_functions:
                for expr in function.expressions():
                    if wraps(expr):
                        yield self.at(view, function, expr.line, expr)
                    elif counts(view, function, expr):
                        yield self.at(view, function, expr.line, expr, severity="low")


def unchecked_writes(flow: Flow) -> Iterator[Step]:
    """Writes in `unchecked` that wrap for what the caller gives, untested by conditions or checked sums before."""
    given = {parameter.name for parameter in flow.function.parameters}
    tested: set[str] = set()
    for step in flow.writes():
        names = {step.outside(part) for part in step.expr.walk() if part.kind == "name"}
        if id(step.expr) not in step.function.unchecked:
            tested |= names
        elif any(wraps(part) for part in step.expr.walk()):
            held = {part.text for guard in step.guards for part in guard.walk() if part.kind == "name"}
            if names & given and not names & given & (held | tested):
                yield step


def counts(view: View, function: Function, expr: Expr) -> bool:
    """Whether a state variable, or the length of a list in storage, is counted up or down by a fixed number."""
    by_one = expr.kind == "unary" and expr.text in ("++", "--")
    root = expr.parts[0].root if by_one or _steps(expr) else ""
    return root in view.variables and root not in view.local_types(function)


def _steps(expr: Expr) -> bool:
    """`n += 1`, or `n = n + 1`."""
    if expr.kind != "assign" or expr.text not in ("=", "+=", "-="):
        return False
    target, value = expr.parts
    if expr.text != "=":
        return value.kind == "literal"
    of_itself = value.kind == "binary" and value.text in ("+", "-") and str(value.parts[0]) == str(target)
    return of_itself and value.parts[1].kind == "literal"


def wraps(expr: Expr) -> bool:
    if expr.kind not in ("binary", "assign") or expr.text not in _OPERATORS:
        return False
    return not any(part.kind == "literal" for part in expr.parts)
