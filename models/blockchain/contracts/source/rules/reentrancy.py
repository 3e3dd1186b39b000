"""State written after a call that hands control and gas to someone else."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.flow import names_caller
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.rules.control import forwards_gas, locks


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
        for flow in model.flows():
            for call in flow.calls():
                hands_over = forwards_gas(call) and not names_caller(call) and not locks(flow, call)
                if hands_over and flow.written_after(call):
                    yield self.at_step(flow, call)
