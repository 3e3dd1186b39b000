"""Solidity text to what it declares; broken parts are left out and noted."""

from __future__ import annotations

import re
import time
import warnings
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from models.blockchain.contracts.source.comments import without_comments
from models.blockchain.contracts.source.declarations import Contract, Function, SourceUnit
from models.blockchain.contracts.source.expressions import expression
from models.blockchain.contracts.source.nodes import field_of, line_of, named, text_of
from models.blockchain.contracts.source.statements import VISIBILITIES, statements, variable
from models.blockchain.contracts.source.syntax import Expr

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_MAX_ERRORS = 10
_MAX_MODIFIERS = 32
_MAX_SECONDS = 8.0
"""Of CPU for tree-sitter: a megabyte of Solidity takes about one."""
_CHUNK = 65_536
"""Bytes that a callback hands over at once; shorter texts cannot take long."""
_MAX_TOKENS = 500_000
"""Words and signs, each of which takes up to a kilobyte; two megabytes of ordinary Solidity have fewer."""
_MAX_CLOSED = 100
_TOKEN = re.compile(r"\w+|[^\w\s]")
_PRAGMA = re.compile(r"pragma\s++solidity\s++([^;]{0,80});")
_CONTRACTS = {f"{kind}_declaration": kind for kind in ("contract", "interface", "library")}
_MUTABILITIES = {"payable", "view", "pure", "constant"}


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
    text, notes = _bounded(without_comments(text))
    root = _tree(text.encode("utf-8", "replace"))
    if root is None:
        return SourceUnit([], "", 1, ["the text is too broken to be read as Solidity"])
    pragma = _PRAGMA.search(text)
    return SourceUnit(
        contracts=[_contract(node) for node in root.named_children if node.type in _CONTRACTS],
        pragma=pragma[1].strip() if pragma else "",
        pragma_line=text.count("\n", 0, pragma.start()) + 1 if pragma else 1,
        notes=notes + _errors(root),
    )


def _bounded(text: str) -> tuple[str, list[str]]:
    """As much of a text as can be read, and a note where that is not all."""
    tokens = _TOKEN.finditer(text) if len(text) > _MAX_TOKENS else iter(())
    beyond = next(islice(tokens, _MAX_TOKENS, None), None)
    if beyond is None:
        return text, []
    kept = text[: beyond.start()]
    line, open_ = kept.count("\n") + 1, kept.count("{") - kept.count("}")
    note = f"line {line}: the first {_MAX_TOKENS:,} words and signs are read, the rest is not"
    return kept + "}" * min(open_, _MAX_CLOSED), [note]


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


def _contract(node: Node) -> Contract:
    made = Contract(field_of(node, "name"), _CONTRACTS[node.type], line_of(node))
    made.abstract = any(child.type == "abstract" for child in node.children)
    for specifier in named(node, "inheritance_specifier"):
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
            contract.variables.append(variable(node))
        case "struct_declaration":
            body = node.child_by_field_name("body")
            members = [variable(member) for member in named(body, "struct_member")] if body else []
            contract.structs[field_of(node, "name")] = members
        case "enum_declaration":
            contract.enums.append(field_of(node, "name"))
        case "function_definition" | "modifier_definition" | "constructor_definition" | "fallback_receive_definition":
            contract.functions.append(_function(node, contract.name))
        case _:
            pass


def _function(node: Node, contract: str) -> Function:
    name, kind = field_of(node, "name"), node.type.removesuffix("_definition")
    if kind == "fallback_receive":
        kind = "receive" if text_of(node).startswith("receive") else "fallback"
    words = {text_of(child) for child in node.children if child.type in {"visibility", "state_mutability"}}
    words |= {child.type for child in node.children if not child.is_named}
    body = node.child_by_field_name("body")
    returned = next(named(node, "return_type_definition"), None)
    modifiers = [_modifier(child) for child in islice(named(node, "modifier_invocation"), _MAX_MODIFIERS)]
    words |= {call.parts[0].text for call in modifiers} & {"constant"}  # no word of the grammar's, but one before 0.5
    mutability = next(iter(words & _MUTABILITIES), "")
    return Function(
        name=name,
        kind=kind,
        line=line_of(node),
        parameters=[variable(child) for child in named(node, "parameter")],
        returns=[variable(child) for child in named(returned, "parameter")] if returned else [],
        visibility=next(iter(words & VISIBILITIES), ""),
        mutability="view" if mutability == "constant" else mutability,
        modifiers=[call for call in modifiers if call.parts[0].text != "constant"],
        body=statements(body, 0) if body else None,
        contract=contract,
    )


def _modifier(node: Node) -> Expr:
    names = [child for child in node.named_children if child.type != "call_argument"]
    arguments = [expression(child) for child in named(node, "call_argument")]
    callee = Expr("name", line_of(node), text_of(names[0]) if names else "")
    return Expr("call", line_of(node), "", [callee, *arguments])
