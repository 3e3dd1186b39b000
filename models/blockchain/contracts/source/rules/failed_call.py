"""One payee that refuses ether stops everyone."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.flow import CALLERS, Flow, Step, names_caller
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
    what = (
        "Ether pushed with a revert when it fails: to many payees in one loop, or to the one whose place the caller "
        "takes."
    )
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
        for flow in model.flows():
            for call in flow.calls():
                if not pays(call.expr) or not must_succeed(flow, call):
                    continue
                apart = call.statement.kind == "declare"  # required in a statement of its own
                in_loop = call.loops and not (apart and names_caller(call))
                if in_loop or takes_place(flow, call):
                    yield self.at_step(flow, call)
                elif is_low_level(call.expr) and not apart:
                    own = str(call.expr.callee.parts[0]) == "msg.sender"
                    yield self.at(flow.view, call.function, call.line, call.expr, severity="low" if own else "medium")


def pays(expr: Expr) -> bool:
    """send, transfer, or a call with a value."""
    callee = expr.callee
    if callee.kind != "member":
        return False
    if callee.text in ("send", "transfer"):
        return len(expr.arguments) == 1
    return callee.text == "call" and expr.option("value") is not None


def must_succeed(flow: Flow, call: Step) -> bool:
    """Whether a failure of the call fails the transaction: transfer, a requirement, or a throw in a branch on it."""
    if call.expr.callee.text == "transfer":
        return True
    statement = call.statement
    if statement.kind == "if":
        return any(reverts(body) for body in statement.bodies)
    if statement.kind == "declare" and statement.variables:
        kept = statement.variables[0].name
        names = (part for demand in flow.demands for part in demand.condition.walk() if part.kind == "name")
        return bool(kept) and any(part.text == kept for part in names)
    inner = statement.expressions[0] if statement.expressions else None
    return inner is not None and inner.kind == "call" and str(inner.callee) in ("require", "assert")


def takes_place(flow: Flow, call: Step) -> bool:
    """Whether the payee is a state variable that the same call then sets to its caller: the last leader is paid off."""
    payee = call.expr.callee.parts[0]
    payee = payee.parts[-1] if payee.kind == "cast" else payee
    if payee.kind != "name" or payee.text not in flow.view.variables:
        return False
    later = (step for step in flow.written_after(call) if step.target == payee.text and step.expr.text == "=")
    return any(str(part) in CALLERS for step in later for part in step.expr.parts[1].walk())


def reverts(body: list[Stmt]) -> bool:
    return bool(body) and body[-1].kind == "revert"
