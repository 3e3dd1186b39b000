"""Ether that can come in and never leave."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.model import ETHER_SENDS, Model, View
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.syntax import Expr

_SENDERS = {"sendValue", "functionCallWithValue", "value", "delegatecall", "callcode"}


class LockedEther(Rule):
    id = "locked-ether"
    category = "other"
    swc = "SWC-132"
    severity = "medium"
    confidence = "medium"
    title = "Ether is locked in"
    what = "A contract with a payable function or constructor, and nothing in it that could send ether on."
    why = "whatever is paid in is lost"
    example = """pragma solidity ^0.4.19;
contract Trap {
    uint public received;
    function put() public payable { received += msg.value; }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for view in model.leaves:
            ways_in = [*view.entry_points, *(f for f in view.own_functions if f.kind == "constructor")]
            takes = [function for function in ways_in if function.mutability == "payable"]
            unknown = any(base not in model.by_name for ancestor in view.lineage for base in ancestor.bases)
            if takes and not unknown and not view.contract.abstract and not can_send(view):
                yield self.at(view, takes[0], takes[0].line, f"function {takes[0].name or takes[0].kind}")


def can_send(view: View) -> bool:
    """Whether anything in the contract could move ether: sends, foreign code, calls with a value, new, assembly."""
    for function in view.own_functions:
        if any(statement.kind == "assembly" for statement in function.statements()):
            return True
        if any(sends(expr) for expr in function.expressions()):
            return True
    return False


def sends(expr: Expr) -> bool:
    if expr.kind == "new" or (expr.kind == "name" and expr.text in ("selfdestruct", "suicide")):
        return True
    if expr.kind == "options":
        return "value" in expr.labels
    if expr.kind != "call" or expr.parts[0].kind != "member":
        return False
    name = expr.parts[0].text
    return name in _SENDERS or (name in ETHER_SENDS and len(expr.arguments) == 1)
