"""A price that a single trade can move."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule

_SPOT = {"getReserves", "slot0", "getAmountsOut", "getAmountOut"}
_MOVES = {"mint", "_mint", "transfer", "transferFrom", "safeTransfer", "safeTransferFrom", "borrow", "send"}


class OraclePrice(Rule):
    id = "spot-price-oracle"
    category = "front_running"
    swc = None
    severity = "medium"
    confidence = "low"
    title = "A spot price decides"
    what = "A function that changes state and moves tokens by the reserves or price that a pool shows at the moment."
    why = "a trade before it, with borrowed money if need be, sets the price that it sees"
    example = """pragma solidity ^0.8.0;
interface Pair { function getReserves() external view returns (uint112, uint112, uint32); }
contract Lender {
    Pair pair; mapping(address => uint) debt;
    function borrow(uint collateral) external {
        (uint112 a, uint112 b, ) = pair.getReserves();
        debt[msg.sender] += collateral * a / b;
        payable(msg.sender).transfer(collateral * a / b);
    }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for view in model.leaves:
            for flow in view.flows:
                called = {step.expr.callee.text for step in flow.calls() if step.expr.callee.kind == "member"}
                spot = [s for s in flow.calls() if s.expr.callee.kind == "member" and s.expr.callee.text in _SPOT]
                if spot and called & _MOVES and any(step.expr.kind != "call" for step in flow.writes()):
                    yield self.at(view, flow.function, spot[0].line, spot[0].expr)
