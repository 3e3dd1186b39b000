"""State written after a call that hands control and gas to someone else."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.flow import Flow, Step, names_caller
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule


class Reentrancy(Rule):
    id = "reentrancy"
    category = "reentrancy"
    swc = "SWC-107"
    severity = "high"
    confidence = "high"
    title = "Reentrancy"
    what = "A call with value that forwards all gas, and a write to state afterwards."
    why = "the callee can enter again before the books are right, and be paid twice"
    example = """pragma solidity ^0.4.19;
contract Bank {
    mapping(address => uint) balances;
    function put() public payable { balances[msg.sender] += msg.value; }
    function take(uint amount) public {
        require(balances[msg.sender] >= amount);
        require(msg.sender.call.value(amount)());
        balances[msg.sender] -= amount;
    }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for view in model.leaves:
            for flow in view.flows:
                for call in flow.calls():
                    hands_over = forwards_gas(call) and not names_caller(call) and not locked(flow, call)
                    if hands_over and flow.written_after(call):
                        yield self.at(view, call.function, call.line, call.expr)


def forwards_gas(call: Step) -> bool:
    """`x.call.value(v)()` or `x.call{value: v}("")` without a limit of gas."""
    callee = call.expr.callee
    return callee.kind == "member" and callee.text == "call" and call.expr.option("gas") is None and sends_value(call)


def sends_value(call: Step) -> bool:
    value = call.expr.option("value")
    return value is not None and str(value) != "0"


def locked(flow: Flow, call: Step) -> bool:
    """Whether a mutex stands before the call: state that is tested, then set, then the call."""
    before = flow.steps[: flow.steps.index(call)]
    tested = {part.text for guard in call.guards for part in guard.walk() if part.kind == "name"}
    flags = {step.target for step in before if step.kind == "write" and step.expr.kind == "assign"}
    return any(
        name in tested and flow.view.variables[name].type in ("bool", "uint256", "uint", "uint8") for name in flags
    )
