"""The result of a low-level call that nobody looks at."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.model import LOW_LEVEL, Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.rules.results import is_dropped
from models.blockchain.contracts.source.syntax import Expr, Stmt

_YUL_CALL = re.compile(r"(?:\bpop\s*\(|\blet\s+(?P<name>\w+)\s*:=)\s*(?:call|callcode|delegatecall)\s*\(")


class UncheckedCall(Rule):
    id = "unchecked-call"
    category = "unchecked_low_level_calls"
    swc = "SWC-104"
    severity = "medium"
    confidence = "high"
    title = "Unchecked low-level call"
    what = "send, call, callcode or delegatecall whose result is dropped, or bound to a name that is never read."
    why = "when the call fails, the contract goes on as if it had not"
    example = """pragma solidity ^0.4.19;
contract Payer {
    function pay(address to) public { to.send(1 ether); }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for view, function in model.functions():
            for statement in function.statements():
                for call in low_level_calls(statement):
                    if is_dropped(statement, call, function):
                        yield self.at(view, function, call.line, call)
                if statement.kind == "assembly":
                    for line, text in dropped_in_assembly(statement):
                        yield self.at(view, function, line, text)


def low_level_calls(statement: Stmt) -> list[Expr]:
    """The low-level call that a statement consists of, or takes its values from."""
    if not statement.expressions:
        return []
    root = statement.expressions[0]
    value = root.parts[1] if root.kind == "assign" else root
    return [value] if is_low_level(value) or (value is root and is_never_made(value)) else []


def is_never_made(expr: Expr) -> bool:
    """`to.call.value(1);`: the call is prepared, and its parentheses are missing."""
    given = expr.parts[0] if expr.kind == "call" else expr
    if given.kind != "member" or given.text not in ("value", "gas"):
        return False
    return given.parts[0].kind == "member" and given.parts[0].text in LOW_LEVEL


def dropped_in_assembly(statement: Stmt) -> Iterator[tuple[int, str]]:
    """(line, code) of calls in assembly whose result is popped, or named and not used again."""
    words: Counter[str] | None = None
    for found in _YUL_CALL.finditer(statement.text):
        words = words or Counter(re.findall(r"\w+", statement.text))
        if not found["name"] or words[found["name"]] == 1:
            yield statement.line + statement.text.count("\n", 0, found.start()), found[0]


def is_low_level(expr: Expr) -> bool:
    if expr.kind != "call":
        return False
    callee = expr.callee
    if callee.kind != "member" or (expr.parts[0].kind == "member" and expr.parts[0].text in ("value", "gas")):
        return False
    return callee.text in LOW_LEVEL or (callee.text == "send" and len(expr.arguments) == 1)
