"""A token transfer whose answer nobody looks at."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.flow import Step
from models.blockchain.contracts.source.model import Model, View
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.rules.results import is_dropped

_TRANSFERS = {("transfer", 2), ("transferFrom", 3)}


class UnsafeErc20(Rule):
    id = "unsafe-erc20"
    category = "other"
    swc = None
    severity = "low"
    confidence = "medium"
    title = "A token transfer may fail unseen"
    what = "transfer or transferFrom of another contract's token whose boolean answer is dropped."
    why = "tokens that answer false instead of reverting leave the books wrong"
    example = """pragma solidity ^0.8.0;
interface IERC20 { function transfer(address to, uint amount) external returns (bool); }
contract Payroll {
    IERC20 token; mapping(address => uint) due;
    function pay() external { uint amount = due[msg.sender]; due[msg.sender] = 0; token.transfer(msg.sender, amount); }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for flow in model.flows():
            for step in flow.calls():
                callee = step.expr.callee
                moves = callee.kind == "member" and (callee.text, len(step.expr.arguments)) in _TRANSFERS
                if moves and is_dropped(step.statement, step.expr, step.function) and not is_nft(flow.view, step):
                    yield self.at_step(flow, step)


def is_nft(view: View, step: Step) -> bool:
    """Whether the called contract is declared as an EIP-721 token, whose transferFrom answers nothing."""
    return "721" in view.type_of(step.expr.callee.parts[0], view.local_types(step.function))
