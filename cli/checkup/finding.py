"""What a look at one thing finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """One line of the doctor: how it is, and where it is not well, the command that mends it."""

    level: Level
    what: str
    said: str
    mend: str = ""

    def __str__(self) -> str:
        line = f"{self.level:<5} {self.what:<14} {self.said}"
        return line + (f"\n      {'':<14} mend it: {self.mend}" if self.mend else "")


Check = Callable[[], Iterable[Finding]]


def findings(what: str, check: Check) -> list[Finding]:
    """What a check finds; one that cannot look at all has found that."""
    try:
        return list(check())
    except Exception as error:  # noqa: BLE001  # a doctor goes on to the next organ, whatever is wrong with this one
        return [Finding("fail", what, f"{type(error).__name__}: {error}")]
