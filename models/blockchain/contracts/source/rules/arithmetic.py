"""Sums and products that wrap round."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.model import Model
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
    what = "Before 0.8: a sum, difference or product of values that callers choose, without a test of its result."
    why = "the result can wrap round and become tiny or huge"
    example = """pragma solidity ^0.4.19;
contract Token {
    mapping(address => uint) balances;
    function give(address to, uint amount) public { balances[to] += amount; balances[msg.sender] -= amount; }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        if model.checks_arithmetic:
            return
        for view in model.leaves:
            for function in view.own_functions:
                for expr in function.expressions():
                    if wraps(expr):
                        yield self.at(view, function, expr.line, expr)


def wraps(expr: Expr) -> bool:
    if expr.kind not in ("binary", "assign") or expr.text not in _OPERATORS:
        return False
    return not any(part.kind == "literal" for part in expr.parts)
