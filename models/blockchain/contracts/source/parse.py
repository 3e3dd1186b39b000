"""Solidity text to syntax tree: declarations and statements; broken parts are left out and noted."""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from models.blockchain.contracts.source.comments import without_comments
from models.blockchain.contracts.source.expressions import expression, line_of, text_of
from models.blockchain.contracts.source.syntax import Contract, Expr, Function, SourceUnit, Stmt, Variable

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MAX_NESTING = 80
_MAX_ERRORS = 10
_MAX_MODIFIERS = 32
_MAX_SECONDS = 8.0
"""Of CPU for tree-sitter: a megabyte of Solidity takes about one."""
_CHUNK = 65_536
"""Bytes that a callback hands over at once; shorter texts cannot take long."""
_PRAGMA = re.compile(r"pragma\s++solidity\s++([^;]{0,80});")
_CONTRACTS = {f"{kind}_declaration": kind for kind in ("contract", "interface", "library")}
_MUTABILITIES = {"payable", "view", "pure", "constant"}
_VISIBILITIES = {"public", "private", "internal", "external"}


@cache
def _parser() -> Parser:
    import tree_sitter_solidity
    from tree_sitter import Language, Parser

    with warnings.catch_warnings():
        # tree-sitter-solidity 1.2 hands its grammar over as a number, which tree-sitter 0.25 calls deprecated
        warnings.simplefilter("ignore", DeprecationWarning)
        return Parser(Language(tree_sitter_solidity.language()))


def parse(text: str) -> SourceUnit:
    """The contracts of a text, in order."""
    text = without_comments(text)
    root = _tree(text.encode("utf-8", "replace"))
    if root is None:
        return SourceUnit([], "", 1, ["the text is too broken to be read as Solidity"])
    pragma = _PRAGMA.search(text)
    return SourceUnit(
        contracts=[_contract(node) for node in root.named_children if node.type in _CONTRACTS],
        pragma=pragma[1].strip() if pragma else "",
        pragma_line=text.count("\n", 0, pragma.start()) + 1 if pragma else 1,
        notes=_errors(root),
    )


def _tree(source: bytes) -> Node | None:
    """The tree's root; None where mending a broken text takes too long, which tree-sitter does in C without end.

    Only a text that is read by a callback can be given up; its nodes then lack their text, so that it is read again as
    bytes, which takes the first tree over.
    """
    parser, end = _parser(), time.process_time() + _MAX_SECONDS
    if len(source) <= _CHUNK:
        return parser.parse(source).root_node
    try:
        first = parser.parse(
            lambda at, _: source[at : at + _CHUNK], progress_callback=lambda *_: time.process_time() > end
        )
    except ValueError:  # given up
        parser.reset()
        return None
    return parser.parse(source, first).root_node


def _errors(root: Node) -> list[str]:
    """Lines that could not be read."""
    lines: list[int] = []
    waiting = [root] if root.has_error else []
    while waiting and len(lines) < _MAX_ERRORS:
        node = waiting.pop()
        if node.type == "ERROR" or node.is_missing:
            lines.append(line_of(node))
        else:
            waiting.extend(child for child in reversed(node.children) if child.has_error or child.is_missing)
    return [f"line {line}: could not be read as Solidity and was left out" for line in dict.fromkeys(lines)]


def _named(node: Node, *types: str) -> Iterator[Node]:
    return (child for child in node.named_children if child.type in types)


def _field(node: Node, name: str) -> str:
    child = node.child_by_field_name(name)
    return text_of(child) if child else ""


def _contract(node: Node) -> Contract:
    made = Contract(_field(node, "name"), _CONTRACTS[node.type], line_of(node))
    made.abstract = any(child.type == "abstract" for child in node.children)
    for specifier in _named(node, "inheritance_specifier"):
        ancestor = specifier.child_by_field_name("ancestor")
        if ancestor:
            made.bases.append(text_of(ancestor).split(".")[-1])
    body = node.child_by_field_name("body")
    for child in body.named_children if body else []:
        _add_member(made, child)
    return made


def _add_member(contract: Contract, node: Node) -> None:
    match node.type:
        case "state_variable_declaration":
            contract.variables.append(_variable(node))
        case "struct_declaration":
            body = node.child_by_field_name("body")
            members = [_variable(member) for member in _named(body, "struct_member")] if body else []
            contract.structs[_field(node, "name")] = members
        case "enum_declaration":
            contract.enums.append(_field(node, "name"))
        case "function_definition" | "modifier_definition" | "constructor_definition" | "fallback_receive_definition":
            contract.functions.append(_function(node, contract.name))
        case _:
            pass


def _variable(node: Node) -> Variable:
    words = {child.type if not child.is_named else text_of(child) for child in node.children}
    value = node.child_by_field_name("value")
    return Variable(
        name=_field(node, "name"),
        type=" ".join(_field(node, "type").split()),
        line=line_of(node),
        location=_field(node, "location"),
        visibility=next(iter(words & _VISIBILITIES), ""),
        constant=bool(words & {"constant", "immutable"}),
        value=expression(value) if value else None,
    )


def _function(node: Node, contract: str) -> Function:
    name, kind = _field(node, "name"), node.type.removesuffix("_definition")
    if kind == "fallback_receive":
        kind = "receive" if text_of(node).startswith("receive") else "fallback"
    words = {text_of(child) for child in node.children if child.type in {"visibility", "state_mutability"}}
    words |= {child.type for child in node.children if not child.is_named}
    body = node.child_by_field_name("body")
    returned = next(_named(node, "return_type_definition"), None)
    modifiers = [_modifier(child) for child in islice(_named(node, "modifier_invocation"), _MAX_MODIFIERS)]
    words |= {call.parts[0].text for call in modifiers} & {"constant"}  # no word of the grammar's, but one before 0.5
    mutability = next(iter(words & _MUTABILITIES), "")
    return Function(
        name=name,
        kind=kind,
        line=line_of(node),
        parameters=[_variable(child) for child in _named(node, "parameter")],
        returns=[_variable(child) for child in _named(returned, "parameter")] if returned else [],
        visibility=next(iter(words & _VISIBILITIES), ""),
        mutability="view" if mutability == "constant" else mutability,
        modifiers=[call for call in modifiers if call.parts[0].text != "constant"],
        body=statements(body, 0) if body else None,
        contract=contract,
    )


def _modifier(node: Node) -> Expr:
    names = [child for child in node.named_children if child.type != "call_argument"]
    arguments = [expression(child) for child in _named(node, "call_argument")]
    callee = Expr("name", line_of(node), text_of(names[0]) if names else "")
    return Expr("call", line_of(node), "", [callee, *arguments])


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
            arguments = [expression(child) for child in _named(node, "call_argument")]
            call = Expr("call", line, "", [expression(node.child_by_field_name("name")), *arguments])
            return Stmt("emit", line, [call])
        case "revert_statement":
            given = [expression(child) for part in _named(node, "revert_arguments") for child in part.named_children]
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
    variables = [_variable(child) for child in _named(node, "variable_declaration")]
    for group in _named(node, "variable_declaration_tuple"):
        variables += [_variable(child) for child in _named(group, "variable_declaration")]
        variables += [Variable(text_of(child), "var", line) for child in _named(group, "identifier")]
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
    for clause in _named(node, "catch_clause"):
        body = clause.child_by_field_name("body")
        bodies.append(statements(body, depth) if body else [])
    return Stmt("try", line, [expression(node.child_by_field_name("attempt"))], bodies)
