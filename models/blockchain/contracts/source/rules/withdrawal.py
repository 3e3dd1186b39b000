"""Anyone can take the contract's ether."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.flow import Flow, Step
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.rules.failed_call import pays
from models.blockchain.contracts.source.rules.privileges import unlocked
from models.blockchain.contracts.source.syntax import Expr


class OpenWithdrawal(Rule):
    id = "open-withdrawal"
    category = "access_control"
    swc = "SWC-105"
    severity = "high"
    confidence = "medium"
    title = "Anyone can take the ether"
    what = (
        "The balance, an amount of the caller's choice or a fixed sum is sent to the caller or an address of his "
        "choice, without any condition."
    )
    why = "whoever calls it first empties the contract"
    example = """pragma solidity ^0.4.19;
contract Pot {
    function () public payable {}
    function take() public { msg.sender.transfer(this.balance); }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for flow in model.flows():
            if not unlocked(flow.function):
                continue
            for call in flow.calls():
                takes = pays(call.expr) and to_the_caller(flow, call) and is_for_the_taking(flow, call)
                if takes and not call.guards:
                    yield self.at_step(flow, call)


def amount_of(expr: Expr) -> str:
    value = expr.option("value") or (expr.arguments[0] if expr.arguments else None)
    return str(value) if value is not None else ""


def is_for_the_taking(flow: Flow, call: Step) -> bool:
    """Whether the amount owes nothing to what the caller paid: a fixed sum, all there is, or what he names himself."""
    amount, unbooked = amount_of(call.expr), not any(flow.writes())
    if amount[:1].isdigit():
        return amount[:1] != "0" and unbooked
    if flow.function.mutability == "payable":
        return False
    named = amount in {parameter.name for parameter in flow.function.parameters}
    return amount in ("this.balance", "address(this).balance") or (named and unbooked)


def to_the_caller(flow: Flow, call: Step) -> bool:
    payee = call.expr.callee.parts[0]
    inner = payee.parts[0] if payee.kind == "cast" else payee
    return str(inner) == "msg.sender" or inner.root in {p.name for p in flow.function.parameters}
