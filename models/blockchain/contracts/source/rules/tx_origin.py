"""tx.origin as a proof of who calls."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule


class TxOrigin(Rule):
    id = "tx-origin"
    category = "access_control"
    swc = "SWC-115"
    severity = "medium"
    confidence = "high"
    title = "tx.origin decides"
    what = "A condition that compares tx.origin with anything but msg.sender."
    why = "a contract that the owner calls can act as the owner"
    example = """pragma solidity ^0.4.19;
contract Purse {
    address owner;
    function take() public { require(tx.origin == owner); msg.sender.transfer(this.balance); }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for view in model.views:
            for function in view.contract.functions:
                for expr in function.expressions():
                    sides = {str(part) for part in expr.parts} if expr.kind == "binary" else set()
                    if expr.text in ("==", "!=") and "tx.origin" in sides and "msg.sender" not in sides:
                        yield self.at(view, function, expr.line, expr)
