"""Two state variables of one name."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule


class Shadowing(Rule):
    id = "shadowing"
    category = "other"
    swc = "SWC-119"
    severity = "medium"
    confidence = "high"
    title = "A state variable hides its base's"
    what = "Before 0.6: a state variable with the name of one that a base contract declares."
    why = "the base's functions go on using their own: a new owner here is not the owner there"
    example = """pragma solidity ^0.4.19;
contract Owned { address owner = msg.sender; }
contract Fund is Owned { address owner; function take() public { require(msg.sender == owner); } }"""

    def check(self, model: Model) -> Iterator[Finding]:
        if model.minor >= 6:
            return
        for view in model.views:
            inherited = {
                variable.name: ancestor
                for ancestor in reversed(view.lineage[1:])
                for variable in ancestor.variables
                if variable.visibility != "private"
            }
            for variable in view.contract.variables:
                if variable.name in inherited:
                    base = inherited[variable.name].name
                    yield self.at(view, None, variable.line, f"{variable.type} {variable.name}, also in {base}")
