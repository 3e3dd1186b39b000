"""Powers over those who entrust tokens to a contract: staking pools and vaults that are no tokens themselves."""

from __future__ import annotations

from models.blockchain.contracts.source.flow import Flow, Step, guarded_by_caller
from models.blockchain.contracts.source.model import Model, View
from models.blockchain.contracts.source.syntax import Expr
from models.blockchain.contracts.token import TokenPowers

_PULLS = {"transferFrom", "safeTransferFrom"}
_PUSHES = {"transfer", "safeTransfer"}
_LENDS = {"approve", "safeApprove"}


def pool_powers(model: Model) -> TokenPowers | None:
    """Where a privileged caller can take what others put in; None where no contract of the text takes tokens in."""
    pools = [view for view in model.leaves if any(_pulls(step) for flow in view.flows for step in flow.calls())]
    if not pools:
        return None
    view = max(pools, key=lambda pool: len(pool.functions))
    made = TokenPowers("pool")
    settable = _settable(view)
    for flow in view.flows:
        for step in flow.calls():
            if _takes(flow, step, settable):
                made.drain.append(f"{flow.function.name}: line {step.line}: {step.expr}"[:160])
    return made


def _name(call: Expr) -> str:
    return call.callee.text if call.callee.kind == "member" else ""


def _pulls(step: Step) -> bool:
    arguments = [str(argument) for argument in step.expr.arguments]
    return _name(step.expr) in _PULLS and "address(this)" in arguments[-2:-1] + arguments[1:2]


def _takes(flow: Flow, step: Step, settable: set[str]) -> bool:
    """Tokens of the caller's choice sent where he says, or lent to an address that someone privileged can change."""
    given = {parameter.name for parameter in flow.function.parameters}
    target, arguments = step.expr.callee, step.expr.arguments
    if _name(step.expr) in _PUSHES and len(arguments) == 2:
        return guarded_by_caller(step) and target.parts[0].root in given and arguments[0].root in given
    if _name(step.expr) in _LENDS and len(arguments) == 2:
        return any(part.text in settable for part in arguments[0].walk() if part.kind == "name")
    return False


def _settable(view: View) -> set[str]:
    return {s.target for flow in view.flows for s in flow.writes() if guarded_by_caller(s) and s.expr.kind == "assign"}
