"""Contracts that bait: they look as if a caller could win, and keep what he sends.

The eight techniques of Torres, Steichen, State: "The Art of The Scam: Demystifying Honeypots in Ethereum Smart
Contracts", USENIX Security 2019. Each is a function from a contract to the reasons for which it uses that technique.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from models.blockchain.contracts.honeypot import Honeypot, verdict
from models.blockchain.contracts.source.flow import Flow, Step, guarded_by_caller
from models.blockchain.contracts.source.model import Model, View
from models.blockchain.contracts.source.rules.control import forwards_gas
from models.blockchain.contracts.source.rules.failed_call import pays
from models.blockchain.contracts.source.rules.uninitialised_storage import points_at_storage
from models.blockchain.contracts.source.rules.withdrawal import amount_of
from models.blockchain.contracts.source.syntax import Expr

_CERTAINTY = 0.8
_AT_LEAST = {">": 0, ">=": 0, "==": 0, "<": 1, "<=": 1}
_HASHES = {"keccak256", "sha3", "sha256", "ripemd160"}
_HIDDEN = re.compile(r"(?:^|[;{})/])[ \t]{80,}+(?![/*{])(\S[^\n]*)", re.MULTILINE)


def detect(model: Model, text: str) -> Honeypot:
    """Every technique of every contract of a text."""
    found: dict[str, list[str]] = {}
    for view in model.leaves:
        if any(pays(step.expr) for flow in view.flows for step in flow.calls()):
            for name, technique in _TECHNIQUES.items():
                for reason in technique(view, text):
                    found.setdefault(name, []).append(reason)
    return verdict(found, _CERTAINTY)


def _payouts(view: View) -> Iterator[tuple[Flow, Step]]:
    """Payments to the caller, or to an address that he gives."""
    for flow in view.flows:
        given = {parameter.name for parameter in flow.function.parameters}
        for call in flow.calls():
            if pays(call.expr):
                payee = str(call.expr.callee.parts[0])
                if "msg.sender" in payee or payee in given | _callers_names(flow):
                    yield flow, call


def _callers_names(flow: Flow) -> set[str]:
    """Names that a function sets to its caller."""
    assigned = (step.expr for step in flow.writes() if step.expr.kind == "assign")
    return {str(expr.parts[0]) for expr in assigned if str(expr.parts[1]) == "msg.sender"}


def _of_balance(call: Step) -> bool:
    return "balance" in amount_of(call.expr)


def _balance_disorder(view: View, text: str) -> Iterator[str]:
    """The payout asks for a value of at least the balance, which already contains that value."""
    for flow, call in _payouts(view):
        for guard in call.guards:
            for part in guard.walk():
                if part.kind == "binary" and part.text in _AT_LEAST:
                    paid = part.parts[_AT_LEAST[part.text]]
                    held = part.parts[1 - _AT_LEAST[part.text]]
                    if str(paid) == "msg.value" and _own_balance(held):
                        yield f"line {part.line}: {part} never holds, as the balance contains the value ({_name(flow)})"


def _own_balance(expr: Expr) -> bool:
    return any(str(part) in ("this.balance", "address(this).balance") for part in expr.walk())


def _inheritance_disorder(view: View, text: str) -> Iterator[str]:
    """The owner that a function lets callers set is not the owner that the base contract tests."""
    if view.model.minor >= 6:
        return
    seen: dict[str, str] = {}
    for ancestor in view.lineage:
        for variable in ancestor.variables:
            if variable.name in seen and variable.type.startswith("address") and variable.name in view.chiefs:
                yield f"{variable.name} of {seen[variable.name]} hides that of {ancestor.name}, which is the one tested"
            seen.setdefault(variable.name, ancestor.name)


def _skip_empty_string(view: View, text: str) -> Iterator[str]:
    """solc before 0.4.12 leaves an empty string out of a call's data, so that later arguments move up."""
    if view.model.minor >= 5:
        return
    for function in view.own_functions:
        for expr in function.expressions():
            to_itself = expr.kind == "call" and expr.callee.kind == "member" and str(expr.callee.parts[0]) == "this"
            if to_itself and any(str(argument) in ('""', "''") for argument in expr.arguments[:-1]):
                yield f"line {expr.line}: {expr} passes an empty string before other arguments"


def _type_deduction_overflow(view: View, text: str) -> Iterator[str]:
    """`var i = 0` is a uint8: a loop up to more than 255 never ends as it seems to."""
    for flow in {id(flow): flow for flow, _ in _payouts(view)}.values():
        for statement in flow.function.statements():
            starts = statement.bodies[0] if statement.kind == "loop" else []
            for start in starts:
                if any(variable.type == "var" for variable in start.variables) and _small(start.expressions):
                    bound = statement.expressions[0]
                    if not any(part.kind == "literal" for part in bound.parts):
                        yield f"line {statement.line}: the loop's counter is a uint8 ({_name(flow)})"


def _small(values: list[Expr]) -> bool:
    return bool(values) and values[0].kind == "literal" and values[0].text.isdigit() and int(values[0].text) < 256


def _uninitialised_struct(view: View, text: str) -> Iterator[str]:
    """Writing to a local struct without a place overwrites the secret, or the winner, in the first slots."""
    if view.model.minor >= 5:
        return
    for function in view.own_functions:
        written = {part.parts[0].root for part in function.expressions() if part.kind == "assign"}
        for statement in function.statements():
            for variable in statement.variables:
                loose = not statement.expressions and variable.type in view.structs
                if loose and points_at_storage(view, variable) and variable.name in written:
                    yield f"line {statement.line}: {variable.type} {variable.name} overwrites the first state variables"


def _hidden_state_update(view: View, text: str) -> Iterator[str]:
    """What the payout depends on is changed by another function beforehand, in a transaction that nobody sees.

    A contract that keeps a book of what each caller paid in is a bank or a sale, and no bait of this kind.
    """
    if _keeps_book(view):
        return
    for flow, call in _payouts(view):
        if not _of_balance(call):
            continue
        for guard in call.guards:
            for name in _decisive(view, flow, guard):
                writers = [f for f in view.flows if f is not flow and _writes_openly(view, f, name)]
                if writers and _taken_in(view):
                    yield f"line {call.line}: the payout depends on {name}, which {_name(writers[0])} changes"
                    return


def _decisive(view: View, flow: Flow, guard: Expr) -> set[str]:
    """State that a guard compares with what the caller gives, with its hash, or with the caller."""
    names: set[str] = set()
    given = {parameter.name for parameter in flow.function.parameters}
    for part in guard.walk():
        if part.kind == "binary" and part.text == "==":
            for one, other in (part.parts, part.parts[::-1]):
                state = one.text if one.kind == "name" and one.text in view.variables else ""
                hashed = other.kind == "call" and str(other.callee) in _HASHES
                if state and (hashed or str(other) == "msg.sender" or str(other) in given):
                    names.add(state)
    return names


def _writes_openly(view: View, flow: Flow, name: str) -> bool:
    """Whether a function sets a secret, or lets a payer name the winner."""
    is_person = view.variables[name].type.startswith("address")
    return any(
        not is_person or (flow.function.mutability == "payable" and not guarded_by_caller(step))
        for step in flow.writes()
        if step.target == name and step.expr.kind == "assign"
    )


def _keeps_book(view: View) -> bool:
    credits = (step for flow in view.flows for step in flow.writes() if step.key == "msg.sender")
    return any("msg.value" in str(step.expr) for step in credits)


def _taken_in(view: View) -> bool:
    return any(function.mutability == "payable" or view.model.minor < 4 for function in view.entry_points)


def _hidden_transfer(view: View, text: str) -> Iterator[str]:
    """Code is pushed out of sight behind a long run of blanks."""
    yield from _out_of_sight(text)


@lru_cache(maxsize=1)
def _out_of_sight(text: str) -> list[str]:
    """Read once for all contracts of a text."""
    reasons, line, at = [], 1, 0
    for found in _HIDDEN.finditer(text):
        line, at = line + text.count("\n", at, found.start(1)), found.start(1)
        code = found[1].strip()
        if ";" in code and "(" in code:
            reasons.append(f"line {line}: code behind a run of blanks: {code[:60]}")
    return reasons


def _straw_man(view: View, text: str) -> Iterator[str]:
    """A contract that the text shows is called, but its address is whatever the deployer set."""
    for flow, call in _payouts(view):
        bait = forwards_gas(call) and bool(flow.written_after(call))
        for other in flow.calls():
            callee = other.expr.callee
            if callee.kind != "member" or other is call:
                continue
            variable = view.variables.get(callee.parts[0].root)
            if variable is None or variable.constant:
                continue
            foreign = variable.type in view.model.by_name and bait
            hands_over = callee.text in ("delegatecall", "callcode") and variable.type == "address"
            if foreign or (hands_over and _of_balance(call)):
                yield f"line {other.line}: {other.expr} runs whatever stands at {variable.name} ({_name(flow)})"


def _name(flow: Flow) -> str:
    return flow.function.name or flow.function.kind


_TECHNIQUES: dict[str, Callable[[View, str], Iterator[str]]] = {
    "balance_disorder": _balance_disorder,
    "inheritance_disorder": _inheritance_disorder,
    "skip_empty_string_literal": _skip_empty_string,
    "type_deduction_overflow": _type_deduction_overflow,
    "uninitialised_struct": _uninitialised_struct,
    "hidden_state_update": _hidden_state_update,
    "hidden_transfer": _hidden_transfer,
    "straw_man_contract": _straw_man,
}
