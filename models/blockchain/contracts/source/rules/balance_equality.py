"""A balance that must match to the wei."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule

OWN_BALANCE = {"this.balance", "address(this).balance"}


class BalanceEquality(Rule):
    id = "balance-equality"
    category = "denial_of_service"
    swc = "SWC-132"
    severity = "low"
    confidence = "medium"
    title = "A balance must match to the wei"
    what = "The contract's balance is compared with == or !=."
    why = "anyone can send a wei with selfdestruct, after which the test never holds again"
    example = """pragma solidity ^0.4.19;
contract Game {
    function () public payable {}
    function win() public { require(this.balance == 7 ether); msg.sender.transfer(1 ether); }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for view, function in model.functions():
            for expr in function.expressions():
                if expr.kind == "binary" and expr.text in ("==", "!="):
                    sides = [str(part) for part in expr.parts]
                    if OWN_BALANCE & set(sides) and "0" not in sides:
                        yield self.at(view, function, expr.line, expr)
