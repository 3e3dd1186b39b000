"""A price that a single trade can move."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.flow import Flow
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.syntax import Expr

_SPOT = {"getReserves", "slot0", "getAmountsOut", "getAmountOut"}
_MOVES = {"mint", "_mint", "transfer", "transferFrom", "safeTransfer", "safeTransferFrom", "borrow", "send"}

_OWN = {"this", "address(this)", "msg.sender"}


class OraclePrice(Rule):
    id = "spot-price-oracle"
    category = "front_running"
    swc = None
    severity = "medium"
    confidence = "low"
    title = "A spot price decides"
    what = (
        "A function that changes state and moves tokens by the reserves or price that a pool shows at the moment, or "
        "by the ratio of two balances of another account."
    )
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
        for flow in model.flows():
            called = {step.expr.callee.text for step in flow.calls() if step.expr.callee.kind == "member"}
            spot = [s for s in flow.calls() if s.expr.callee.kind == "member" and s.expr.callee.text in _SPOT]
            if called & _MOVES and any(step.expr.kind != "call" for step in flow.writes()):
                found = spot[0].expr if spot else ratio_of_balances(flow)
                if found is not None:
                    yield self.at(flow.view, flow.function, found.line, found)


def ratio_of_balances(flow: Flow) -> Expr | None:
    """`a.balanceOf(pair) / b.balanceOf(pair)`, for anything but the contract itself and its caller."""
    for function in flow.view.reached_from([flow.function]):
        for expr in function.expressions():
            if expr.kind == "binary" and expr.text == "/" and all(map(asks_others_balance, expr.parts)):
                return expr
    return None


def asks_others_balance(expr: Expr) -> bool:
    calls = (part for part in expr.walk() if part.kind == "call" and part.callee.kind == "member")
    asked = [call for call in calls if call.callee.text == "balanceOf" and len(call.arguments) == 1]
    return any(str(call.arguments[0]) not in _OWN for call in asked)
