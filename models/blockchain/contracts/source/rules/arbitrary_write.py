"""A list whose length the caller chooses reaches every slot."""

from __future__ import annotations

import re
from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.flow import Step, guarded_by_caller
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.syntax import Expr

_SSTORE = re.compile(r"\bsstore\s*\(\s*(\w+)\s*,")


class ArbitraryWrite(Rule):
    id = "arbitrary-write"
    category = "access_control"
    swc = "SWC-124"
    severity = "high"
    confidence = "medium"
    title = "Any storage slot can be written"
    what = (
        "Assembly that writes a slot of the caller's choice; before 0.6: the length of a list in storage is set by a "
        "caller, or lowered without a test that it is not 0."
    )
    why = "the owner's slot can be the one that is written: with a huge length, every index of a list is in range"
    example = """pragma solidity ^0.4.19;
contract Map {
    address owner; uint[] map;
    function set(uint key, uint value) public {
        if (map.length <= key) { map.length = key + 1; }
        map[key] = value;
    }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for flow in model.flows():
            parameters = {parameter.name for parameter in flow.function.parameters}
            for step in flow.steps:
                resizes = step.kind == "write" and model.minor < 6 and sets_length(step, parameters)
                if (resizes or stores_anywhere(step, parameters)) and not guarded_by_caller(step):
                    yield self.at_step(flow, step)


def stores_anywhere(step: Step, parameters: set[str]) -> bool:
    """Assembly in which the slot of an sstore is a parameter."""
    slots = _SSTORE.findall(step.expr.text) if step.kind == "assembly" else []
    return any(str(step.bound.get(slot, slot)) in parameters for slot in slots)


def sets_length(step: Step, parameters: set[str]) -> bool:
    target = step.expr.parts[0]
    if target.kind != "member" or target.text != "length":
        return False
    if step.expr.kind == "assign":
        names = {part.text for part in step.expr.parts[1].walk() if part.kind == "name"}
        lowered = step.expr.text == "-=" and not tested(step)
        return (bool(names & parameters) and step.expr.text == "=") or lowered
    return step.expr.text == "--" and not tested(step)


def tested(step: Step) -> bool:
    """Whether a condition on the length, or on an element's place, stands before, other than that it is not below 0."""
    name = step.expr.parts[0].root
    telling = (guard for guard in step.guards if not always_holds(guard))
    return any(part.kind == "name" and part.text == name for guard in telling for part in guard.walk())


def always_holds(condition: Expr) -> bool:
    """`0 <= x` and `x >= 0` of what has no sign."""
    if condition.kind != "binary" or condition.text not in ("<=", ">="):
        return False
    return str(condition.parts[0 if condition.text == "<=" else 1]) == "0"
