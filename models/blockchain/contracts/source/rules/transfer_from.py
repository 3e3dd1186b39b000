"""Tokens of whoever has given the contract an allowance, for the taking."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.flow import CALLERS, Flow, Step, guarded_by_caller
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.rules.privileges import unlocked
from models.blockchain.contracts.source.rules.signature_replay import recovering

_PULLS = {("transferFrom", 3), ("safeTransferFrom", 3)}


class ArbitraryTransferFrom(Rule):
    id = "arbitrary-transfer-from"
    category = "access_control"
    swc = None
    severity = "high"
    confidence = "medium"
    title = "Anyone can spend others' allowances"
    what = "transferFrom with a payer and a payee that the caller names, without a look at who the caller is."
    why = "whoever has approved the contract can be robbed of what he approved"
    example = """pragma solidity ^0.8.0;
interface IERC20 { function transferFrom(address from, address to, uint amount) external returns (bool); }
contract Desk {
    IERC20 token;
    function move(address from, address to, uint amount) external { require(token.transferFrom(from, to, amount)); }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for flow in model.flows():
            for call in flow.calls():
                if robs(flow, call) and unlocked(flow.function) and recovering(flow) is None:
                    yield self.at_step(flow, call)


def robs(flow: Flow, call: Step) -> bool:
    callee, given = call.expr.callee, {parameter.name for parameter in flow.function.parameters}
    if callee.kind != "member" or (callee.text, len(call.expr.arguments)) not in _PULLS:
        return False
    payer, payee = (call.outside(argument) for argument in call.expr.arguments[:2])
    asked = any(part.text == payer for guard in call.guards for part in guard.walk() if part.kind == "name")
    return payer in given and payee in given | CALLERS and not asked and not guarded_by_caller(call)
