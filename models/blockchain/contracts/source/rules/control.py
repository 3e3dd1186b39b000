"""What the reentrancy rules share: which calls hand control over, and which locks stand against coming back.

transfer and send hand over 2,300 gas, which has never been enough to write storage; a later fork may change what gas
buys (EIP-1884 did), so that the order of steps is still the better defence.
"""

from __future__ import annotations

import re

from models.blockchain.contracts.source.external import CALLBACKS, VALUE_SENDERS
from models.blockchain.contracts.source.flow import CALLERS, Flow, Step
from models.blockchain.contracts.source.model import ETHER_SENDS, View
from models.blockchain.contracts.source.syntax import Expr

_LOCK_NAMES = re.compile(r"re_?entran|mutex|\A_?(?:un)?lock(?:ed)?\Z", re.IGNORECASE)
_LOCK_TYPES = ("bool", "uint256", "uint", "uint8")
_STATIC = {"view", "pure"}
_QUESTIONS = re.compile(
    r"(?:is|has|get|can|total)[A-Z_]|(?:balanceOf|allowance|owner|ownerOf|name|symbol|decimals|supportsInterface)\Z"
)
"""Names of functions that change nothing unless they are declared otherwise."""


def forwards_gas(call: Step) -> bool:
    """`x.call.value(v)()`, `x.call{value: v}("")` without a limit of gas, or OpenZeppelin's `x.sendValue(v)`."""
    callee = call.expr.callee
    if callee.kind != "member" or call.expr.option("gas") is not None:
        return False
    value = call.expr.option("value")
    return callee.text in VALUE_SENDERS or (callee.text == "call" and value is not None and str(value) != "0")


def calls_back(flow: Flow, call: Step) -> bool:
    """Whether code of the caller's choice runs with the gas it needs: a contract of his, or the receiver of a token."""
    callee = call.expr.callee
    if callee.kind == "name":
        return callee.text in CALLBACKS
    pushes = callee.text in ETHER_SENDS and len(call.expr.arguments) == 1
    if pushes or forwards_gas(call) or call.expr.option("gas") is not None:
        return False
    named = {parameter.name for parameter in flow.function.parameters} | CALLERS
    return called_contract(call) in named and not _is_static(flow.view, call) and not _is_approved(call)


def called_contract(call: Step) -> str:
    """Whose code a call of a member runs, in terms of the external function's names."""
    callee = call.expr.callee
    return call.outside(_converted(callee.parts[0])) if callee.kind == "member" else ""


def _is_approved(call: Step) -> bool:
    """Whether the contract was looked up in a list of the contract's own: `require(listed[token])`."""
    name = called_contract(call)
    entries = (part for guard in call.guards for part in guard.walk() if part.kind == "index")
    return name not in CALLERS and any(e.parts[0].kind == "name" and name == str(e.parts[-1]) for e in entries)


def _converted(target: Expr) -> Expr:
    """`x` of `IReceiver(x)` and `payable(x)`."""
    while target.kind == "cast" or (target.kind == "call" and len(target.parts) == 2 and _is_type(target.parts[0])):
        target = target.parts[-1]
    return target


def _is_type(expr: Expr) -> bool:
    return expr.kind == "name" and (expr.text[:1].isupper() or expr.text == "address")


def _is_static(view: View, call: Step) -> bool:
    """Whether the called function changes nothing: by its declaration, which the machine enforces since 0.5."""
    callee = call.expr.callee
    if callee.text == "staticcall":
        return True
    declared = view.type_of(callee.parts[0], view.local_types(call.function))
    target = callee.parts[0]
    if not declared and target.kind == "call" and target.parts[0].kind == "name":
        declared = target.parts[0].text
    contract = view.model.by_name.get(declared)
    found = [f.mutability in _STATIC for f in contract.functions if f.name == callee.text] if contract else []
    enforced = view.model.minor >= 5 or bool(_QUESTIONS.match(callee.text))
    return enforced and all(found) if found else bool(_QUESTIONS.match(callee.text))


def locks(flow: Flow, call: Step) -> set[str]:
    """Mutexes held at a call: state that is tested, then set, then the call; and modifiers that are named for it."""
    before = flow.steps[: flow.steps.index(call)]
    flags = {step.target for step in before if step.kind == "write" and step.expr.kind == "assign"}
    state = {name for name in flags & checked(call) if flow.view.variables[name].type in _LOCK_TYPES}
    return state | lock_modifiers(flow)


def mutexes(flow: Flow, call: Step) -> set[str]:
    """Those locks that are set back to a fixed value after the call, or are named for what they do."""
    after = (step for step in flow.written_after(call) if step.expr.text == "=")
    released = {step.target for step in after if step.expr.parts[1].kind in ("literal", "name")}
    return (locks(flow, call) & released) | lock_modifiers(flow)


def checked(call: Step) -> set[str]:
    """Names in the conditions that hold at a call."""
    return {part.text for guard in call.guards for part in guard.walk() if part.kind == "name"}


def stale_after(flow: Flow, call: Step) -> set[str]:
    """State written after a call; entries that belong to a called token are its own affair."""
    token = called_contract(call)
    return {step.target for step in flow.written_after(call) if token in CALLERS or step.key != token}


def lock_modifiers(flow: Flow) -> set[str]:
    return {name for name in flow.function.modifier_names if _LOCK_NAMES.search(name)}


def respects(flow: Flow, held: set[str]) -> bool:
    """Whether a function cannot run while one of the locks is held."""
    tested = {part.text for demand in flow.demands for part in demand.condition.walk() if part.kind == "name"}
    return bool(held & (tested | lock_modifiers(flow)))
