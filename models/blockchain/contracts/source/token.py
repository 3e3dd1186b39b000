"""Powers over a token's holders, read from its source.

Balances are the mappings that `transfer` writes, whatever their names; a step is privileged where a condition names
its caller. What each power is made of stands in `token_mint`, `token_drain` and `token_limit`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from models.blockchain.contracts.source.declarations import Function
from models.blockchain.contracts.source.flow import CALLERS, Flow, Step
from models.blockchain.contracts.source.model import Model, View
from models.blockchain.contracts.source.privilege import Privilege
from models.blockchain.contracts.source.syntax import Expr

_TRANSFERS = {"transfer", "transferFrom", "safeTransferFrom", "safeBatchTransferFrom"}
_MAKES_PAIR = {"createPair", "getPair", "pairFor"}
_PAIR_CALLS = {"sync", "skim", "getReserves"}
_EVIDENCE_LETTERS, _ADDRESS_LETTERS = 160, 42
_MAX_LOCALS = 4
"""How many local names are followed to what they are declared to be."""


def is_token(view: View) -> bool:
    """Whether it answers balanceOf, by a function or a public mapping, and moves what it counts."""
    functions = {function.name for function in view.entry_points}
    return "balanceOf" in functions | set(view.variables) and bool(functions & _TRANSFERS)


def token_of(model: Model) -> Token | None:
    """The text's most derived token."""
    tokens = [view for view in model.leaves if is_token(view)]
    return Token(max(tokens, key=lambda view: len(view.functions))) if tokens else None


class Token:
    """A contract that counts balances: its books, and who may write them."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.transfers = [flow for flow in view.flows if flow.function.name in _TRANSFERS]
        self.others = [flow for flow in view.flows if flow.function.name not in _TRANSFERS]
        self.privilege = Privilege(view)

    @property
    def standard(self) -> str:
        functions = {function.name for function in self.view.entry_points}
        return "erc721" if "ownerOf" in functions else "erc1155" if "balanceOfBatch" in functions else "erc20"

    def type_of(self, name: str) -> str:
        return self.view.variables[name].type.replace(" ", "")

    @cached_property
    def balances(self) -> set[str]:
        """Mappings from address to number that a plain transfer writes."""
        return {s.target for flow in self.transfers for s in flow.writes() if self._is_book(self.type_of(s.target))}

    def _is_book(self, kind: str) -> bool:
        if kind.startswith(("mapping(address=>uint", "mapping(address=>int", "mapping(uint256=>mapping(address=>uint")):
            return True
        members = self.view.structs.get(kind.removeprefix("mapping(address=>").rstrip(")").rpartition(".")[2], [])
        return kind.startswith("mapping(address=>") and any(member.type.startswith("uint") for member in members)

    def is_balance(self, step: Step) -> bool:
        """Whether a write is one of a balance; of a structure, of a member that transfers write too."""
        return step.target in self.balances and (not (member := member_of(step)) or member in self._counted)

    @cached_property
    def _counted(self) -> set[str]:
        written = (step for flow in self.transfers for step in flow.writes() if step.target in self.balances)
        return {member_of(step) for step in written if change_of(step) in "+-"}

    @cached_property
    def allowances(self) -> set[str]:
        forms = "mapping(address=>mapping(address=>u"
        return {name for name in self.view.variables if self.type_of(name).startswith(forms)}

    @cached_property
    def supply(self) -> set[str]:
        """The state variable that totalSupply() returns, or is."""
        found = {name for name in self.view.variables if name in ("totalSupply", "_totalSupply")}
        for function in self.view.own_functions:
            if function.name == "totalSupply":
                returned = [s.expressions[0] for s in function.statements() if s.kind == "return" and s.expressions]
                found |= {expr.text for expr in returned if expr.kind == "name" and expr.text in self.view.variables}
        return found

    @cached_property
    def pairs(self) -> set[str]:
        """State that holds a trading pair: it is made by a factory, or asked as a pair is."""
        found = set()
        for expr in (expr for function in self.view.own_functions for expr in function.expressions()):
            if expr.kind == "assign" and any(_called(part) in _MAKES_PAIR for part in expr.parts[1].walk()):
                found.add(expr.parts[0].root)
            elif _called(expr) in _PAIR_CALLS:
                found |= {part.text for part in expr.callee.parts[0].walk() if part.kind == "name"}
        kinds = {name: self.type_of(name) for name in found & set(self.view.variables)}
        return {name for name, kind in kinds.items() if not kind.startswith("mapping")}

    @cached_property
    def settable(self) -> set[str]:
        """State that a privileged function for that purpose writes; the books and the owner apart."""
        books = self.balances | self.allowances | self.supply
        written = {s.target for flow in self.others for s in flow.writes() if self.is_privileged(flow, s)}
        return written - books - self.view.chiefs

    @cached_property
    def in_transfers(self) -> list[Function]:
        """Every function that a transfer runs."""
        return self.view.reached_from([flow.function for flow in self.transfers])

    @cached_property
    def in_sales(self) -> list[Function]:
        """Every function that runs when holders hand tokens over in another way."""
        handing = (flow for flow in self.others if any(self._lowers_callers(step) for step in flow.writes()))
        return self.view.reached_from([flow.function for flow in handing])

    def _lowers_callers(self, step: Step) -> bool:
        return self.is_balance(step) and change_of(step) == "-" and step.key in CALLERS

    def is_privileged(self, flow: Flow, step: Step) -> bool:
        return self.privilege.guards(flow, step)

    def rebooks(self, flow: Flow, step: Step) -> bool:
        """Whether a holder is moved from one of the token's two books to the other, with a flag that says so."""
        marks = {s.key for s in flow.writes() if self.type_of(s.target).endswith("=>bool)")}
        return step.key in marks and change_of(step) in "=0"

    def is_others(self, flow: Flow, key: str, depth: int = _MAX_LOCALS) -> bool:
        """Whether an address is one that the caller gives, one of a list in storage, or a trading pair."""
        name, listed, _ = key.partition("[")
        value = flow.values.get(name) if depth else None
        if value is not None and (value.kind == "call" or value.root):
            return any(self.is_others(flow, str(part), depth - 1) for part in (value, *value.parts[1:_MAX_LOCALS]))
        given = {parameter.name for parameter in flow.function.parameters}
        return name in given or bool(listed and name in self.view.variables) or bool(self._names_in(key) & self.pairs)

    def is_holder(self, flow: Flow, key: str) -> bool:
        """Whether an address is the caller's, or one that he gives."""
        return key in CALLERS or key in {parameter.name for parameter in flow.function.parameters}

    def _names_in(self, key: str) -> set[str]:
        """`pair` of `address(pair)`."""
        return {key.removeprefix("address(").rstrip(")")}


def change_of(step: Step) -> str:
    """What a write does to its target: `+`, `-`, `=` or, where it clears it, `0`."""
    expr = step.expr
    if expr.kind == "unary":
        return {"++": "+", "--": "-"}.get(expr.text, "0")
    if expr.text in ("+=", "-="):
        return expr.text[0]
    value = expr.parts[1] if len(expr.parts) > 1 else expr
    if value.kind == "name":
        value = step.bound.get(value.text, value)
    if str(value) in ("0", "address(0)", "false"):
        return "0"
    if value.kind == "binary" and value.text in "+-" and any(part.kind == "name" for part in value.parts[0].walk()):
        return "=" if _lowers_itself(expr.parts[0], value.parts[0]) else value.text
    if value.kind == "call" and value.callee.kind in ("member", "name"):
        name = value.callee.text.lower()
        return "+" if "add" in name else "-" if "sub" in name else "="
    return "="


def evidence(flow: Flow, step: Step) -> str:
    return f"{flow.function.name or flow.function.kind}: line {step.line}: {step.expr}"[:_EVIDENCE_LETTERS]


def is_fixed_address(expr: Expr) -> bool:
    return expr.kind == "literal" and expr.text.startswith("0x") and len(expr.text) == _ADDRESS_LETTERS


def guards_of(steps: Iterator[Step]) -> Iterator[Expr]:
    return (guard for step in steps for guard in step.guards)


def member_of(step: Step) -> str:
    """`amount` of `accounts[a].amount += 1`; nothing where no member is written."""
    target = step.expr.parts[0] if step.expr.parts else step.expr
    return target.text if target.kind == "member" else ""


def _called(expr: Expr) -> str:
    return expr.callee.text if expr.kind == "call" and expr.callee.kind == "member" else ""


def _lowers_itself(target: Expr, value: Expr) -> bool:
    """Whether `a - b` stands in the new value `a - b + c` of `a`."""
    return value.kind == "binary" and value.text == "-" and str(value.parts[0]) == str(target)
