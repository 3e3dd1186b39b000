"""Powers over those who entrust tokens to a contract: staking pools and vaults that are no tokens themselves."""

from __future__ import annotations

from models.blockchain.contracts.source.flow import Flow, Step
from models.blockchain.contracts.source.model import LOW_LEVEL, Model, View
from models.blockchain.contracts.source.privilege import Privilege
from models.blockchain.contracts.source.syntax import Expr
from models.blockchain.contracts.token import TokenPowers

_PULLS = {"transferFrom", "safeTransferFrom"}
_PUSHES = {"transfer", "safeTransfer"}
_LENDS = {"approve", "safeApprove"}


def pool_powers(model: Model) -> TokenPowers | None:
    """Where a privileged caller can take what others put in; None where no contract of the text takes tokens in.

    Tokens are entrusted where the call that takes them in also writes down, in a mapping, who brought them.
    """
    pools = [view for view in model.leaves if any(_takes_in(view, flow) for flow in view.flows)]
    if not pools:
        return None
    pool = _Pool(max(pools, key=lambda view: len(view.functions)))
    made = TokenPowers("pool")
    for flow in pool.view.flows:
        for step in flow.calls():
            if pool.takes(flow, step):
                made.drain.append(f"{flow.function.name}: line {step.line}: {step.expr}"[:160])
    return made


class _Pool:
    def __init__(self, view: View) -> None:
        self.view = view
        self.privilege = Privilege(view)
        pulled = (step for flow in view.flows if _takes_in(view, flow) for step in flow.calls() if _pulls(step))
        self.entrusted = {root for step in pulled for root in self._roots(step.expr.callee.parts[0])}
        """State variables that hold the tokens which are taken in."""
        assigned = ((flow, step) for flow in view.flows for step in flow.writes() if step.expr.kind == "assign")
        self.settable = {step.target for flow, step in assigned if self._is_privileged(flow, step)}

    def takes(self, flow: Flow, step: Step) -> bool:
        """Whether someone privileged sends entrusted tokens away, lends them to whom he names, or may call anything."""
        given = {parameter.name for parameter in flow.function.parameters}
        target, arguments = step.expr.callee, step.expr.arguments
        if _name(step.expr) in _LENDS and len(arguments) == 2:
            return any(part.text in self.settable for part in arguments[0].walk() if part.kind == "name")
        if not self._is_privileged(flow, step):
            return False
        if _name(step.expr) in LOW_LEVEL:
            return target.parts[0].root in given and any(argument.root in given for argument in arguments)
        if _name(step.expr) not in _PUSHES or len(arguments) != 2:
            return False
        if target.parts[0].root in given or self._cast_of(target.parts[0]) in given:
            return not self._spares_entrusted(flow)
        return bool(self._roots(target.parts[0]) & self.entrusted) and not self._pays_a_holder(flow)

    def _is_privileged(self, flow: Flow, step: Step) -> bool:
        return self.privilege.guards(flow, step)

    def _roots(self, target: Expr) -> set[str]:
        """State that a token is named by: `stakingToken`, or `token` of `IERC20(token)`."""
        return {part.text for part in target.walk() if part.kind == "name"} & set(self.view.variables)

    def _cast_of(self, target: Expr) -> str:
        """`token` of `IERC20(token)`."""
        return target.arguments[0].root if target.kind == "call" and len(target.arguments) == 1 else ""

    def _spares_entrusted(self, flow: Flow) -> bool:
        """Whether it always refuses the tokens that were taken in."""
        unconditional = (demand.condition for demand in flow.demands if not demand.context)
        different = (part for condition in unconditional for part in condition.walk() if part.text == "!=")
        return any(self._roots(part) & self.entrusted for part in different)

    def _pays_a_holder(self, flow: Flow) -> bool:
        """Whether what is sent is written off in a holder's record."""
        return _writes_record(self.view, flow)


def _takes_in(view: View, flow: Flow) -> bool:
    return any(_pulls(step) for step in flow.calls()) and _writes_record(view, flow)


def _writes_record(view: View, flow: Flow) -> bool:
    return any(view.variables[step.target].type.startswith("mapping") for step in flow.writes())


def _name(call: Expr) -> str:
    return call.callee.text if call.callee.kind == "member" else ""


def _pulls(step: Step) -> bool:
    arguments = [str(argument) for argument in step.expr.arguments]
    return _name(step.expr) in _PULLS and "address(this)" in arguments[-2:-1] + arguments[1:2]
