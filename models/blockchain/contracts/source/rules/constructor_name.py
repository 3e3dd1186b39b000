"""A constructor that is none."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.declarations import Function
from models.blockchain.contracts.source.model import Model, View
from models.blockchain.contracts.source.rules.base import Rule


class ConstructorName(Rule):
    id = "constructor-name"
    category = "access_control"
    swc = "SWC-118"
    severity = "critical"
    confidence = "high"
    title = "A constructor that is an ordinary function"
    what = "Before 0.5: a function named like its contract but for case, or `function constructor`."
    why = "anyone can call it after deployment and become the owner"
    example = """pragma solidity ^0.4.19;
contract Missing {
    address owner;
    function missing() public { owner = msg.sender; }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        if model.minor >= 5:
            return
        for view, function in model.functions():
            if function.kind != "function" or not function.external or function.mutability in ("view", "pure"):
                continue
            alike = function.name.lower() == view.name.lower() and function.name != view.name
            if (alike and sets_state(view, function)) or function.name == "constructor":
                yield self.at(view, function, function.line, f"function {function.name}")


def sets_state(view: View, function: Function) -> bool:
    """Whether it writes what a constructor would: a function that sets nothing was never meant to be one."""
    return any(expr.kind == "assign" and expr.parts[0].root in view.variables for expr in function.expressions())
