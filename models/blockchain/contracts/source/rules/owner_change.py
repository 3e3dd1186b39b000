"""Anyone can make himself the owner."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.flow import Flow, Step
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.rules.privileges import (
    lists_of_chiefs,
    open_to_all,
    unlocked,
)


class OwnerChange(Rule):
    id = "open-owner-change"
    category = "access_control"
    swc = "SWC-105"
    severity = "critical"
    confidence = "medium"
    title = "Anyone can take charge"
    what = (
        "A function for everyone that writes the address which other functions compare their caller with, or puts "
        "whom the caller names on the list that other functions look him up in."
    )
    why = "whoever calls it owns the contract"
    example = """pragma solidity ^0.4.19;
contract Wallet {
    address owner;
    function initWallet() public { owner = msg.sender; }
    function take() public { require(msg.sender == owner); msg.sender.transfer(this.balance); }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for view in model.leaves:
            chiefs, lists = view.chiefs, lists_of_chiefs(view)
            for flow in view.flows:
                for step in flow.writes():
                    takes = sets_name(step) and step.target in chiefs
                    appoints = step.target in lists and appoints_anyone(flow, step)
                    if (takes or appoints) and open_to_all(view, step) and unlocked(flow.function):
                        yield self.at_step(flow, step)


def sets_name(step: Step) -> bool:
    return step.expr.kind == "assign" and step.expr.parts[0].kind == "name"


def appoints_anyone(flow: Flow, step: Step) -> bool:
    """`admins[someone] = ...` for a parameter; what callers enter for themselves is a membership."""
    return step.expr.kind == "assign" and step.key in {parameter.name for parameter in flow.function.parameters}
