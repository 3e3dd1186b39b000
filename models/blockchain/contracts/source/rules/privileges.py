"""What the access rules share: which state says who is in charge, and whether a step is open to everyone."""

from __future__ import annotations

from models.blockchain.contracts.source.flow import Step, guarded_by_caller
from models.blockchain.contracts.source.model import View
from models.blockchain.contracts.source.syntax import Expr

_TELLING = ("init", "only", "auth", "owner", "role", "admin")
_CALLERS = {"msg.sender", "_msgSender()", "tx.origin"}


def in_charge(view: View) -> set[str]:
    """State variables that callers are compared with: `owner` of `msg.sender == owner`."""
    found = set()
    for ancestor in view.lineage:
        for function in ancestor.functions:
            for expr in function.expressions():
                if expr.kind == "binary" and expr.text in ("==", "!="):
                    sides = [str(part) for part in expr.parts]
                    found |= {side for side in sides if _CALLERS & set(sides)}
    return {name for name in found if name in view.variables and view.variables[name].type.startswith("address")}


def open_to_all(view: View, step: Step) -> bool:
    """Whether neither the caller nor a flag of the contract's own, as of an initialiser, is tested before a step."""
    return not guarded_by_caller(step) and not any(_is_once(view, guard) for guard in step.guards)


def _is_once(view: View, guard: Expr) -> bool:
    """Whether a condition can hold only once, as `!initialized` or `owner == 0` does."""
    names = {part.text for part in guard.walk() if part.kind == "name"} & set(view.variables)
    return any(view.variables[name].type in ("bool", "address", "address payable", "uint8") for name in names)


def unlocked_modifier(names: list[str]) -> bool:
    """Whether no modifier's name says that it lets a function run once or for some only.

    Modifiers of a base that is not in the text can only be judged by their names.
    """
    return not any(word in name.lower() for name in names for word in _TELLING)
