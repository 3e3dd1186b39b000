"""A rest for the garbage collector where many objects are made and none refers to itself."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """No collection while the block runs: it would look at each of a million parsed values again and again.

    Nor right after it: what was made counts as old from then on, and is looked at when old objects are.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():  # what a process has frozen stays so
                gc.freeze()
                gc.unfreeze()
            gc.enable()
