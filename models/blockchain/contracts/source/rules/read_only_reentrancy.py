"""A view that answers wrongly while a payment runs."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.flow import Flow, Step, names_caller
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.balance_equality import OWN_BALANCE
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.rules.control import forwards_gas, locks, respects

_DIVISIONS = {"div", "mulDiv", "divDown", "divUp", "divWad", "divWadDown"}


class ReadOnlyReentrancy(Rule):
    id = "read-only-reentrancy"
    category = "reentrancy"
    swc = "SWC-107"
    severity = "low"
    confidence = "low"
    title = "A view is wrong during a payment"
    what = (
        "A ratio that a view computes from the contract's ether, or from state written before a payment that forwards "
        "all gas, and from state written after it."
    )
    why = "the payee can call a third contract that trusts the view, while its parts do not fit together"
    example = """pragma solidity ^0.8.0;
contract Pool {
    uint supply; mapping(address => uint) shares; bool busy;
    modifier nonReentrant() { require(!busy); busy = true; _; busy = false; }
    function put() external payable nonReentrant { shares[msg.sender] += msg.value; supply += msg.value; }
    function price() external view returns (uint) { return address(this).balance / supply; }
    function take() external nonReentrant {
        uint amount = shares[msg.sender]; shares[msg.sender] = 0;
        (bool ok, ) = msg.sender.call{value: amount}("");
        require(ok);
        supply -= amount;
    }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for view in model.leaves:
            views = [flow for flow in view.flows if flow.function.mutability == "view" and divides(flow)]
            for flow in view.flows:
                for call in flow.calls():
                    if forwards_gas(call) and not names_caller(call):
                        wrong = next((other for other in views if mixes(flow, call, other)), None)
                        if wrong:
                            yield self.at(view, call.function, call.line, f"{call.expr}, seen by {wrong.function.name}")


def divides(flow: Flow) -> bool:
    """Whether a view or what it runs computes a ratio, as a price or a share is."""
    for function in flow.view.reached_from([flow.function]):
        for expr in function.expressions():
            by_name = expr.kind == "call" and expr.callee.kind in ("member", "name") and expr.callee.text in _DIVISIONS
            if by_name or (expr.kind == "binary" and expr.text == "/"):
                return True
    return False


def mixes(flow: Flow, call: Step, seen: Flow) -> bool:
    """Whether a view reads something of before and something of after the call, and no lock keeps it from answering."""
    held = locks(flow, call)
    late = {step.target for step in flow.written_after(call)} - held
    early = {step.target for step in flow.steps[: flow.steps.index(call)] if step.kind == "write"} - held - late
    by_balance = any(str(expr) in OWN_BALANCE for expr in seen.function.expressions())
    return bool(seen.reads & late) and (by_balance or bool(seen.reads & early)) and not respects(seen, held)
