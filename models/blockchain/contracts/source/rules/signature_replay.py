"""A signature that counts twice, or for nobody."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.declarations import Function
from models.blockchain.contracts.source.flow import Flow
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.syntax import Expr

_ONCE = ("nonce", "used", "spent", "executed", "claimed", "redeemed", "processed", "done")
_RECOVERIES = {"recover", "isValidSignatureNow", "recoverCalldata"}


class SignatureReplay(Rule):
    id = "signature-replay"
    category = "access_control"
    swc = "SWC-121"
    severity = "high"
    confidence = "low"
    title = "A signature can be used again"
    what = "A recovered signer decides about a change or payment, and nothing that he signed is marked as used."
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
        for flow in model.flows():
            if not flow.steps or flow.function.mutability in ("view", "pure"):
                continue
            found = recovering(flow)
            if found is not None and not marks_as_used(flow):
                function, call = found
                yield self.at(flow.view, flow.function, call.line, f"{function.name}: {call}")


def recovering(flow: Flow) -> tuple[Function, Expr] | None:
    """The first place where the function, or one that it runs, finds out who signed, and who does."""
    for function in flow.view.reached_from([flow.function, *flow.view.modifiers_of(flow.function)]):
        for expr in function.expressions():
            if recovers(expr):
                return function, expr
    return None


def recovers(expr: Expr) -> bool:
    """ecrecover, or OpenZeppelin's and Solady's `recover` of a hash by a signature."""
    if expr.kind != "call":
        return False
    callee = expr.callee
    if callee.kind == "name":
        return callee.text == "ecrecover"
    return callee.kind == "member" and callee.text in _RECOVERIES


def marks_as_used(flow: Flow) -> bool:
    """Whether state that is tested, or named as what is used up, is written, or a base outside the text does that."""
    tested = {part.text for condition, _ in flow.conditions for part in condition.walk() if part.kind == "name"}
    written = {step.target for step in flow.writes()}
    return bool(written & tested) or any(map(is_used_up, written)) or any(map(is_used_up, unknown_calls(flow)))


def is_used_up(name: str) -> bool:
    return any(word in name.lower() for word in _ONCE)


def unknown_calls(flow: Flow) -> Iterator[str]:
    """What is called without being in the text: `_useNonce` and `nonces[owner].increment` of an imported base."""
    for function in flow.view.reached_from([flow.function]):
        for expr in function.expressions():
            known = flow.view.internal(expr, function) if expr.kind == "call" else None
            if expr.kind == "call" and (known is None or known.body is None):
                yield str(expr.callee)
