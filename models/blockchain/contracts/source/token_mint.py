"""Minting: someone privileged raises a balance or the supply after deployment.

It is written plainly, hidden in a function of another name, or in a branch of a transfer that lowers no balance. What
only an initialiser's flag allows, or what can happen once, is part of the deployment.
"""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.source.flow import Flow, Step
from models.blockchain.contracts.source.token import Token, change_of, evidence

_NOBODY = {"address(0)", "address(0x0)", "0"}
_COUNTS = ("uint", "mapping", "int", "address")


def mints(token: Token) -> Iterator[str]:
    for flow in token.others + token.transfers:
        for step in flow.writes():
            raised = (token.is_balance(step) or step.target in token.supply) and change_of(step) in "+="
            if not raised or _is_taken_from_someone(token, flow, step):
                continue
            if token.is_privileged(flow, step) and not _is_part_of_deployment(token, flow, step):
                yield evidence(flow, step)
        for step in flow.steps:
            if _writes_book_in_assembly(token, step) and token.is_privileged(flow, step):
                yield f"{flow.function.name}: line {step.line}: assembly that writes storage"


def _is_taken_from_someone(token: Token, flow: Flow, step: Step) -> bool:
    """Whether a balance, other than that of nobody, is lowered before or after it in the same call."""
    at = flow.steps.index(step)
    balances = ((i, s) for i, s in enumerate(flow.steps) if token.is_balance(s) and s.key not in _NOBODY)
    lowered = ((i, s) for i, s in balances if change_of(s) == "-")
    return any(flow.follows(other, step) if i < at else flow.follows(step, other) for i, other in lowered)


def _writes_book_in_assembly(token: Token, step: Step) -> bool:
    text = step.expr.text if step.kind == "assembly" else ""
    return "sstore" in text and any(book in text for book in token.balances | token.supply)


def _is_part_of_deployment(token: Token, flow: Flow, step: Step) -> bool:
    return _is_switched_off(token, step) or _is_only_once(token, flow, step) or token.rebooks(flow, step)


def _is_switched_off(token: Token, step: Step) -> bool:
    """Whether it needs a flag that only a constructor or initialiser ever sets."""
    variables = token.view.variables
    flags = {part.text for guard in step.guards for part in guard.walk() if part.kind == "name"}
    plain = {name for name in flags if name in variables and variables[name].type == "bool"}
    return any(not _is_written_later(token, name) for name in plain)


def _is_written_later(token: Token, name: str) -> bool:
    return any(
        any(step.target == name for step in flow.writes())
        and not any("init" in call.parts[0].text.lower() for call in flow.function.modifiers)
        for flow in token.view.flows
    )


def _is_only_once(token: Token, flow: Flow, step: Step) -> bool:
    """Whether it needs a flag that the function itself then sets, and nothing clears: a lock is cleared at its end."""
    tested = {part.text for guard in step.guards for part in guard.walk() if part.kind == "name"}
    set_here = {other.target for other in flow.writes() if other.target in tested}
    flags = (name for name in set_here if not token.view.variables[name].type.startswith(_COUNTS))
    return any(len(_values_of(token, name)) == 1 for name in flags)


def _values_of(token: Token, name: str) -> set[str]:
    """What functions set a variable to."""
    return {str(step.expr.parts[-1]) for flow in token.view.flows for step in flow.writes() if step.target == name}
