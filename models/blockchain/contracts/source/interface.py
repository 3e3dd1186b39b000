"""The external functions that a source declares, as its ABI would list them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.blockchain.contracts.signatures import selector_of
from models.blockchain.contracts.source.declarations import Function
from models.blockchain.contracts.source.model import Model, View, element_type
from models.blockchain.contracts.source.syntax import Variable

_MAX_CONTRACTS = 20
_MAX_DEPTH = 6
_MAX_LETTERS = 4096
"""Of a signature: the stack holds no more than a few arguments."""
_ALIASES = {"uint": "uint256", "int": "int256", "byte": "bytes1", "fixed": "fixed128x18", "ufixed": "ufixed128x18"}
_ELEMENTARY = re.compile(r"(?:u?int\d{0,3}|address|bool|string|bytes\d{0,2}|byte|u?fixed\w*|function)\Z")


@dataclass(frozen=True, slots=True)
class Declared:
    """One external function or public state variable."""

    contract: str
    selector: str
    signature: str
    arguments: tuple[str, ...]
    mutability: str


def declared_functions(model: Model) -> list[Declared]:
    """Those of the contracts that no other one of the text inherits, the largest contract's first."""
    made: dict[str, Declared] = {}
    for view in sorted(model.leaves, key=lambda leaf: len(leaf.functions), reverse=True)[:_MAX_CONTRACTS]:
        for item in _of_contract(view):
            made.setdefault(item.selector, item)
    return list(made.values())


def _of_contract(view: View) -> list[Declared]:
    functions = [_function(view, f) for f in view.entry_points if f.kind == "function" and f.name]
    getters = [_getter(view, v) for v in view.variables.values() if v.visibility == "public"]
    return [declared for declared in (*functions, *getters) if declared]


def _function(view: View, function: Function) -> Declared | None:
    types = [canonical(view, parameter.type) for parameter in function.parameters]
    return _declared(view, function.name, types, function.mutability or "nonpayable")


def _getter(view: View, variable: Variable) -> Declared | None:
    types, inner = [], variable.type
    for _ in range(_MAX_DEPTH):
        if inner.startswith("mapping"):
            key = inner[inner.find("(") + 1 : inner.find("=>")].strip().split()
            types.append(canonical(view, key[0] if key else ""))
        elif inner.endswith("]"):
            types.append("uint256")
        else:
            return _declared(view, variable.name, types, "view")
        inner = element_type(inner)
    return None


def _declared(view: View, name: str, types: list[str | None], mutability: str) -> Declared | None:
    known = [kind for kind in types if kind is not None]
    if len(known) < len(types):
        return None
    signature = f"{name}({','.join(known)})"
    if len(signature) > _MAX_LETTERS:
        return None
    return Declared(view.name, selector_of(signature), signature, tuple(known), mutability)


def canonical(view: View, kind: str, depth: int = 0) -> str | None:
    """The ABI's name of a type; None where the text does not declare it."""
    base, bracket, rest = kind.partition("[")
    base = base.split()[0] if base.split() else ""
    suffix = bracket + rest.replace(" ", "")
    if _ELEMENTARY.match(base):
        return _ALIASES.get(base, base) + suffix
    if view.model.is_contract(base):
        return "address" + suffix
    name = base.rpartition(".")[2]
    if name in view.model.enums:
        return "uint8" + suffix
    members = view.structs.get(name) or view.model.structs.get(name)
    if members is None or depth > _MAX_DEPTH:
        return None
    known, key = view.model.tuples, (id(members), depth)
    if key not in known:
        known[key] = _tuple(view, members, depth)
    made = known[key]
    return None if made is None else made + suffix


def _tuple(view: View, members: list[Variable], depth: int) -> str | None:
    """`(uint256,bytes)`; None where a member's type is not declared or the text would grow beyond use."""
    inner = [canonical(view, member.type, depth + 1) for member in members]
    text = ",".join(part for part in inner if part)
    return None if None in inner or len(text) > _MAX_LETTERS else f"({text})"
