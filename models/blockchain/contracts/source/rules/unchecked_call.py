"""The result of a low-level call that nobody looks at."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.model import LOW_LEVEL, Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.syntax import Expr, Function, Stmt


class UncheckedCall(Rule):
    id = "unchecked-call"
    category = "unchecked_low_level_calls"
    swc = "SWC-104"
    severity = "medium"
    confidence = "high"
    title = "Unchecked low-level call"
    what = "send, call, callcode or delegatecall whose result is dropped, or bound to a name that is never read."
    why = "when the call fails, the contract goes on as if it had not"
    example = """pragma solidity ^0.4.19;
contract Payer {
    function pay(address to) public { to.send(1 ether); }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for view in model.views:
            for function in view.contract.functions:
                for statement in function.statements():
                    if (call := dropped(statement, function)) is not None:
                        yield self.at(view, function, call.line, call)


def dropped(statement: Stmt, function: Function) -> Expr | None:
    """The low-level call of a statement that drops its result."""
    if not statement.expressions or not is_low_level(statement.expressions[0]):
        return None
    if statement.kind == "expr":
        return statement.expressions[0]
    if statement.kind == "declare" and statement.variables:
        name = statement.variables[0].name
        return None if name in function.names else statement.expressions[0]
    return None


def is_low_level(expr: Expr) -> bool:
    if expr.kind != "call":
        return False
    callee = expr.callee
    if callee.kind != "member" or (expr.parts[0].kind == "member" and expr.parts[0].text in ("value", "gas")):
        return False
    return callee.text in LOW_LEVEL or (callee.text == "send" and len(expr.arguments) == 1)
