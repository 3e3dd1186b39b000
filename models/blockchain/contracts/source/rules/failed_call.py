"""One payee that refuses ether stops everyone."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.flow import Step
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.rules.unchecked_call import is_low_level
from models.blockchain.contracts.source.syntax import Expr, Stmt


class FailedCall(Rule):
    id = "dos-failed-call"
    category = "denial_of_service"
    swc = "SWC-113"
    severity = "medium"
    confidence = "medium"
    title = "A failing payee stops everyone"
    what = "Ether pushed with a revert when it fails, or to many payees in one loop."
    why = "one payee that refuses ether makes the whole call fail, every time"
    example = """pragma solidity ^0.4.19;
contract Auction {
    address leader; uint bid;
    function outbid() public payable {
        require(msg.value > bid);
        if (!leader.send(bid)) throw;
        leader = msg.sender; bid = msg.value;
    }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for view in model.leaves:
            for flow in view.flows:
                for call in flow.calls():
                    if call.loops and pays(call.expr) and must_succeed(call):
                        yield self.at(view, call.function, call.line, call.expr)
                    elif is_low_level(call.expr) and pays(call.expr) and must_succeed(call):
                        own = str(call.expr.callee.parts[0]) == "msg.sender"
                        yield self.at(view, call.function, call.line, call.expr, severity="low" if own else "medium")


def pays(expr: Expr) -> bool:
    """send, transfer, or a call with a value."""
    callee = expr.callee
    if callee.kind != "member":
        return False
    if callee.text in ("send", "transfer"):
        return len(expr.arguments) == 1
    return callee.text == "call" and expr.option("value") is not None


def must_succeed(call: Step) -> bool:
    """Whether a failure of the call fails the transaction: transfer, require(...), or a throw in a branch on it."""
    if call.expr.callee.text == "transfer":
        return True
    statement = call.statement
    if statement.kind == "if":
        return any(reverts(body) for body in statement.bodies)
    inner = statement.expressions[0] if statement.expressions else None
    return inner is not None and inner.kind == "call" and str(inner.callee) in ("require", "assert")


def reverts(body: list[Stmt]) -> bool:
    return bool(body) and body[-1].kind == "revert"
