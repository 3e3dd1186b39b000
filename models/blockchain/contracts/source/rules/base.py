"""What a rule is: facts about a weakness, and a predicate that finds it. An incomplete rule is refused at import."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, get_args

from models.blockchain.contracts.finding import Category, Confidence, Finding, Severity
from models.blockchain.contracts.source.declarations import Function
from models.blockchain.contracts.source.flow import Flow, Step
from models.blockchain.contracts.source.model import Model, View
from models.blockchain.contracts.source.syntax import Expr

_TEXTS = ("id", "title", "what", "why", "example")
_MAX_EVIDENCE = 160
RULES: list[Rule] = []


class IncompleteRule(TypeError):
    """A rule lacks something that readers of its findings rely on; the message names it."""


class Rule(ABC):
    """One weakness. Subclasses fill every attribute and yield findings with `self.at` or `self.at_step`."""

    id: ClassVar[str]
    category: ClassVar[Category]
    swc: ClassVar[str | None]
    severity: ClassVar[Severity]
    confidence: ClassVar[Confidence]
    title: ClassVar[str]
    """A few words."""
    what: ClassVar[str]
    """What the rule looks for."""
    why: ClassVar[str]
    """What may happen."""
    example: ClassVar[str]
    """The smallest contract in which the rule finds something; the tests run it."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name in _TEXTS:
            if not str(getattr(cls, name, "")).strip():
                raise IncompleteRule(f"rule {cls.__name__}: {name} is missing or empty")
        for name, allowed in (("category", Category), ("severity", Severity), ("confidence", Confidence)):
            if getattr(cls, name, None) not in get_args(allowed):
                raise IncompleteRule(f"rule {cls.__name__}: {name} must be one of {', '.join(get_args(allowed))}")
        if not hasattr(cls, "swc") or (cls.swc is not None and not re.fullmatch(r"SWC-\d{3}", cls.swc)):
            raise IncompleteRule(f"rule {cls.__name__}: swc must be None or like SWC-107")
        RULES.append(cls())

    @abstractmethod
    def check(self, model: Model) -> Iterator[Finding]:
        """Findings in a text."""

    def at(self, view: View, function: Function | None, line: int, statement: Expr | str, **other: str) -> Finding:
        """A finding of this rule; `severity` and `swc` may be given for a special case."""
        name = function.name or function.kind if function else ""
        where = f"{view.name}.{name}" if name else view.name
        return Finding(
            id=self.id,
            category=self.category,
            swc=other.get("swc", self.swc),
            severity=other.get("severity", self.severity),  # type: ignore[arg-type]  # one of Severity by the callers
            confidence=self.confidence,
            message=f"{self.title}: {self.why}",
            evidence=f"{where}: {statement}"[:_MAX_EVIDENCE],
            line=line,
            function=name or None,
        )

    def at_step(self, flow: Flow, step: Step) -> Finding:
        """A finding of this rule at a step of what anyone can call."""
        return self.at(flow.view, step.function, step.line, step.expr)
