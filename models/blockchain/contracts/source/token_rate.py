"""Rates: fees of transfers and prices of what holders hand over, and what bounds whoever sets them.

A fee that can be set to half of what is moved or more is no fee: a bound above that bounds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from models.blockchain.contracts.source.declarations import Function
from models.blockchain.contracts.source.flow import Flow, Step, atoms
from models.blockchain.contracts.source.syntax import Expr
from models.blockchain.contracts.source.token import Token, evidence, member_of

_UPPER, _LOWER = {"<", "<="}, {">", ">="}
_HIGHEST = 0.5
"""The largest part of what is moved that a fee may take."""


class Rate(NamedTuple):
    """A number in storage, or a member of a structure there, that something is multiplied by."""

    name: str
    member: str


def products(token: Token, functions: list[Function]) -> Iterator[tuple[Rate, str, Expr]]:
    """(rate, function, product), of the rates that a privileged function sets."""
    for function in functions:
        local = _locals(function)
        for expr in function.expressions():
            if _is(expr, "*", "mul"):
                for part in (part for factor in expr.parts for part in factor.walk()):
                    for rate in _rates(token, local.get(part.text, part) if part.kind == "name" else part):
                        yield rate, function.name, expr


def unbounded_rates(token: Token, functions: list[Function]) -> Iterator[str]:
    """Rates in some functions that a privileged caller sets as he gives them, without a condition on how high."""
    made = list(products(token, functions))
    whole = _divisors(functions)
    for flow in token.others:
        given = {parameter.name for parameter in flow.function.parameters}
        told = given | {step.target for step in flow.writes()}
        for step in flow.writes():
            rated = [product for rate, _, product in made if rate.name == step.target and _is_part(step, rate)]
            takes = step.expr.kind == "assign" and _mentions(step.expr.parts[1], given)
            if rated and takes and token.is_privileged(flow, step):
                largest = min((whole[id(product)] for product in rated if id(product) in whole), default=None)
                if not _is_bounded(flow, told, largest):
                    yield f"{evidence(flow, step)}: a rate without a bound"


def _mentions(expr: Expr, names: set[str]) -> bool:
    return any(part.kind == "name" and part.text in names for part in expr.walk())


def _is_part(step: Step, rate: Rate) -> bool:
    """Whether a write is one of the rate, or of the whole structure that it is in."""
    return member_of(step) in ("", rate.member)


def _is(expr: Expr, operator: str, name: str) -> bool:
    """Whether it is an operation, written as such or as a call of a library (`a * b`, `a.mul(b)`)."""
    by_name = expr.kind == "call" and expr.callee.kind == "member" and expr.callee.text == name
    return by_name or (expr.kind == "binary" and expr.text == operator)


def _locals(function: Function) -> dict[str, Expr]:
    """What local names were last set to."""
    found = {}
    for statement in function.statements():
        if statement.kind == "declare" and len(statement.variables) == 1 and statement.expressions:
            found[statement.variables[0].name] = statement.expressions[0]
        for expr in statement.expressions:
            if expr.kind == "assign" and expr.text == "=" and expr.parts[0].kind == "name":
                found[expr.parts[0].text] = expr.parts[1]
    return found


def _rates(token: Token, expr: Expr) -> Iterator[Rate]:
    """The rate that an expression is: `fee`, or `fees.buy`."""
    name = expr.parts[0].text if expr.kind == "member" and expr.parts[0].kind == "name" else expr.text
    if expr.kind in ("name", "member") and name in token.settable:
        kind = token.type_of(name)
        if expr.kind == "name" and kind.startswith("uint"):
            yield Rate(name, "")
        elif expr.kind == "member" and kind.rpartition(".")[2] in token.view.structs:
            yield Rate(name, expr.text)


def _divisors(functions: list[Function]) -> dict[int, int]:
    """By the id of a product, the number that it is divided by."""
    found = {}
    for function in functions:
        for expr in function.expressions():
            if _is(expr, "/", "div"):
                product = expr.callee.parts[0] if expr.kind == "call" else expr.parts[0]
                number = _number(expr.parts[1]) if len(expr.parts) > 1 else None
                if number:
                    found[id(product)] = number
    return found


def _number(expr: Expr) -> int | None:
    text = expr.text.replace("_", "")
    return int(text) if expr.kind == "literal" and text.isdecimal() else None


def _is_bounded(flow: Flow, names: set[str], whole: int | None) -> bool:
    """Whether the setter demands that what it is given, or what it writes, is below a part of the whole."""
    for demand in flow.demands:
        for part, holds in atoms(demand.condition):
            if part.kind != "binary" or part.text not in _UPPER | _LOWER:
                continue
            ours = [_mentions(side, names) for side in part.parts]
            is_upper = ours[0] if (part.text in _UPPER) == holds else ours[1]
            limit = _number(part.parts[1 if ours[0] else 0])
            if is_upper and (limit is None or whole is None or limit <= whole * _HIGHEST):
                return True
    return False
