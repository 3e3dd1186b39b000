"""A loop over a list that anyone can make longer."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.declarations import Function
from models.blockchain.contracts.source.model import Model, View
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.syntax import Expr


class LongLoop(Rule):
    id = "dos-long-loop"
    category = "denial_of_service"
    swc = "SWC-128"
    severity = "low"
    confidence = "medium"
    title = "A loop can outgrow the block"
    what = "A loop up to the length of a list in storage, which a function for everyone makes longer."
    why = "when the list has grown too long, the function costs more gas than a block holds and never works again"
    example = """pragma solidity ^0.4.19;
contract Club {
    address[] members; mapping(address => uint) paid;
    function join() public { members.push(msg.sender); }
    function credit() public { for (uint i = 0; i < members.length; i++) { paid[members[i]] += 1; } }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for view in model.leaves:
            grown = {
                step.target
                for flow in view.flows
                for step in flow.writes()
                if step.expr.kind == "call" and not any("msg.sender" in str(guard) for guard in step.guards)
            }
            for function in view.own_functions:
                for line, name in loops_over(view, function):
                    if name in grown:
                        yield self.at(view, function, line, f"loop over {name}")


def loops_over(view: View, function: Function) -> Iterator[tuple[int, str]]:
    """(line, state list) of every loop whose condition looks at the list's length."""
    for statement in function.statements():
        if statement.kind == "loop" and function.mutability not in ("view", "pure"):
            for part in with_values(function, statement.expressions[0]):
                if part.kind == "member" and part.text == "length" and is_list(view, part.parts[0]):
                    yield statement.line, part.root


def with_values(function: Function, condition: Expr) -> Iterator[Expr]:
    """Everything in a condition, and what its local names are declared to be."""
    declared = function.declared
    for part in condition.walk():
        yield part
        if part.kind == "name" and part.text in declared:
            yield from declared[part.text].walk()


def is_list(view: View, expr: Expr) -> bool:
    return expr.kind == "name" and expr.text in view.variables and view.variables[expr.text].type.endswith("[]")
