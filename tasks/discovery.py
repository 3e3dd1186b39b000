"""Finds every operation: each file of tasks/<domain>/ is one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import tasks
from foundation.errors import UnknownOperation
from tasks.operation import REGISTRY, IncompleteOperation, Operation

_ROOT = Path(tasks.__file__).parent


@cache
def discover() -> Mapping[str, Operation]:
    """Import every operation file and return the table by name, in alphabetical order.

    Raises IncompleteOperation where a file declares none, or one that lacks something.
    """
    importlib.import_module("tasks.ping")
    for domain in sorted(p.name for p in _ROOT.iterdir() if (p / "__init__.py").exists()):
        package = importlib.import_module(f"tasks.{domain}")
        for module in pkgutil.iter_modules(package.__path__):
            name = f"tasks.{domain}.{module.name}"
            importlib.import_module(name)
            expected = f"{domain}.{module.name}".replace("_", "-")
            if expected not in REGISTRY:
                raise IncompleteOperation(f"{name} declares no operation {expected}: decorate one function")
    return dict(sorted(REGISTRY.items()))


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
