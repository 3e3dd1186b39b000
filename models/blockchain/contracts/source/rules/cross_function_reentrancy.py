"""State that another function uses while the call that would bring it up to date still runs."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.flow import Flow, Step, names_caller
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.rules.control import (
    calls_back,
    checked,
    forwards_gas,
    mutexes,
    respects,
    stale_after,
)


class CrossFunctionReentrancy(Rule):
    id = "cross-function-reentrancy"
    category = "reentrancy"
    swc = "SWC-107"
    severity = "high"
    confidence = "medium"
    title = "Reentrancy through another function"
    what = (
        "A call that hands control over, a write to state afterwards, and another function for everyone that goes by "
        "this state and is not kept out by the same lock."
    )
    why = "the callee can use the other function while the books are not right yet"
    example = """pragma solidity ^0.8.0;
contract Bank {
    mapping(address => uint) balances; bool busy;
    modifier nonReentrant() { require(!busy); busy = true; _; busy = false; }
    function put() external payable { balances[msg.sender] += msg.value; }
    function give(address to, uint amount) external { balances[msg.sender] -= amount; balances[to] += amount; }
    function take() external nonReentrant {
        (bool ok, ) = msg.sender.call{value: balances[msg.sender]}("");
        require(ok);
        balances[msg.sender] = 0;
    }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for flow in model.flows():
            for call in flow.calls():
                other = way_in(flow, call) if not names_caller(call) else None
                if other:
                    evidence = f"{call.expr}, then {other.function.name or other.function.kind}"
                    yield self.at(flow.view, call.function, call.line, evidence)


def way_in(flow: Flow, call: Step) -> Flow | None:
    """The function by which the callee can come back to state that is written after the call."""
    held = mutexes(flow, call)
    if forwards_gas(call) and held:  # without a lock the callee need not look for another function
        stale = {step.target for step in flow.written_after(call)} - held
    elif calls_back(flow, call):
        stale = (stale_after(flow, call) & checked(call)) - held
    else:
        return None
    others = (other for other in flow.view.flows if other is not flow) if stale else ()
    return next((other for other in others if goes_by(other, stale) and not respects(other, held)), None)


def goes_by(flow: Flow, state: set[str]) -> bool:
    """Whether a function for everyone changes something by the value of such state."""
    acts = any(not names_caller(step) for step in flow.steps)
    return acts and bool(flow.reads & state) and flow.function.mutability not in ("view", "pure")
