"""How a CatBoost fit is told of to its caller, and ended by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from foundation.errors import SobaError


class Stopper:
    """A CatBoost callback that tells the share that is done, and ends the fit when `tell` raises.

    The error is kept in `error` for the caller to raise: an exception must not cross CatBoost's own loop.
    """

    def __init__(self, tell: Callable[[float], None], iterations: int) -> None:
        self._tell, self._iterations = tell, iterations
        self.error: SobaError | None = None

    def after_iteration(self, info: Any) -> bool:
        try:
            self._tell(min(info.iteration / self._iterations, 1.0))
        except SobaError as error:
            self.error = error
        return self.error is None
