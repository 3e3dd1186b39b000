"""The block's time decides who is paid."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.declarations import Function
from models.blockchain.contracts.source.flow import Flow
from models.blockchain.contracts.source.model import Model, View
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.syntax import Expr

_TIMES = {"now", "block.timestamp"}
_ORDERS = {"<", "<=", ">", ">="}


class Timestamp(Rule):
    id = "timestamp"
    category = "time_manipulation"
    swc = "SWC-116"
    severity = "low"
    confidence = "medium"
    title = "The block's time decides"
    what = "A condition on the block's time, other than a deadline that the caller himself gives."
    why = "whoever makes the block can shift its time by seconds and choose the outcome"
    example = """pragma solidity ^0.4.19;
contract Roulette {
    function () public payable { if (now % 15 == 0) { msg.sender.transfer(this.balance); } }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for flow in model.flows():
            deciding = [(c, line) for c, line in flow.conditions if uses_time(c) and not is_deadline(flow, c)]
            for condition, line in deciding:
                yield self.at(flow.view, flow.function, line, condition)
            names = {part.text for condition, _ in deciding for part in condition.walk() if part.kind == "name"}
            for function, expr in kept_times(flow.view, names) if names else ():
                yield self.at(flow.view, function, expr.line, expr)


def kept_times(view: View, names: set[str]) -> Iterator[tuple[Function, Expr]]:
    """Where the time is stored under one of the names that a condition compares it with."""
    for function in view.own_functions:
        for expr in function.expressions():
            if expr.kind == "assign" and expr.parts[0].text in names and uses_time(expr.parts[1]):
                yield function, expr


def uses_time(expr: Expr) -> bool:
    return any(str(part) in _TIMES for part in expr.walk() if part.kind in ("name", "member"))


def is_deadline(flow: Flow, condition: Expr) -> bool:
    """Whether the time is only compared with one that the caller himself gives."""
    given = {parameter.name for parameter in flow.function.parameters}
    tests = [part for part in condition.walk() if part.kind == "binary" and uses_time(part) and part.text in _ORDERS]
    return bool(tests) and all(any(side.root in given for side in test.parts) for test in tests)
