"""Anyone can destroy the contract."""

from __future__ import annotations

import re
from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.flow import Step
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.rules.privileges import open_to_all, unlocked

_IN_ASSEMBLY = re.compile(r"\bselfdestruct\s*\(")


class OpenSelfdestruct(Rule):
    id = "open-selfdestruct"
    category = "access_control"
    swc = "SWC-106"
    severity = "critical"
    confidence = "high"
    title = "Anyone can destroy the contract"
    what = "selfdestruct in a function for everyone without a test of the caller."
    why = "the code and the balance are gone for good"
    example = """pragma solidity ^0.4.19;
contract Mortal {
    function kill() public { selfdestruct(msg.sender); }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for flow in model.flows():
            for step in flow.steps:
                if ends(step) and open_to_all(flow.view, step) and unlocked(flow.function):
                    yield self.at_step(flow, step)


def ends(step: Step) -> bool:
    """A call of selfdestruct, in assembly too."""
    if step.kind == "assembly":
        return bool(_IN_ASSEMBLY.search(step.expr.text))
    return step.kind == "call" and str(step.expr.callee) in ("selfdestruct", "suicide")
