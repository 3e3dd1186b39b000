"""Statements of tree-sitter's tree, and the variables that they and others declare."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from models.blockchain.contracts.source.expressions import expression
from models.blockchain.contracts.source.nodes import field_of, line_of, named, text_of
from models.blockchain.contracts.source.syntax import Expr, Stmt, Variable

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_NESTING = 80
_MAPPED_NAME = re.compile(r"([\w.\])]) (?!payable\b)\w+(?= ?(?:=>|\)))")
VISIBILITIES = {"public", "private", "internal", "external"}


def variable(node: Node) -> Variable:
    """A state variable, parameter, struct member or local variable."""
    words = {child.type if not child.is_named else text_of(child) for child in node.children}
    value = node.child_by_field_name("value")
    return Variable(
        name=field_of(node, "name"),
        type=_type(field_of(node, "type")),
        line=line_of(node),
        location=field_of(node, "location"),
        visibility=next(iter(words & VISIBILITIES), ""),
        constant=bool(words & {"constant", "immutable"}),
        value=expression(value) if value else None,
    )


def _type(text: str) -> str:
    """A type in one line, without the names that keys and values of mappings may have since Solidity 0.8.18."""
    kind = " ".join(text.split())
    return _MAPPED_NAME.sub(r"\1", kind) if kind.startswith("mapping") else kind


def statements(node: Node, depth: int) -> list[Stmt]:
    """The statements of a body; nothing below MAX_NESTING levels."""
    if depth > MAX_NESTING:
        return []
    return [made for child in node.named_children if (made := _statement(child, depth + 1))]


def _statement(node: Node, depth: int) -> Stmt | None:
    if node.type == "statement":
        return _statement(node.named_children[0], depth) if node.named_children else None
    line = line_of(node)
    match node.type:
        case "expression_statement":
            return _plain(node, line)
        case "variable_declaration_statement":
            return _declaration(node, line)
        case "if_statement":
            bodies = [_body(child, depth) for child in node.children_by_field_name("body")]
            return Stmt("if", line, [expression(node.child_by_field_name("condition"))], bodies)
        case "for_statement" | "while_statement" | "do_while_statement":
            return _loop(node, line, depth)
        case "return_statement":
            return Stmt("return", line, [expression(child) for child in node.named_children])
        case "emit_statement":
            arguments = [expression(child) for child in named(node, "call_argument")]
            call = Expr("call", line, "", [expression(node.child_by_field_name("name")), *arguments])
            return Stmt("emit", line, [call])
        case "revert_statement":
            given = [expression(child) for part in named(node, "revert_arguments") for child in part.named_children]
            return Stmt("revert", line, given)
        case "try_statement":
            return _try(node, line, depth)
        case "block_statement":
            word = "unchecked" if any(child.type == "unchecked" for child in node.children) else ""
            return Stmt("block", line, [], [statements(node, depth)], text=word)
        case "assembly_statement":
            return Stmt("assembly", line, text=text_of(node))
        case "break_statement" | "continue_statement":
            return Stmt("jump", line)
        case _:
            return None


def _plain(node: Node, line: int) -> Stmt:
    inner = expression(node.named_children[0] if node.named_children else None)
    if inner.kind == "name" and inner.text in ("throw", "_"):
        return Stmt("revert" if inner.text == "throw" else "hole", line)
    if inner.kind == "call" and str(inner.callee) == "revert":
        return Stmt("revert", line, inner.arguments)
    return Stmt("expr", line, [inner])


def _declaration(node: Node, line: int) -> Stmt:
    value = node.child_by_field_name("value")
    variables = [variable(child) for child in named(node, "variable_declaration")]
    for group in named(node, "variable_declaration_tuple"):
        variables += [variable(child) for child in named(group, "variable_declaration")]
        variables += [Variable(text_of(child), "var", line) for child in named(group, "identifier")]
    return Stmt("declare", line, [expression(value)] if value else [], [], variables)


def _loop(node: Node, line: int, depth: int) -> Stmt:
    initial = node.child_by_field_name("initial")
    made = Stmt("loop", line)
    made.expressions = [expression(_inside(node.child_by_field_name("condition")))]
    if update := node.child_by_field_name("update"):
        made.expressions.append(expression(update))
    start = _statement(initial, depth) if initial else None
    body = node.child_by_field_name("body")
    made.bodies = [[start] if start else [], _body(body, depth) if body else []]
    return made


def _inside(node: Node | None) -> Node | None:
    if node is not None and node.type == "expression_statement":
        return node.named_children[0] if node.named_children else None
    return node


def _body(node: Node, depth: int) -> list[Stmt]:
    made = _statement(node, depth + 1) if depth <= MAX_NESTING else None
    if made is None:
        return []
    return made.bodies[0] if made.kind == "block" and not made.text else [made]


def _try(node: Node, line: int, depth: int) -> Stmt:
    bodies = [statements(body, depth) for body in node.children_by_field_name("body")]
    for clause in named(node, "catch_clause"):
        body = clause.child_by_field_name("body")
        bodies.append(statements(body, depth) if body else [])
    return Stmt("try", line, [expression(node.child_by_field_name("attempt"))], bodies)
