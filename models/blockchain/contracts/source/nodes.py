"""What is asked of the nodes of tree-sitter's tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node


def line_of(node: Node) -> int:
    return int(node.start_point[0]) + 1


def text_of(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def named(node: Node, *types: str) -> Iterator[Node]:
    """Its children of some types."""
    return (child for child in node.named_children if child.type in types)


def field_of(node: Node, name: str) -> str:
    """The text of a field of the grammar, or nothing."""
    child = node.child_by_field_name(name)
    return text_of(child) if child else ""
