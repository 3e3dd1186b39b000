"""Powers over a token's holders, read from its source.

Balances are the mappings that `transfer` writes; a step is privileged where a condition compares its caller with
something other than balances and allowances.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from models.blockchain.contracts.source.flow import Flow, Step
from models.blockchain.contracts.source.model import Model, View
from models.blockchain.contracts.source.rules.privileges import in_charge
from models.blockchain.contracts.source.syntax import Expr
from models.blockchain.contracts.token import TokenPowers

_CALLER = {"msg.sender", "_msgSender()", "tx.origin"}
_TELLING_ARGUMENTS = 3
"""Who pays, who is paid and how much: a contract that is told all three can refuse the transfer."""
_ADDRESS_LETTERS = 42
_TRANSFERS = {"transfer", "transferFrom", "safeTransferFrom"}


def powers_of(model: Model) -> TokenPowers | None:
    """The powers in the text's most derived token; None where it has none."""
    tokens = [view for view in model.leaves if is_token(view)]
    return _Token(max(tokens, key=lambda view: len(view.functions))).powers() if tokens else None


def is_token(view: View) -> bool:
    """Whether it answers balanceOf, by a function or a public mapping, and moves what it counts."""
    functions = {function.name for function in view.entry_points}
    return "balanceOf" in functions | set(view.variables) and bool(functions & _TRANSFERS)


class _Token:
    def __init__(self, view: View) -> None:
        self.view = view
        self.transfers = [flow for flow in view.flows if flow.function.name in _TRANSFERS]
        self.others = [flow for flow in view.flows if flow.function.name not in _TRANSFERS]

    def powers(self) -> TokenPowers:
        made = TokenPowers("erc721" if self._is_nft() else "erc20")
        for flow in self.others:
            self._mints(flow, made)
            self._drains(flow, made)
        for flow in self.transfers:
            self._bypasses(flow, made)
            self._limits(flow, made)
        self._fees(made)
        if any(_is_fixed_address(side) for side in self._compared_with_caller()):
            made.features.add("hidden_owner")
        return made

    def _feature(self, name: str) -> str:
        kind = self.view.variables[name].type.replace(" ", "")
        return "blacklist" if kind.startswith("mapping") else "pause" if kind == "bool" else "amount_limit"

    def _compared_with_caller(self) -> Iterator[Expr]:
        guards = (guard for flow in self.others for step in flow.steps for guard in step.guards)
        for part in (part for guard in guards for part in guard.walk()):
            if part.kind == "binary" and part.text == "==" and any(str(side) in _CALLER for side in part.parts):
                yield from part.parts

    def _fees(self, made: TokenPowers) -> None:
        """Numbers that a privileged function sets and that something is multiplied by."""
        settable = {name for name in self.settable if self.view.variables[name].type.startswith("uint")}
        for function in self.view.own_functions:
            for expr in function.expressions():
                by_name = expr.kind == "call" and expr.callee.kind == "member" and expr.callee.text == "mul"
                multiplies = by_name or (expr.kind == "binary" and expr.text == "*")
                if multiplies and {part.text for part in expr.walk() if part.kind == "name"} & settable:
                    made.fees.append(f"{function.name}: line {expr.line}: {expr}"[:160])

    def _is_nft(self) -> bool:
        return any(function.name == "ownerOf" for function in self.view.entry_points)

    @cached_property
    def balances(self) -> set[str]:
        """Mappings from address to number that a plain transfer writes."""
        written = {step.target for flow in self.transfers for step in flow.writes()}
        return {name for name in written if _is_book(self.view.variables[name].type)}

    @cached_property
    def allowances(self) -> set[str]:
        return {
            name
            for name, variable in self.view.variables.items()
            if variable.type.replace(" ", "").startswith("mapping(address=>mapping(address=>u")
        }

    @cached_property
    def approvals(self) -> set[str]:
        """Who may act for whom: what holders themselves decide."""
        forms = ("mapping(address=>mapping(address=>bool", "mapping(uint256=>address", "mapping(uint=>address")
        return {n for n, v in self.view.variables.items() if v.type.replace(" ", "").startswith(forms)}

    @cached_property
    def supply(self) -> set[str]:
        """The state variable that totalSupply() returns, or is."""
        found = {name for name in self.view.variables if name in ("totalSupply", "_totalSupply")}
        for function in self.view.own_functions:
            if function.name == "totalSupply":
                returned = [s.expressions[0] for s in function.statements() if s.kind == "return" and s.expressions]
                found |= {expr.text for expr in returned if expr.kind == "name" and expr.text in self.view.variables}
        return found

    def privileged(self, step: Step) -> bool:
        return any(self.names_someone(guard) for guard in step.guards)

    def names_someone(self, guard: Expr) -> bool:
        """Whether a condition asks who calls, rather than what he owns."""
        text = {part.text for part in guard.walk() if part.kind == "name"}
        if text & (self.balances | self.allowances | self.approvals):
            return False
        return any(str(part) in _CALLER for part in guard.walk())

    def _mints(self, flow: Flow, made: TokenPowers) -> None:
        raised = [s for s in flow.writes() if s.target in self.balances | self.supply and _raises(s)]
        lowered = any(s.target in self.balances and _change(s) == "-" for s in flow.writes())
        for step in raised:
            stands = not self._switched_off(step) and not _only_once(flow, step) and not self._rebooks(flow, step)
            if self.privileged(step) and not lowered and stands:
                made.mint.append(_evidence(flow, step))

    def _switched_off(self, step: Step) -> bool:
        """Whether it needs a flag that only a constructor or initialiser ever sets."""
        flags = {part.text for guard in step.guards for part in guard.walk() if part.kind == "name"}
        plain = {name for name in flags if name in self.view.variables and self.view.variables[name].type == "bool"}
        return any(not _later_writers(self.view, name) for name in plain)

    def _drains(self, flow: Flow, made: TokenPowers) -> None:
        spends = any(step.target in self.allowances for step in flow.writes())
        given = {parameter.name for parameter in flow.function.parameters}
        for step in flow.writes():
            if self._rebooks(flow, step):
                continue
            lowered = step.target in self.balances and _lowers(step) and self._is_others(step.key, given)
            if lowered and not spends and self.privileged(step):
                made.drain.append(_evidence(flow, step))

    def _rebooks(self, flow: Flow, step: Step) -> bool:
        """Whether a holder is moved from one of the token's two books to the other, with a flag that says so."""
        kinds = self.view.variables
        marks = {s.key for s in flow.writes() if kinds[s.target].type.replace(" ", "").endswith("=>bool)")}
        return step.key in marks and _change(step) == "="

    def _is_others(self, key: str, given: set[str]) -> bool:
        """Whether a balance is that of an address which the caller gives, or which a list in storage holds."""
        name, listed, _ = key.partition("[")
        return name in given or bool(listed and name in self.view.variables)

    def _bypasses(self, flow: Flow, made: TokenPowers) -> None:
        """transferFrom that asks for no allowance where its caller is someone special."""
        if flow.function.name != "transferFrom" or not self.allowances:
            return
        for step in flow.writes():
            if step.target in self.allowances and step.path and self.privileged(step):
                made.drain.append(_evidence(flow, step))

    def _limits(self, flow: Flow, made: TokenPowers) -> None:
        own = {step.target for step in flow.writes()}
        for demand in flow.demands:
            for condition in (demand.condition, *demand.context):
                switches = _names(flow, condition) & (self.settable - own)
                if switches:
                    made.features.update(map(self._feature, switches))
                    made.limit.append(f"{flow.function.name}: line {demand.line}: {demand.condition}"[:160])
                    break
        given = {parameter.name for parameter in flow.function.parameters} | _CALLER
        for call in flow.calls():
            told = [argument for argument in call.expr.arguments if call.outside(argument) in given]
            asked = call.expr.callee.kind == "member" and call.expr.callee.parts[0].root in self.view.variables
            if asked and len(told) >= _TELLING_ARGUMENTS:
                made.features.add("external_check")
                made.limit.append(_evidence(flow, call))

    @cached_property
    def settable(self) -> set[str]:
        """State that a privileged function for that purpose writes, balances and allowances apart."""
        return {
            step.target
            for flow in self.others
            for step in flow.writes()
            if self.privileged(step) and step.target not in self.balances | self.allowances | self.supply
        } - in_charge(self.view)


def _is_fixed_address(expr: Expr) -> bool:
    return expr.kind == "literal" and expr.text.startswith("0x") and len(expr.text) == _ADDRESS_LETTERS


def _names(flow: Flow, condition: Expr) -> set[str]:
    """Names in a condition, and in what its local names are declared to be."""
    names = {part.text for part in condition.walk() if part.kind == "name"}
    values = [flow.values[name] for name in names if name in flow.values]
    return names | {part.text for value in values for part in value.walk() if part.kind == "name"}


def _is_book(kind: str) -> bool:
    return kind.replace(" ", "").startswith(("mapping(address=>uint", "mapping(address=>int"))


def _change(step: Step) -> str:
    """`+`, `-` or `=`: what a write does to its target."""
    expr = step.expr
    if expr.kind == "unary":
        return {"++": "+", "--": "-"}.get(expr.text, "-")
    if expr.text in ("+=", "-="):
        return expr.text[0]
    value = expr.parts[1] if len(expr.parts) > 1 else expr
    if value.kind == "binary" and value.text in "+-":
        return value.text
    if value.kind == "call" and value.callee.kind in ("member", "name"):
        name = value.callee.text.lower()
        return "+" if "add" in name else "-" if "sub" in name else "="
    return "="


def _raises(step: Step) -> bool:
    return _change(step) in "+="


def _lowers(step: Step) -> bool:
    return _change(step) in "-="


def _only_once(flow: Flow, step: Step) -> bool:
    """Whether it needs a flag that the function itself then sets."""
    tested = {part.text for guard in step.guards for part in guard.walk() if part.kind == "name"}
    variables = flow.view.variables
    return any(
        other.target in tested and not variables[other.target].type.startswith(("uint", "mapping", "int", "address"))
        for other in flow.writes()
    )


def _later_writers(view: View, name: str) -> list[Flow]:
    """Functions that write a state variable and are no initialisers."""
    return [
        flow
        for flow in view.flows
        if any(step.target == name for step in flow.writes())
        and not any("init" in call.parts[0].text.lower() for call in flow.function.modifiers)
    ]


def _evidence(flow: Flow, step: Step) -> str:
    return f"{flow.function.name or flow.function.kind}: line {step.line}: {step.expr}"[:160]
