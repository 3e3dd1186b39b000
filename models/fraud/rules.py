"""Rules as data: one TOML file says what fires when, with which weight and in which words."""

from __future__ import annotations

import logging
import re
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.fraud.conditions import BadCondition, Condition, Facts
from models.fraud.verdict import Fired

log = logging.getLogger(__name__)
SHIPPED = Path(__file__).with_name("rules.toml")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\Z")
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}\Z")
_SLOT = re.compile(r"\{([a-z0-9_]+)\}")
_FIELDS = {"id", "when", "weight", "code", "message"}
_MOST = 1000


class BadRules(ValueError):
    """A rule file cannot be used; the message names the rule and the field."""


@dataclass(frozen=True)
class Rule:
    """When its condition is true of the facts, the score is at least `weight`."""

    id: str
    when: Condition
    weight: float
    code: str
    message: str
    """Plain English; `{fact}` stands for the fact's value."""

    def text(self, facts: Facts) -> str:
        return _SLOT.sub(lambda slot: _shown(facts.get(slot[1])), self.message)


@dataclass(frozen=True)
class RuleBook:
    """The rules of one file, and the version that the file gives itself."""

    version: str
    rules: tuple[Rule, ...]

    @classmethod
    def parse(cls, text: str, known: frozenset[str]) -> RuleBook:
        """Of a file's text; raises BadRules. `known` are the names of all facts that there can be."""
        try:
            raw = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise BadRules(f"not TOML: {error}") from None
        entries = raw.get("rule")
        if not isinstance(raw.get("version"), str) or not isinstance(entries, list) or raw.keys() - {"version", "rule"}:
            raise BadRules("expected version (a text) and [[rule]] tables, nothing else")
        if len(entries) > _MOST:
            raise BadRules(f"more than {_MOST} rules")
        rules = tuple(_rule(entry, known) for entry in entries)
        if len({rule.id for rule in rules}) < len(rules):
            raise BadRules("two rules share an id")
        return cls(raw["version"], rules)

    def fired(self, facts: Facts) -> list[Fired]:
        """Rules whose condition is true, the weightiest first."""
        given = facts.keys()
        found = [rule for rule in self.rules if not given.isdisjoint(rule.when.names) and rule.when(facts)]
        found.sort(key=lambda rule: (-rule.weight, rule.id))
        return [Fired(rule.id, rule.weight, rule.code, rule.text(facts)) for rule in found]


class LiveRules:
    """The rule book of a file that may be edited while we run.

    The file's modification time is looked at once a second at most. An edit that cannot be used is logged, and the
    last good book stays.
    """

    def __init__(self, path: Path, known: frozenset[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._known, self._clock = path, known, clock
        self._looked, self._stamp = -1.0, self._stat()
        self._book = RuleBook.parse(path.read_text(encoding="utf-8"), known)

    def _stat(self) -> tuple[int, int]:
        status = self._path.stat()
        return status.st_mtime_ns, status.st_size

    def book(self) -> RuleBook:
        now = self._clock()
        if now - self._looked >= 1:
            self._looked = now
            self._refresh()
        return self._book

    def _refresh(self) -> None:
        try:
            stamp = self._stat()
            if stamp == self._stamp:
                return
            self._stamp = stamp
            self._book = RuleBook.parse(self._path.read_text(encoding="utf-8"), self._known)
            log.info("rules %s: version %s with %d rules", self._path, self._book.version, len(self._book.rules))
        except (OSError, ValueError) as error:
            log.error("rules %s: %s; version %s stays", self._path, error, self._book.version)


def _rule(entry: Any, known: frozenset[str]) -> Rule:
    if not isinstance(entry, Mapping) or entry.keys() != _FIELDS:
        raise BadRules(f"a rule has the fields {', '.join(sorted(_FIELDS))}, not {_names(entry)}")
    name = entry["id"]
    if not isinstance(name, str) or not _ID.match(name):
        raise BadRules(f"id {name!r}: expected lower-case letters, digits and hyphens")
    if not isinstance(entry["code"], str) or not _CODE.match(entry["code"]):
        raise BadRules(f"{name}: code: expected capitals, digits and underscores")
    weight = entry["weight"]
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 1:
        raise BadRules(f"{name}: weight: expected a number from 0 to 1")
    message = entry["message"]
    if not isinstance(message, str) or not 0 < len(message) <= 500:
        raise BadRules(f"{name}: message: expected 1 to 500 characters")
    try:
        condition = Condition(entry["when"]) if isinstance(entry["when"], str) else None
    except BadCondition as error:
        raise BadRules(f"{name}: when: {error}") from None
    if condition is None or not condition.names:
        raise BadRules(f"{name}: when: expected a condition on at least one fact")
    unknown = (condition.names | set(_SLOT.findall(message))) - known
    if unknown:
        raise BadRules(f"{name}: there are no facts named {', '.join(sorted(unknown))}")
    return Rule(name, condition, float(weight), entry["code"], message)


def _names(entry: Any) -> str:
    return ", ".join(sorted(map(str, entry))) if isinstance(entry, Mapping) else type(entry).__name__


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.6g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return "unknown" if value is None else str(value)
