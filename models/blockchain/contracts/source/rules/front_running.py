"""The order of transactions decides who gains."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.flow import CALLERS, Flow, Step
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.rules.failed_call import pays
from models.blockchain.contracts.source.syntax import Expr

HASHES = {"keccak256", "sha3", "sha256", "ripemd160"}


class FrontRunning(Rule):
    id = "transaction-order"
    category = "front_running"
    swc = "SWC-114"
    severity = "low"
    confidence = "low"
    title = "Transaction order decides"
    what = "Ether is sent by state that another transaction can change first, or for an answer that anyone can copy."
    why = "whoever sees the transaction coming can change the outcome by going first"
    example = """pragma solidity ^0.4.19;
contract Puzzle {
    uint public reward;
    function () public payable { reward = msg.value; }
    function solve(uint answer) public { if (answer * 3 == 123) { msg.sender.transfer(reward); } }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for view in model.leaves:
            written = {step.target for flow in view.flows for step in flow.writes()}
            for flow in view.flows:
                for call in flow.calls():
                    if not pays(call.expr):
                        continue
                    decisive = [guard for guard in call.guards if answers(flow, guard)]
                    if decisive:
                        yield self.at(view, call.function, decisive[0].line, decisive[0])
                    elif names_of(call) & written:
                        yield self.at_step(flow, call)


def names_of(call: Step) -> set[str]:
    """Names in the payment and in the conditions before it."""
    return {part.text for expr in (call.expr, *call.guards) for part in expr.walk() if part.kind == "name"}


def answers(flow: Flow, guard: Expr) -> bool:
    """Whether a condition compares the hash of what the caller gives."""
    given = {parameter.name for parameter in flow.function.parameters}
    for part in guard.walk():
        if part.kind == "binary" and part.text == "==":
            hashed = [side for side in part.parts if side.kind == "call" and str(side.callee) in HASHES]
            names = {str(part) for side in hashed for argument in side.arguments for part in argument.walk()}
            if names & given and not names & CALLERS:  # an answer that names the caller is worth nothing to others
                return True
    return False
