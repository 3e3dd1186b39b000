"""The order of transactions decides who gains."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule


class FrontRunning(Rule):
    id = "transaction-order"
    category = "front_running"
    swc = "SWC-114"
    severity = "low"
    confidence = "low"
    title = "Transaction order decides"
    what = "Ether is sent by an amount or to an address held in state that another function can change."
    why = "whoever sees the transaction coming can change the outcome by going first"
    example = """pragma solidity ^0.4.19;
contract Puzzle {
    uint public reward;
    function () public payable { reward = msg.value; }
    function solve(uint answer) public { if (answer * 3 == 123) { msg.sender.transfer(reward); } }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for view in model.leaves:
            written = {s.target for flow in view.flows for s in flow.writes()}
            for flow in view.flows:
                for call in flow.calls():
                    names = {p.text for p in call.expr.walk() if p.kind == "name"}
                    if names & written:
                        yield self.at(view, call.function, call.line, call.expr)
