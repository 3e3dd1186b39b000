"""Whether a function looks at what a call answers."""

from __future__ import annotations

from bisect import bisect_right

from models.blockchain.contracts.source.declarations import Function
from models.blockchain.contracts.source.syntax import Expr, Stmt

_BOOLEAN = {"bool", "var", ""}


def is_dropped(statement: Stmt, call: Expr, function: Function) -> bool:
    """Whether the success that a statement's call answers is lost, or kept under a name that nobody reads in time."""
    if not statement.expressions:
        return False
    root = statement.expressions[0]
    if statement.kind == "expr" and root is call:
        return True
    if statement.kind == "declare" and root is call and statement.variables:
        kept = statement.variables[0]
        return kept.type not in _BOOLEAN or not _is_read(kept.name, statement, function)
    if statement.kind == "expr" and root.kind == "assign" and root.text == "=" and root.parts[1] is call:
        target = root.parts[0].parts[:1] if root.parts[0].kind == "tuple" else [root.parts[0]]
        local = {variable.name for inner in function.statements() for variable in inner.variables}
        return bool(target) and target[0].text in local and not _is_read(target[0].text, statement, function)
    return False


def _is_read(name: str, statement: Stmt, function: Function) -> bool:
    """Whether a name is used after a statement before it is given another value, or before it, as loops may do."""
    uses, place = function.uses.get(name, []), function.places[id(statement)]
    later = bisect_right(uses, (place, True))
    if later < len(uses):
        return not uses[later][1]
    return any(not only for at, only in uses if at != place)
