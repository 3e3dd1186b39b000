"""A small syntax tree of Solidity, expressions and statements: what the rules look at, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Expr:
    """One expression.

    kind        text              parts
    name        identifier        -
    literal     its text          -
    member      member's name     object
    index       -                 base, index...
    call        -                 callee, argument...
    options     -                 callee, value...    (`f{value: 1}`, names in `labels`)
    unary       operator          operand             (prefix, postfix, delete)
    binary      operator          left, right
    assign      operator          target, value
    ternary     -                 condition, then, else
    tuple       -                 item...             (parentheses around one item are not kept)
    new         type's text       -
    cast        type's text       value
    unknown     its text          -
    """

    kind: str
    line: int
    text: str = ""
    parts: list[Expr] = field(default_factory=list)
    labels: tuple[str, ...] = ()
    enclosed: bool = False
    """Whether parentheses stand around it."""
    written: str | None = None
    """Its compact form, made on first use: most rules compare it."""

    def walk(self) -> Iterator[Expr]:
        """This expression and all inside it, outer first."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            if part.parts:
                waiting.extend(reversed(part.parts))

    def __str__(self) -> str:
        """Compact source form, the same for the same meaning."""
        if self.written is None:
            self.written = self._compact()
        return self.written

    def _compact(self) -> str:
        inner = [str(part) for part in self.parts]
        match self.kind:
            case "member":
                return f"{inner[0]}.{self.text}"
            case "index":
                return f"{inner[0]}[{']['.join(inner[1:])}]"
            case "call":
                return f"{inner[0]}({', '.join(inner[1:])})"
            case "options":
                pairs = zip(self.labels, inner[1:], strict=False)
                return f"{inner[0]}{{{', '.join(f'{label}: {value}' for label, value in pairs)}}}"
            case "unary":
                return f"{self.text} {inner[0]}" if self.text == "delete" else f"{self.text}{inner[0]}"
            case "binary" | "assign":
                return f"{inner[0]} {self.text} {inner[1]}"
            case "ternary":
                return f"{inner[0]} ? {inner[1]} : {inner[2]}"
            case "tuple":
                return f"({', '.join(inner)})"
            case "new":
                return f"new {self.text}"
            case "cast":
                return f"{self.text}({inner[0]})"
            case _:
                return self.text

    @property
    def callee(self) -> Expr:
        """What is called, without its options and old-style `.value(...)` and `.gas(...)`."""
        target = self.parts[0]
        while target.kind == "options" or (
            target.kind == "call" and target.parts[0].kind == "member" and target.parts[0].text in ("value", "gas")
        ):
            target = target.parts[0] if target.kind == "options" else target.parts[0].parts[0]
        return target

    @property
    def arguments(self) -> list[Expr]:
        return self.parts[1:]

    def option(self, name: str) -> Expr | None:
        """The value given as `{name: ...}` or `.name(...)` to the call."""
        target = self.parts[0]
        while target.kind in ("options", "call"):
            if target.kind == "options":
                if name in target.labels:
                    return target.parts[1 + target.labels.index(name)]
                target = target.parts[0]
            elif target.parts[0].kind == "member" and target.parts[0].text in ("value", "gas"):
                if target.parts[0].text == name and len(target.parts) == 2:
                    return target.parts[1]
                target = target.parts[0].parts[0]
            else:
                return None
        return None

    @property
    def leftmost(self) -> Expr | None:
        """The name at the left end: `a` of `a.b[c].d`."""
        target = self
        while target.kind in ("member", "index") and target.parts:
            target = target.parts[0]
        return target if target.kind == "name" else None

    @property
    def root(self) -> str:
        """The leftmost name's text, or nothing."""
        name = self.leftmost
        return name.text if name else ""


@dataclass(slots=True, eq=False)
class Variable:
    """A state variable, parameter, local variable or struct member."""

    name: str
    type: str
    line: int
    location: str = ""
    """memory, storage, calldata or nothing."""
    visibility: str = ""
    constant: bool = False
    """constant or immutable."""
    value: Expr | None = None


@dataclass(slots=True, eq=False)
class Stmt:
    """One statement.

    kind        expressions           bodies
    expr        the expression        -
    declare     value, if any         -                (`variables`)
    if          condition             then, else
    loop        condition, update     initial, body    (for, while, do)
    return      value, if any         -
    emit        the call              -
    revert      arguments             -                (throw, revert)
    try         the call              success, failures...
    block       -                     body             (unchecked in `text`)
    assembly    -                     -                (its source in `text`)
    hole        -                     -                (the `_` of a modifier)
    jump        -                     -                (break, continue)
    """

    kind: str
    line: int
    expressions: list[Expr] = field(default_factory=list)
    bodies: list[list[Stmt]] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    text: str = ""

    def walk(self) -> Iterator[Stmt]:
        """This statement and all inside it, in order."""
        waiting = [self]
        while waiting:
            statement = waiting.pop()
            yield statement
            for body in reversed(statement.bodies):
                waiting.extend(reversed(body))


def targets_of(expr: Expr) -> list[Expr]:
    """What an assignment, increment or deletion writes; several where it is a tuple."""
    return expr.parts[0].parts if expr.parts[0].kind == "tuple" else expr.parts[:1]


def leaves(body: list[Stmt]) -> bool:
    """Whether a body always leaves the function."""
    if not body:
        return False
    last = body[-1]
    if last.kind == "if" and len(last.bodies) == 2:
        return all(leaves(part) for part in last.bodies)
    return last.kind in ("return", "revert") or (last.kind == "block" and leaves(last.bodies[0]))
