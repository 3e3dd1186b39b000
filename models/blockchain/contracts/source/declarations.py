"""What a text of Solidity declares: contracts with their functions, and what one function says about itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from models.blockchain.contracts.source.syntax import Expr, Stmt, Variable, targets_of

_WORD = re.compile(r"\w+")


@dataclass(eq=False)
class Function:
    """A function, constructor, fallback, receive function or modifier."""

    name: str
    kind: str
    """function, constructor, fallback, receive or modifier."""
    line: int
    parameters: list[Variable] = field(default_factory=list)
    returns: list[Variable] = field(default_factory=list)
    visibility: str = ""
    mutability: str = ""
    modifiers: list[Expr] = field(default_factory=list)
    body: list[Stmt] | None = None
    contract: str = ""

    def statements(self) -> Iterator[Stmt]:
        for statement in self.body or []:
            yield from statement.walk()

    def expressions(self) -> list[Expr]:
        """Every expression of the body, outer ones first."""
        return self._flat

    @cached_property
    def _flat(self) -> list[Expr]:
        """Made once, as every rule walks them."""
        roots = (expression for statement in self.statements() for expression in statement.expressions)
        return [part for root in roots for part in root.walk()]

    @cached_property
    def uses(self) -> dict[str, list[tuple[int, bool]]]:
        """Where each name stands: (the statement's place in order, whether it is only given a value there)."""
        found: dict[str, list[tuple[int, bool]]] = {}
        for place, statement in enumerate(self.statements()):
            assigned = (expr for expr in statement.expressions if expr.kind == "assign" and expr.text == "=")
            given = {id(target) for expr in assigned for target in targets_of(expr)}
            names = dict.fromkeys(_WORD.findall(statement.text), False)
            for part in (part for expr in statement.expressions for part in expr.walk() if part.kind == "name"):
                names[part.text] = names.get(part.text, True) and id(part) in given
            for name, only in names.items():
                found.setdefault(name, []).append((place, only))
        return found

    @cached_property
    def unchecked(self) -> set[int]:
        """Ids of the expressions in `unchecked` blocks."""
        blocks = (statement for statement in self.statements() if statement.text == "unchecked")
        inner = (expr for block in blocks for statement in block.walk() for expr in statement.expressions)
        return {id(part) for expr in inner for part in expr.walk()}

    @cached_property
    def declared(self) -> dict[str, Expr]:
        """What local names are declared to be, the first of several."""
        alone = (s for s in self.statements() if s.kind == "declare" and s.expressions and len(s.variables) == 1)
        return dict(reversed([(statement.variables[0].name, statement.expressions[0]) for statement in alone]))

    @cached_property
    def modifier_names(self) -> list[str]:
        return [modifier.parts[0].text for modifier in self.modifiers]

    @cached_property
    def places(self) -> dict[int, int]:
        """Each statement's place in order, by its id."""
        return {id(statement): place for place, statement in enumerate(self.statements())}

    @property
    def external(self) -> bool:
        """Whether anyone can call it."""
        return self.kind != "modifier" and self.visibility not in ("internal", "private") and self.kind != "constructor"


@dataclass(slots=True, eq=False)
class Contract:
    """A contract, interface or library."""

    name: str
    kind: str
    """contract, interface or library."""
    line: int
    bases: list[str] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    structs: dict[str, list[Variable]] = field(default_factory=dict)
    functions: list[Function] = field(default_factory=list)
    enums: list[str] = field(default_factory=list)
    abstract: bool = False


@dataclass(slots=True, eq=False)
class SourceUnit:
    """A parsed text."""

    contracts: list[Contract]
    pragma: str
    """The version constraint as written, or nothing."""
    pragma_line: int
    notes: list[str]
    """What could not be read, and where."""
