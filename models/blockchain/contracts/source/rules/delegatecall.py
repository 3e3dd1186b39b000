"""Foreign code on the contract's own storage."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.flow import guarded_by_caller
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.rules.privileges import unlocked


class Delegatecall(Rule):
    id = "delegatecall"
    category = "access_control"
    swc = "SWC-112"
    severity = "high"
    confidence = "medium"
    title = "Foreign code runs on this storage"
    what = "delegatecall or callcode to an address that is not a constant, in a function for everyone."
    why = "the code that is called can write any slot and send all ether"
    example = """pragma solidity ^0.4.19;
contract Forwarder {
    address owner;
    function forward(address to, bytes data) public { require(to.delegatecall(data)); }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for flow in model.flows():
            for call in flow.calls():
                callee = call.expr.callee
                if callee.kind != "member" or callee.text not in ("delegatecall", "callcode"):
                    continue
                target = flow.view.variables.get(callee.parts[0].root)
                fixed = str(callee.parts[0]) in ("this", "address(this)") or (target and target.constant)
                if not fixed and not guarded_by_caller(call) and unlocked(flow.function):
                    yield self.at_step(flow, call)
