"""A signature that counts twice, or for nobody."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.flow import Flow
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule

_ONCE = ("nonce", "used", "spent", "executed", "claimed", "redeemed", "processed", "done")


class SignatureReplay(Rule):
    id = "signature-replay"
    category = "access_control"
    swc = "SWC-121"
    severity = "high"
    confidence = "low"
    title = "A signature can be used again"
    what = "ecrecover decides about a change or payment, and nothing that the signature covers is marked as used."
    why = "whoever saw the signature can present it again"
    example = """pragma solidity ^0.4.19;
contract Cheque {
    address signer = msg.sender;
    function cash(uint amount, uint8 v, bytes32 r, bytes32 s) public {
        require(ecrecover(keccak256(amount), v, r, s) == signer);
        msg.sender.transfer(amount);
    }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for view in model.leaves:
            for flow in view.flows:
                recovering = [(c, line) for condition, line in flow.conditions for c in condition.walk() if recovers(c)]
                if recovering and flow.steps and not marks_as_used(flow):
                    condition, line = recovering[0]
                    yield self.at(view, flow.function, line, condition)


def recovers(expr: object) -> bool:
    return str(expr).startswith("ecrecover(")


def marks_as_used(flow: Flow) -> bool:
    """Whether state that is tested, or named as what is used up, is written."""
    tested = {part.text for condition, _ in flow.conditions for part in condition.walk() if part.kind == "name"}
    written = {step.target for step in flow.writes()}
    return bool(written & tested) or any(word in name.lower() for name in written for word in _ONCE)
