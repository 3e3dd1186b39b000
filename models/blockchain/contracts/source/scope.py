"""What local names stand for while a function is unfolded: places in storage, and what the caller gave."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.blockchain.contracts.source.declarations import Function
from models.blockchain.contracts.source.flow import CALLERS
from models.blockchain.contracts.source.model import View
from models.blockchain.contracts.source.syntax import Expr, Variable

_VALUE_TYPES = {"address", "bool", "string", "bytes", "uint", "int"} | {
    f"{base}{bits}" for base in ("uint", "int") for bits in range(8, 257, 8)
}


@dataclass(slots=True)
class Scope:
    """The names of one internal function, or of the external one."""

    view: View
    bound: dict[str, Expr] = field(default_factory=dict)
    """What the caller gave for the function's parameters."""
    aliases: dict[str, tuple[str, str]] = field(default_factory=dict)
    """(state variable, key) that a local name for a place in storage stands for."""

    def inside(self, function: Function, arguments: list[Expr]) -> Scope:
        """The scope of a function that is run from here."""
        names = [parameter.name for parameter in function.parameters]
        places = ((name, self.aliases.get(given.root)) for name, given in zip(names, arguments, strict=False))
        bound = dict(zip(names, map(self.resolved, arguments), strict=False))
        return Scope(self.view, bound, {name: place for name, place in places if place})

    def declare(self, variable: Variable, value: Expr | None, alone: bool, caller: Function) -> None:
        """A local name; for a place in storage, it stands for that state variable from here on."""
        self.aliases.pop(variable.name, None)
        if value is None:
            return
        if alone and str(value) in CALLERS:
            self.bound = {**self.bound, variable.name: value}
        plain = not variable.type.endswith("]") and variable.type in _VALUE_TYPES
        if variable.location != "memory" and not plain:
            state, key = self.place_of(value, caller)
            if state and value.kind in ("index", "member", "name"):
                self.aliases[variable.name] = (state, key)

    def place_of(self, expr: Expr, caller: Function) -> tuple[str, str]:
        """(state variable, its first index) that an expression is a part of; two empty texts where it is none."""
        root = expr.root
        if root in self.aliases:
            return self.aliases[root]
        if root not in self.view.variables or root in self.view.local_types(caller):
            return "", ""
        inner = expr
        while inner.parts and inner.parts[0].kind != "name" and inner.kind in ("index", "member"):
            inner = inner.parts[0]
        key = inner.parts[1] if inner.kind == "index" and len(inner.parts) > 1 else None
        return root, str(self.resolved(key)) if key else ""

    def resolved(self, expr: Expr) -> Expr:
        """What an internal function's parameter stands for outside."""
        return self.bound.get(expr.text, expr) if expr.kind == "name" else expr
