"""A list whose length the caller chooses reaches every slot."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.flow import Step, guarded_by_caller
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule


class ArbitraryWrite(Rule):
    id = "arbitrary-write"
    category = "access_control"
    swc = "SWC-124"
    severity = "high"
    confidence = "medium"
    title = "Any storage slot can be written"
    what = "Before 0.6: the length of a list in storage is set by a caller, or lowered without a test that it is not 0."
    why = "with a huge length every index is in range, and a write to one can hit the owner's slot"
    example = """pragma solidity ^0.4.19;
contract Map {
    address owner; uint[] map;
    function set(uint key, uint value) public {
        if (map.length <= key) { map.length = key + 1; }
        map[key] = value;
    }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        if model.minor >= 6:
            return
        for view in model.leaves:
            for flow in view.flows:
                parameters = {parameter.name for parameter in flow.function.parameters}
                for step in flow.writes():
                    if sets_length(step, parameters) and not guarded_by_caller(step):
                        yield self.at(view, step.function, step.line, step.expr)


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
    """Whether a condition on the length, or on an element's place, stands before."""
    name = step.expr.parts[0].root
    return any(part.kind == "name" and part.text == name for guard in step.guards for part in guard.walk())
