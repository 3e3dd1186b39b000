"""A token transfer that trusts the length of its call data."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule


class ShortAddress(Rule):
    id = "short-address"
    category = "short_addresses"
    swc = None
    severity = "low"
    confidence = "low"
    title = "Short call data is padded"
    what = "Before 0.5: a function (address, uint) for everyone moves balances without a look at msg.data.length."
    why = "an address that lacks its last zero byte shifts the amount, which becomes 256 times as much"
    example = """pragma solidity ^0.4.19;
contract Coin {
    mapping(address => uint) balances;
    function send(address to, uint amount) public {
        balances[msg.sender] -= amount;
        balances[to] += amount;
    }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        if model.minor >= 5:
            return
        for flow in model.flows():
            types = [parameter.type for parameter in flow.function.parameters]
            moves = [step for step in flow.writes() if step.expr.parts[0].kind == "index"]
            looks = any("msg.data.length" in str(condition) for condition, _ in flow.conditions)
            if types in (["address", "uint"], ["address", "uint256"]) and len(moves) >= 2 and not looks:
                by_sender = any("[msg.sender]" in str(step.expr.parts[0]) for step in moves)
                if by_sender:
                    yield self.at(flow.view, flow.function, flow.function.line, f"function {flow.function.name}")
