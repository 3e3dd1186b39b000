"""A token transfer whose answer nobody looks at."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.syntax import Stmt

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
        for view in model.leaves:
            for flow in view.flows:
                for step in flow.calls():
                    callee = step.expr.callee
                    key = (callee.text, len(step.expr.arguments))
                    if callee.kind == "member" and key in _TRANSFERS and is_dropped(step.statement, str(step.expr)):
                        yield self.at(view, step.function, step.line, step.expr)


def is_dropped(statement: Stmt, call: str) -> bool:
    return statement.kind == "expr" and str(statement.expressions[0]) == call
