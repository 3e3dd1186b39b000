"""The condition language of the rules: read with Python's own parser, run without eval, unknown facts stay unknown.

    gas_price_gwei > 20 * base_fee_gwei and not is_contract_creation
    "sanctions" in listed

Names are facts. Numbers, texts, `true` and `false`; `+ - * /`; comparisons, also chained; `in` and `not in`; `and`,
`or`, `not`. A fact that is not known makes a comparison unknown, and the three-valued logic of Kleene ("Introduction
to Metamathematics", 1952) carries that on: false and unknown is false, true or unknown is true. Only what is true
fires a rule.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

Facts = Mapping[str, Any]
Term = Callable[[Facts], Any]
_LONGEST = 1000
_CONSTANTS = {"true": True, "false": False}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda item, many: item in many,
    ast.NotIn: lambda item, many: item not in many,
}


class BadCondition(ValueError):
    """The text is not a condition; the message says where and why."""


class Condition:
    """A compiled condition: call it with facts; `names` are the facts that it asks for."""

    def __init__(self, text: str) -> None:
        if len(text) > _LONGEST:
            raise BadCondition(f"longer than {_LONGEST} characters")
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise BadCondition(f"not an expression: {error}") from None
        self.names = frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)) - _CONSTANTS.keys()
        self._term = _compile(tree)

    def __call__(self, facts: Facts) -> bool | None:
        """True, False, or None where too little is known."""
        value = self._term(facts)
        return None if value is None else bool(value)


def _compile(node: ast.expr) -> Term:
    match node:
        case ast.Name(id=name):
            return (lambda facts: _CONSTANTS[name]) if name in _CONSTANTS else (lambda facts: facts.get(name))
        case ast.Constant(value=value) if isinstance(value, bool | int | float | str):
            return lambda facts: value
        case ast.BoolOp(op=op, values=values):
            return _logic([_compile(value) for value in values], deciding=isinstance(op, ast.Or))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _lifted(operator.not_, _compile(operand))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _lifted(operator.neg, _compile(operand))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            return _lifted(_of_numbers(_ARITHMETIC[type(op)]), _compile(left), _compile(right))
        case ast.Compare(left=left, ops=ops, comparators=others):
            return _comparison([_compile(term) for term in (left, *others)], ops)
    raise BadCondition(f"{ast.unparse(node)[:80]!r} is not part of the language")


def _of_numbers(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Python would also multiply texts, without end."""

    def apply(left: Any, right: Any) -> Any:
        return function(left, right) if isinstance(left, int | float) and isinstance(right, int | float) else None

    return apply


def _lifted(function: Callable[..., Any], *terms: Term) -> Term:
    """The function of terms, unknown where one of them is, or where it has no answer for such values."""

    def apply(facts: Facts) -> Any:
        values = [term(facts) for term in terms]
        if None in values:
            return None
        try:
            return function(*values)
        except (TypeError, ArithmeticError):
            return None

    return apply


def _logic(terms: list[Term], *, deciding: bool) -> Term:
    """`or` where True decides, `and` where False does; else unknown if any term is."""

    def apply(facts: Facts) -> Any:
        unknown = False
        for term in terms:
            value = term(facts)
            if value is None:
                unknown = True
            elif bool(value) is deciding:
                return deciding
        return None if unknown else not deciding

    return apply


def _comparison(terms: list[Term], operators: list[ast.cmpop]) -> Term:
    """A chain `a < b < c` means a < b and b < c."""
    for kind in operators:
        if type(kind) not in _COMPARISONS:
            raise BadCondition(f"{type(kind).__name__} is not part of the language")
    links = [
        _lifted(_COMPARISONS[type(kind)], left, right)
        for left, kind, right in zip(terms, operators, terms[1:], strict=False)
    ]
    return links[0] if len(links) == 1 else _logic(links, deciding=False)
