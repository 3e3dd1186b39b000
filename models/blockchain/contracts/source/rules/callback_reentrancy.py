"""A check that the callee can pass again, as what it asks for is written only after the call."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.flow import names_caller
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.rules.control import calls_back, checked, locks, stale_after


class CallbackReentrancy(Rule):
    id = "reentrancy-callback"
    category = "reentrancy"
    swc = "SWC-107"
    severity = "medium"
    confidence = "medium"
    title = "Reentrancy by a callback"
    what = "A contract of the caller's choice is called after a check on state, and that state is written afterwards."
    why = "the callee can enter again and pass the same check as often as it likes"
    example = """pragma solidity ^0.8.0;
interface Receiver { function onGift(uint id) external; }
contract Gifts {
    mapping(address => bool) got; mapping(address => uint) points;
    function claim() external {
        require(!got[msg.sender]);
        points[msg.sender] += 1;
        Receiver(msg.sender).onGift(1);
        got[msg.sender] = true;
    }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for flow in model.flows():
            for call in flow.calls():
                open_call = calls_back(flow, call) and not names_caller(call) and not locks(flow, call)
                if open_call and checked(call) & stale_after(flow, call):
                    yield self.at_step(flow, call)
