"""tx.origin as a proof of who calls."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.model import Model, View, element_type
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.syntax import Expr


class TxOrigin(Rule):
    id = "tx-origin"
    category = "access_control"
    swc = "SWC-115"
    severity = "medium"
    confidence = "high"
    title = "tx.origin decides"
    what = "A condition that compares tx.origin with anything but msg.sender, or looks it up in a list of who may."
    why = "a contract that the owner calls can act as the owner"
    example = """pragma solidity ^0.4.19;
contract Purse {
    address owner;
    function take() public { require(tx.origin == owner); msg.sender.transfer(this.balance); }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for view, function in model.functions():
            for expr in function.expressions():
                if is_compared(expr) or is_looked_up(view, expr):
                    yield self.at(view, function, expr.line, expr)


def is_compared(expr: Expr) -> bool:
    sides = {str(part) for part in expr.parts} if expr.kind == "binary" else set()
    return expr.text in ("==", "!=") and "tx.origin" in sides and "msg.sender" not in sides


def is_looked_up(view: View, expr: Expr) -> bool:
    """`allowed[tx.origin]`, of a mapping to bool."""
    if expr.kind != "index" or str(expr.parts[-1]) != "tx.origin" or expr.parts[0].kind != "name":
        return False
    variable = view.variables.get(expr.parts[0].text)
    return variable is not None and element_type(variable.type) == "bool"
