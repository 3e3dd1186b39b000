"""A local struct or list that points at the first storage slots."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.declarations import Function
from models.blockchain.contracts.source.model import Model, View
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.syntax import Variable


class UninitialisedStorage(Rule):
    id = "uninitialised-storage"
    category = "other"
    swc = "SWC-109"
    severity = "high"
    confidence = "high"
    title = "A local name overwrites the first slots"
    what = "Before 0.5: a local struct or list without `memory` and without a value."
    why = "what is written to it overwrites the contract's first state variables"
    example = """pragma solidity ^0.4.19;
contract Registry {
    address owner; struct Entry { address who; uint at; }
    function add() public { Entry e; e.who = msg.sender; e.at = now; }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        if model.minor >= 5:
            return
        for view, function in model.functions():
            for statement in function.statements():
                for variable in statement.variables:
                    loose = not statement.expressions and points_at_storage(view, variable)
                    if loose and not is_placed(function, variable.name):
                        yield self.at(view, function, statement.line, f"{variable.type} {variable.name}")


def is_placed(function: Function, name: str) -> bool:
    """Whether the name is made to stand for a place somewhere: `entry = entries[at]`."""
    assigned = (expr for expr in function.expressions() if expr.kind == "assign" and expr.text == "=")
    return any(expr.parts[0].kind == "name" and expr.parts[0].text == name for expr in assigned)


def points_at_storage(view: View, variable: Variable) -> bool:
    if variable.location == "memory":
        return False
    return variable.type in view.structs or variable.type.endswith("]") or variable.location == "storage"
