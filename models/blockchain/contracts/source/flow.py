"""A function as the calls and writes that it makes, in order, with what must hold for each.

Modifiers and internal functions are unfolded in their place, so that a guard in a modifier guards what follows it and
a write in a helper counts where the helper is called.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from models.blockchain.contracts.source.declarations import Function
from models.blockchain.contracts.source.model import View
from models.blockchain.contracts.source.syntax import Expr, Stmt, Variable

CALLERS = {"msg.sender", "tx.origin", "_msgSender()"}


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One call or write."""

    kind: str
    """call, write or assembly."""
    expr: Expr
    """The call, the assignment, increment or deletion, or the text of an assembly block."""
    line: int
    target: str
    """The state variable that is written, else nothing."""
    key: str
    """The first index of what is written, in terms of the external function's own names, else nothing."""
    guards: tuple[Expr, ...]
    """Conditions that hold here (those of a refused branch as `!(...)`), in terms of the external function's names."""
    path: tuple[tuple[int, int], ...]
    """(statement, branch) of every branch around it."""
    ended: tuple[tuple[int, int], ...]
    """Those branches of `path` that leave the function at their end."""
    loops: int
    """How many loops are around it."""
    bound: dict[str, Expr]
    """What the parameters of the internal function around it stand for outside."""
    function: Function
    statement: Stmt

    def outside(self, expr: Expr) -> str:
        """An expression in terms of the external function's own names."""
        return str(self.bound.get(expr.text, expr) if expr.kind == "name" else expr)


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """A condition without which the function reverts."""

    condition: Expr
    line: int
    context: tuple[Expr, ...]
    """Conditions of the branches around it: where they do not hold, it is not asked for."""


@dataclass(slots=True, eq=False)
class Flow:
    """The steps of one external function of a contract."""

    view: View
    function: Function
    local: dict[str, Variable]
    """The function's parameters, returned names and locals."""
    steps: list[Step] = field(default_factory=list)
    conditions: list[tuple[Expr, int]] = field(default_factory=list)
    """Every condition that is tested, with its line."""
    demands: list[Demand] = field(default_factory=list)
    values: dict[str, Expr] = field(default_factory=dict)
    """What local names are declared to be."""
    reads: set[str] = field(default_factory=set)
    """State variables whose value is used for more than to set or raise them."""

    def calls(self) -> Iterator[Step]:
        return (step for step in self.steps if step.kind == "call")

    def writes(self) -> Iterator[Step]:
        return (step for step in self.steps if step.kind == "write")

    def written_after(self, call: Step) -> list[Step]:
        """Writes that can run after a call in one run of the function."""
        later = self.steps[self.steps.index(call) + 1 :]
        return [step for step in later if step.kind == "write" and self.follows(call, step)]

    def follows(self, first: Step, second: Step) -> bool:
        """Whether `second`, of the later steps, can run after `first` in one call."""
        parting = next(
            ((one, other) for one, other in zip(first.path, second.path, strict=False) if one != other), None
        )
        if parting and parting[0][0] == parting[1][0]:
            return False  # two branches of one statement
        return all(place in second.path for place in first.ended)


def atoms(condition: Expr, holds: bool = True) -> Iterator[tuple[Expr, bool]]:
    """What a condition joins by `!`, `&&` and `||`, and whether each helps it to hold by holding itself."""
    if condition.kind == "unary" and condition.text == "!":
        yield from atoms(condition.parts[0], not holds)
    elif condition.kind == "binary" and condition.text in ("&&", "||"):
        for part in condition.parts:
            yield from atoms(part, holds)
    else:
        yield condition, holds


def guarded_by_caller(step: Step) -> bool:
    """Whether a condition on who calls holds at a step."""
    return any(mentions_caller(guard) for guard in step.guards)


def names_caller(step: Step) -> bool:
    """Whether the caller is compared with someone, or handed to a test, before a step: not what he owns is asked."""
    parts = [part for guard in step.guards for part in guard.walk()]
    compared = (part.parts for part in parts if part.kind == "binary" and part.text in ("==", "!="))
    handed = (part.arguments for part in parts if part.kind == "call")
    return any(str(side) in CALLERS for sides in (*compared, *handed) for side in sides)


def mentions_caller(condition: Expr) -> bool:
    return any(str(part) in CALLERS for part in condition.walk())


def replaced(expr: Expr, bound: dict[str, Expr]) -> Expr:
    """An expression with the names that stand for plain ones replaced; the same object where none is."""
    if expr.kind == "name":
        outer = bound.get(expr.text)
        return outer if outer is not None and _is_plain(outer) else expr
    parts = [replaced(part, bound) for part in expr.parts] if bound else expr.parts
    if all(new is old for new, old in zip(parts, expr.parts, strict=True)):
        return expr
    return Expr(expr.kind, expr.line, expr.text, parts, expr.labels, expr.enclosed)


def _is_plain(expr: Expr) -> bool:
    """A name, a member of one, a literal, or a call without arguments: replacing by it cannot make text grow much."""
    return (
        expr.kind in ("name", "literal") or (len(expr.parts) == 1 and not expr.parts[0].parts) or str(expr) in CALLERS
    )
