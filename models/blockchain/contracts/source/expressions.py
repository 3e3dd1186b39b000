"""Expressions of tree-sitter's tree, put right.

tree-sitter-solidity 1.2 binds `.member`, `[index]`, `(...)` and `{...}` to a whole unary, binary or ternary expression
before them: `!a.send(x)` becomes `(!a).send(x)`, `a == b.c()` becomes `(a == b).c()`. Here they move to the rightmost
operand, where the language puts them, and binary operators are ordered again by their precedence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from models.blockchain.contracts.source.nodes import line_of, text_of
from models.blockchain.contracts.source.syntax import Expr

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH = 80
_MAX_UNKNOWN_TEXT = 200
_WRAPPERS = {"expression", "call_argument", "statement", "payable_conversion_expression"}
_PRECEDENCE = {
    operator: level
    for level, operators in enumerate(
        ("||", "&&", "== !=", "< > <= >=", "|", "^", "&", "<< >> >>>", "+ -", "* / %", "**"), start=1
    )
    for operator in operators.split()
}


def expression(node: Node | None, depth: int = 0) -> Expr:
    """The expression of a node; `unknown` where it is broken or nested too deeply."""
    if node is None:
        return Expr("unknown", 0)
    while node.type in _WRAPPERS and node.named_child_count == 1 and node.type != "payable_conversion_expression":
        node = node.named_children[0]
    make = _MAKERS.get(node.type)
    if make is None or depth > MAX_DEPTH:
        return Expr("unknown", line_of(node), text_of(node)[:_MAX_UNKNOWN_TEXT])
    return make(node, depth + 1)


def _name(node: Node, depth: int) -> Expr:
    return Expr("name", line_of(node), text_of(node))


def _literal(node: Node, depth: int) -> Expr:
    return Expr("literal", line_of(node), text_of(node))


def _enclosed(node: Node, depth: int) -> Expr:
    inner = expression(node.named_children[0] if node.named_children else None, depth)
    inner.enclosed = True
    return inner


def _postfix(target: Expr, build: Callable[[Expr], Expr]) -> Expr:
    """Apply a postfix form to the rightmost operand of what precedes it."""
    if not target.enclosed and target.kind in ("unary", "binary", "ternary", "assign"):
        target.parts[-1] = _postfix(target.parts[-1], build)
        return target
    return build(target)


def _member(node: Node, depth: int) -> Expr:
    line, name = line_of(node), text_of(node.child_by_field_name("property") or node)
    target = expression(node.child_by_field_name("object"), depth)
    return _postfix(target, lambda inner: Expr("member", line, name, [inner]))


def _index(node: Node, depth: int) -> Expr:
    line = line_of(node)
    index = [expression(child, depth) for child in node.children_by_field_name("index")]
    target = expression(node.child_by_field_name("base"), depth)
    return _postfix(target, lambda inner: Expr("index", line, "", [inner, *index]))


def _call(node: Node, depth: int) -> Expr:
    line = line_of(node)
    given = [child for child in node.named_children if child.type == "call_argument"]
    arguments = [expression(child, depth) for child in given]
    target = expression(node.child_by_field_name("function"), depth)
    return _postfix(target, lambda inner: Expr("call", line, "", [inner, *arguments]))


def _options(node: Node, depth: int) -> Expr:
    line = line_of(node)
    pairs = [child for child in node.named_children if child.type == "struct_field_assignment"]
    labels = tuple(text_of(name) for pair in pairs if (name := pair.child_by_field_name("name")))
    values = [expression(pair.child_by_field_name("value"), depth) for pair in pairs]
    target = expression(node.child_by_field_name("type"), depth)
    return _postfix(target, lambda inner: Expr("options", line, "", [inner, *values], labels))


def _operator(node: Node, default: str = "") -> str:
    found = node.child_by_field_name("operator")
    return text_of(found) if found else default


def _unary(node: Node, depth: int) -> Expr:
    operand = expression(node.child_by_field_name("argument"), depth)
    operator = _operator(node)
    if operand.kind in ("binary", "ternary") and not operand.enclosed:
        operand.parts[0] = Expr("unary", line_of(node), operator, [operand.parts[0]])
        return operand
    return Expr("unary", line_of(node), operator, [operand])


def _binary(node: Node, depth: int) -> Expr:
    left = expression(node.child_by_field_name("left"), depth)
    right = expression(node.child_by_field_name("right"), depth)
    return _ordered(Expr("binary", line_of(node), _operator(node), [left, right]))


def _ordered(made: Expr) -> Expr:
    """Turn `(a && b) > c` that nobody wrote with parentheses into `a && (b > c)`."""
    left = made.parts[0]
    loose = left.kind == "binary" and not left.enclosed
    if loose and _PRECEDENCE.get(left.text, 0) < _PRECEDENCE.get(made.text, 0):
        inner = _ordered(Expr("binary", left.line, made.text, [left.parts[1], made.parts[1]]))
        return Expr("binary", left.line, left.text, [left.parts[0], inner])
    return made


def _assign(node: Node, depth: int) -> Expr:
    sides = [expression(node.child_by_field_name(side), depth) for side in ("left", "right")]
    operator = "=" if node.type == "assignment_expression" else _augmented(node)
    return Expr("assign", line_of(node), operator, sides)


def _augmented(node: Node) -> str:
    return next((child.type for child in node.children if child.type.endswith("=")), "+=")


def _update(node: Node, depth: int) -> Expr:
    return Expr("unary", line_of(node), _operator(node), [expression(node.child_by_field_name("argument"), depth)])


def _many(kind: str) -> Callable[[Node, int], Expr]:
    def make(node: Node, depth: int) -> Expr:
        parts = [expression(child, depth) for child in node.named_children]
        if kind == "ternary" and len(parts) != 3:
            return Expr("unknown", line_of(node), text_of(node)[:_MAX_UNKNOWN_TEXT])
        if kind == "tuple" and len(parts) == 1:
            parts[0].enclosed = True
            return parts[0]
        return Expr(kind, line_of(node), "", parts)

    return make


def _new(node: Node, depth: int) -> Expr:
    return Expr("new", line_of(node), text_of(node.child_by_field_name("name") or node))


def _cast(node: Node, depth: int) -> Expr:
    given = [child for child in node.named_children if child.type in ("call_argument", "expression")]
    kind = next((text_of(child) for child in node.named_children if child.type == "primitive_type"), "payable")
    value = expression(given[0], depth) if given else Expr("unknown", line_of(node))
    return Expr("cast", line_of(node), kind, [value])


_MAKERS: dict[str, Callable[[Node, int], Expr]] = {
    "identifier": _name,
    "primitive_type": _name,
    "user_defined_type": _name,
    "number_literal": _literal,
    "boolean_literal": _literal,
    "string_literal": _literal,
    "hex_string_literal": _literal,
    "unicode_string_literal": _literal,
    "parenthesized_expression": _enclosed,
    "member_expression": _member,
    "array_access": _index,
    "slice_access": _index,
    "call_expression": _call,
    "struct_expression": _options,
    "unary_expression": _unary,
    "update_expression": _update,
    "binary_expression": _binary,
    "assignment_expression": _assign,
    "augmented_assignment_expression": _assign,
    "ternary_expression": _many("ternary"),
    "tuple_expression": _many("tuple"),
    "inline_array_expression": _many("tuple"),
    "new_expression": _new,
    "type_cast_expression": _cast,
    "payable_conversion_expression": _cast,
    "meta_type_expression": _literal,
}
