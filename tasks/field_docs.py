"""The docstrings that stand below the fields of a model or typed dictionary, read when a schema is made.

pydantic can take them itself (`use_attribute_docstrings`), but does so whenever a class is made: every process would
read and parse the source of every operation, a quarter of a second, for texts that only schemas show.
"""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from itertools import pairwise

from schemas.base import Wire

Docs = dict[str, str]


def own_docs(kind: type) -> Docs:
    """What its class body says of each field, by the field's name in Python."""
    return _module_docs(kind.__module__).get(kind.__qualname__, {})


def docs_of(model: type[Wire]) -> Docs:
    """The same with what its bases say of the fields that it does not declare anew."""
    docs: Docs = {}
    for base in (kind for kind in reversed(model.__mro__) if issubclass(kind, Wire)):
        declared = inspect.get_annotations(base)
        docs = {name: text for name, text in docs.items() if name not in declared} | own_docs(base)
    return docs


@cache
def _module_docs(module: str) -> dict[str, Docs]:
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, TypeError, KeyError):  # no source: built in, or made while running
        return {}
    return {node.name: _class_docs(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _class_docs(node: ast.ClassDef) -> Docs:
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(node.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
