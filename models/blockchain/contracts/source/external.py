"""Which calls leave the contract."""

from __future__ import annotations

from models.blockchain.contracts.source.model import ETHER_SENDS, LOW_LEVEL, View
from models.blockchain.contracts.source.syntax import Expr, Variable

_NOT_EXTERNAL = {"push", "pop", "add", "sub", "mul", "div", "mod", "value", "gas", "encode", "encodePacked", "concat"}
VALUE_SENDERS = {"sendValue"}
"""A function of OpenZeppelin's Address library that sends ether with all gas."""
CALLBACKS = {"_safeMint"}
"""Functions of a base that is not in the text and calls the receiver, as EIP-721 asks of it."""


def is_external(view: View, call: Expr, local: dict[str, Variable]) -> bool:
    """Whether a call leaves the contract: a transfer of ether, a low-level call or a call of another contract."""
    callee = call.callee
    if callee.kind == "name":
        return callee.text in ("selfdestruct", "suicide") or callee.text in CALLBACKS
    if callee.kind != "member":
        return False
    if callee.text in LOW_LEVEL or (callee.text in ETHER_SENDS and len(call.arguments) == 1):
        return call.parts[0].kind != "member" or call.parts[0].text not in ("value", "gas")
    if callee.text in VALUE_SENDERS:
        return True
    target = callee.parts[0]
    if str(target) in ("super", "abi", "msg", "block", "tx", "bytes", "string"):
        return False
    declared = view.type_of(target, local)
    if not declared and target.kind == "call" and len(target.arguments) == 1 and target.parts[0].kind == "name":
        return target.parts[0].text[:1].isupper()
    contract = view.model.by_name.get(declared)
    if contract is not None:
        return contract.kind != "library"
    if callee.text in _NOT_EXTERNAL:
        return False
    return str(target) == "this" or (declared[:1].isupper() and declared not in view.structs)
