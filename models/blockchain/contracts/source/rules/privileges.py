"""What the access rules share: which state says who is in charge, and whether a step is open to everyone."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.source.declarations import Function
from models.blockchain.contracts.source.flow import CALLERS, Step, guarded_by_caller
from models.blockchain.contracts.source.model import View, element_type
from models.blockchain.contracts.source.syntax import Expr

_TELLING = ("init", "only", "auth", "owner", "role", "admin")


def in_charge(view: View) -> frozenset[str]:
    """State variables that callers are compared with: `owner` of `msg.sender == owner` and of `== owner()`.

    Read from the view's `chiefs`, as it takes a walk through everything.
    """
    found = set()
    for ancestor in view.lineage:
        for function in ancestor.functions:
            for expr in function.expressions():
                if expr.kind == "binary" and expr.text in ("==", "!="):
                    sides = [str(part) for part in expr.parts]
                    if CALLERS & set(sides):
                        found |= set(sides).union(*(answers(view, part) for part in expr.parts))
    held = view.variables
    return frozenset(name for name in found if name in held and held[name].type.startswith("address"))


def answers(view: View, expr: Expr) -> set[str]:
    """The name that a getter without arguments returns."""
    getter = view.internal(expr) if expr.kind == "call" and len(expr.parts) == 1 else None
    returned = (
        s.expressions[0] for s in (getter.statements() if getter else ()) if s.kind == "return" and s.expressions
    )
    return {str(value) for value in returned}


def lists_of_chiefs(view: View) -> set[str]:
    """Mappings to bool in which a caller must stand: `admins` of `require(admins[msg.sender])`."""
    conditions = (demand.condition for flow in view.flows for demand in flow.demands)
    found = {name for condition in conditions for name in _must_stand_in(condition)}
    return {name for name in found if name in view.variables and element_type(view.variables[name].type) == "bool"}


def _must_stand_in(condition: Expr) -> Iterator[str]:
    if condition.kind == "binary" and condition.text == "&&":
        for part in condition.parts:
            yield from _must_stand_in(part)
    elif condition.kind == "index" and str(condition.parts[-1]) in CALLERS:
        yield condition.root


def open_to_all(view: View, step: Step) -> bool:
    """Whether neither the caller nor a flag of the contract's own, as of an initialiser, is tested before a step."""
    tested = (_is_once(view, guard) or _asks_about_caller(view, guard) for guard in step.guards)
    return not guarded_by_caller(step) and not any(tested)


def _asks_about_caller(view: View, guard: Expr) -> bool:
    """Whether a condition is the answer of a function that looks at the caller, as `confirmAndCheck(operation)` is."""
    asked = view.internal(guard) if guard.kind == "call" else None
    return asked is not None and any(str(part) in CALLERS for part in asked.expressions())


def _is_once(view: View, guard: Expr) -> bool:
    """Whether a condition can hold only once, as `!initialized` or `owner == 0` does."""
    names = {part.text for part in guard.walk() if part.kind == "name"} & set(view.variables)
    return any(view.variables[name].type in ("bool", "address", "address payable", "uint8") for name in names)


def unlocked(function: Function) -> bool:
    """Whether no modifier's name says that it lets the function run once or for some only.

    Modifiers of a base that is not in the text can only be judged by their names.
    """
    return not any(word in name.lower() for name in function.modifier_names for word in _TELLING)
