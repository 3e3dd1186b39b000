"""Finds every operation: each file of tasks/<domain>/ is one."""

from __future__ import annotations

import importlib
import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import tasks
from foundation.errors import UnknownOperation
from tasks.operation import REGISTRY, IncompleteOperation, Operation

_ROOT = Path(tasks.__file__).parent
_QUEUE = re.compile(r"""queue=["'](\w+)["']""")


@cache
def discover(*queues: str) -> Mapping[str, Operation]:
    """Import the operation files of these queues (of all where none is named) and return the table by name.

    It is in alphabetical order, and holds besides whatever else has been imported. Raises IncompleteOperation where a
    file declares no operation, or one that lacks something.
    """
    importlib.import_module("tasks.ping")
    for domain in sorted(p.name for p in _ROOT.iterdir() if (p / "__init__.py").exists()):
        for file in sorted((_ROOT / domain).glob("[!_]*.py")):
            if not queues or _may_serve(file, queues):
                _import(domain, file.stem)
    return dict(sorted(REGISTRY.items()))


def _may_serve(file: Path, queues: Collection[str]) -> bool:
    """Whether the queue that the file's text names is one of these; where it names none, it may be any."""
    named = _QUEUE.findall(file.read_text())
    return not named or any(queue in queues for queue in named)


def _import(domain: str, stem: str) -> None:
    name = f"tasks.{domain}.{stem}"
    importlib.import_module(name)
    expected = f"{domain}.{stem}".replace("_", "-")
    if expected not in REGISTRY:
        raise IncompleteOperation(f"{name} declares no operation {expected}: decorate one function")


def find(name: str) -> Operation:
    """The operation of this name; raises UnknownOperation with near names where there is none.

    Only its own file is imported where there is one: a command line that calls one operation starts faster.
    """
    domain, _, stem = name.replace("-", "_").partition(".")
    if name.isascii() and (_ROOT / domain / f"{stem}.py").is_file() and stem.isidentifier() and domain.isidentifier():
        importlib.import_module(f"tasks.{domain}.{stem}")
        if name in REGISTRY:
            return REGISTRY[name]
    table = discover()
    if name in table:
        return table[name]
    near = get_close_matches(name, table, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise UnknownOperation(f"no operation {name[:80]!r}{hint}")
