"""A parsed text with its names resolved: inheritance, state, types and what a call calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from models.blockchain.contracts.source.declarations import Contract, Function, SourceUnit
from models.blockchain.contracts.source.syntax import Expr, Variable

if TYPE_CHECKING:
    from models.blockchain.contracts.source.flow import Flow

_VERSION = re.compile(r"0\.(\d{1,2})")
_MAX_BASES = 64
_MAX_STEPS_UP = 256
_MAX_CONTRACTS = 400
_MAX_INHERITED = 500_000
"""Expressions of all judged contracts with what they inherit: each is looked at once for every one that inherits it."""
_MAX_EFFORT = 1_500_000
"""Units of unfolding, see `Model.spend`; some thirty times that of the costliest deployed contract of 1,015."""
_MAX_REACHED = 400
LOW_LEVEL = {"call", "delegatecall", "callcode", "staticcall"}
ETHER_SENDS = {"send", "transfer"}


class View:
    """One contract with everything that it inherits; what the rules look at."""

    def __init__(self, model: Model, contract: Contract) -> None:
        self.model = model
        self.contract = contract
        self.name = contract.name
        self.lineage = model.lineage(contract)
        self.variables: dict[str, Variable] = {}
        self.structs: dict[str, list[Variable]] = {}
        self.functions: dict[tuple[str, str, int], Function] = {}
        self._local: dict[int, dict[str, Variable]] = {}
        for ancestor in self.lineage:
            for variable in ancestor.variables:
                self.variables.setdefault(variable.name, variable)
            for name, members in ancestor.structs.items():
                self.structs.setdefault(name, members)
            for function in ancestor.functions:
                key = (function.kind, function.name, len(function.parameters))
                present = self.functions.get(key)
                if present is None or (present.body is None and function.body is not None):
                    self.functions[key] = function

    @cached_property
    def modifiers(self) -> dict[str, Function]:
        found = [(name, function) for (kind, name, _), function in self.functions.items() if kind == "modifier"]
        return dict(reversed(found))

    @cached_property
    def own_functions(self) -> list[Function]:
        """Effective functions, constructors and fallbacks of the contract and its bases, modifiers left out."""
        return [f for (kind, _, _), f in self.functions.items() if kind != "modifier" and f.body is not None]

    @cached_property
    def flows(self) -> list[Flow]:
        """Everything that anyone can call, unfolded."""
        from models.blockchain.contracts.source.unfold import unfold

        return [unfold(self, function) for function in self.entry_points]

    @cached_property
    def chiefs(self) -> frozenset[str]:
        """State variables that hold the address of someone in charge."""
        from models.blockchain.contracts.source.rules.privileges import in_charge

        return in_charge(self)

    @cached_property
    def entry_points(self) -> list[Function]:
        """What anyone can call."""
        return [f for f in self.own_functions if f.external and not self.is_constructor(f)]

    def is_constructor(self, function: Function) -> bool:
        """A constructor, or before 0.5 a function of its contract's name."""
        return function.kind == "constructor" or (self.model.minor < 5 and function.name == function.contract)

    def modifiers_of(self, function: Function) -> list[Function]:
        """The text's modifiers that a function names, in order."""
        return [m for name in function.modifier_names if (m := self.modifiers.get(name))]

    def internal(self, call: Expr, caller: Function | None = None) -> Function | None:
        """The function of this contract that a plain call runs; `super` is looked up from the caller's contract."""
        callee, count = call.parts[0], len(call.arguments)
        if callee.kind == "name":
            return self.functions.get(("function", callee.text, count))
        if callee.kind == "member" and str(callee.parts[0]) == "super":
            names = [ancestor.name for ancestor in self.lineage]
            above = names.index(caller.contract) if caller and caller.contract in names else 0
            for ancestor in self.lineage[above + 1 :]:
                for function in ancestor.functions:
                    if function.name == callee.text and len(function.parameters) == count and function.body:
                        return function
        return None

    def reached_from(self, functions: list[Function]) -> list[Function]:
        """The functions, and those of the contract that they run."""
        found = list({id(function): function for function in functions}.values())
        seen = {id(function) for function in found}
        for function in found:
            called = (self.internal(expr, function) for expr in function.expressions() if expr.kind == "call")
            new = {id(inner): inner for inner in called if inner is not None and id(inner) not in seen}
            seen |= set(new)
            found.extend(new.values())
            if len(found) > _MAX_REACHED or not self.model.spend(len(function.expressions())):
                break
        return found

    def local_types(self, function: Function) -> dict[str, Variable]:
        """Parameters, returned names and locals of a function, by name."""
        present = self._local.get(id(function))
        if present is not None:
            return present
        found = {v.name: v for v in (*function.parameters, *function.returns) if v.name}
        for statement in function.statements():
            found.update((v.name, v) for v in statement.variables if v.name)
        self._local[id(function)] = found
        return found

    def type_of(self, expr: Expr, local: dict[str, Variable]) -> str:
        """The declared type of an expression, where it follows from declarations; else nothing."""
        match expr.kind:
            case "name":
                variable = local.get(expr.text) or self.variables.get(expr.text)
                return variable.type if variable else ""
            case "cast":
                return expr.text
            case "call":
                callee = expr.callee
                function = self.internal(expr)
                if function and function.returns:
                    return function.returns[0].type
                return callee.text if callee.kind == "name" and self.model.is_contract(callee.text) else ""
            case "index":
                return element_type(self.type_of(expr.parts[0], local))
            case "member":
                if str(expr) in ("msg.sender", "tx.origin", "block.coinbase"):
                    return "address"
                if str(expr) in ("msg.value", "block.timestamp", "block.number") or expr.text in ("length", "balance"):
                    return "uint256"
                members = self.structs.get(self.type_of(expr.parts[0], local), [])
                return next((v.type for v in members if v.name == expr.text), "")
            case _:
                return ""


class Model:
    """All contracts of a text."""

    def __init__(self, unit: SourceUnit) -> None:
        self.unit = unit
        self.by_name = {contract.name: contract for contract in unit.contracts}
        self.minor = _minor_version(unit)
        self.effort = 0
        self.tuples: dict[tuple[int, int], str | None] = {}
        """The ABI's names of structs, by the id of their members and the depth at which they stand."""
        self.cut = False
        """Whether something was too much to be followed."""
        self.views = self._judged([contract for contract in unit.contracts if contract.kind == "contract"])
        self.leaves = self._leaves()
        """Contracts that no other one of the text inherits: those that can be meant to be deployed."""

    def flows(self) -> Iterator[Flow]:
        """What anyone can call of the contracts that can be meant to be deployed."""
        return (flow for view in self.leaves for flow in view.flows)

    def functions(self) -> Iterator[tuple[View, Function]]:
        """Every function of the judged contracts, once, with the view of the contract that it is written in."""
        return ((view, function) for view in self.views for function in view.contract.functions)

    def limits(self) -> list[str]:
        """What was left out because there is too much of it."""
        said = []
        if self.left_out:
            said.append(f"only the last {len(self.views)} contracts are judged")
        if self.cut:
            said.append("functions are too long, too many or too nested: what they do is followed in part only")
        return said

    def _judged(self, contracts: list[Contract]) -> list[View]:
        """Views of the last contracts, in the text's order: as many as inherit no more than can be looked at."""
        made: list[View] = []
        inherited = 0
        for contract in reversed(contracts[-_MAX_CONTRACTS:]):
            view = View(self, contract)
            inherited += sum(len(function.expressions()) for function in view.functions.values()) + len(view.functions)
            if made and inherited > _MAX_INHERITED:
                break
            made.append(view)
        self.left_out = len(contracts) - len(made)
        return made[::-1]

    def _leaves(self) -> list[View]:
        """Heirs that a contract inherits itself, as no compiler allows, hide it from nobody."""
        heirs: dict[str, list[Contract]] = {}
        for contract in self.unit.contracts:
            for base in contract.bases:
                heirs.setdefault(base, []).append(contract)
        return [view for view in self.views if all(heir in view.lineage for heir in heirs.get(view.name, ()))]

    def spend(self, units: int) -> bool:
        """Whether there is effort left to follow `units` more expressions, conditions or branches.

        Functions that call each other and modifiers that run what they modify several times unfold without end, and
        rules look at all conditions and branches around every step: the sum of all that is bounded for a text.
        """
        self.effort += units
        within = self.effort <= _MAX_EFFORT
        self.cut = self.cut or not within
        return within

    @cached_property
    def enums(self) -> set[str]:
        return {name for contract in self.by_name.values() for name in contract.enums}

    @cached_property
    def structs(self) -> dict[str, list[Variable]]:
        """The members of every struct, of the first of several of one name."""
        found = [item for contract in self.by_name.values() for item in contract.structs.items()]
        return dict(reversed(found))

    @property
    def checks_arithmetic(self) -> bool:
        return self.minor >= 8

    def is_contract(self, name: str) -> bool:
        return name in self.by_name

    def lineage(self, contract: Contract) -> list[Contract]:
        """The contract and its bases, the most derived first (the last base named before the first)."""
        found, waiting = [contract], list(contract.bases)
        for _ in range(_MAX_STEPS_UP):
            if not waiting or len(found) == _MAX_BASES:
                break
            base = self.by_name.get(waiting.pop())
            if base is not None and base is not contract:
                if base in found:
                    found.remove(base)  # a base of several comes after all that inherit it
                found.append(base)
                waiting.extend(base.bases)
        return found


def element_type(container: str) -> str:
    """`uint256` of `mapping(address => uint256)` and of `uint256[]`."""
    text = container.strip()
    if text.startswith("mapping"):
        inner = text[text.find("(") + 1 : text.rfind(")")]
        return inner.partition("=>")[2].strip()
    return text[: text.rfind("[")].strip() if text.endswith("]") else ""


def _minor_version(unit: SourceUnit) -> int:
    """4 of 0.4.25: of the lowest compiler that the pragma allows; told from the language's forms without one."""
    found = _VERSION.search(unit.pragma)
    if found:
        return int(found[1])
    variables = [v for contract in unit.contracts for f in contract.functions for v in f.parameters]
    newer = any(v.location == "calldata" or v.type == "address payable" for v in variables)
    return 5 if newer else 4
