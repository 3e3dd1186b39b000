"""How often, how much, with how many: sliding windows in Redis over what moved lately.

Each subject (a wallet, a counterparty, a token, an IP address) has a ring of buckets, so that a window costs the same
however busy the subject is, and the last time of each other party. Memory is bounded: at most 66 buckets and
`MEMBERS` parties a subject, gone 31 days after the last transaction. A window of n buckets ends with the bucket of the
transaction itself, so it reaches back over its length less at most one bucket.

One transaction is one atomic script: a worker killed before it has counted nothing, one killed after it has counted
once, and the retry finds the marker. All transactions of a batch travel in one pipeline.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from redis import Redis

log = logging.getLogger(__name__)
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
TIERS = ((5 * SECOND, 12), (5 * MINUTE, 12), (2 * HOUR, 12), (DAY, 30))
"""Width of a bucket in ms, and how many of them a ring holds."""


class Window(NamedTuple):
    """The last `buckets` buckets of tier `tier` (1-based, as Lua counts)."""

    tier: int
    buckets: int

    @property
    def length(self) -> int:
        return TIERS[self.tier - 1][0] * self.buckets


WINDOWS = {"1m": Window(1, 12), "1h": Window(2, 12), "1d": Window(3, 12), "7d": Window(4, 7), "30d": Window(4, 30)}
KINDS = ("wallet", "counterparty", "token", "ip")
STATISTICS = ("count", "sum", "distinct")
FACTS = tuple(f"{kind}_{stat}_{window}" for kind in KINDS for stat in STATISTICS for window in WINDOWS)
"""Names under which rules ask for the windows."""
MEMBERS = 2000
_KEPT = 31 * DAY
_COUNTED = DAY
_AHEAD = MINUTE
_PAUSE = 2.0
_SCRIPT = Path(__file__).with_suffix(".lua").read_text(encoding="utf-8")
_SHA = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()
_FIXED = [len(TIERS), *(n for tier in TIERS for n in tier), len(WINDOWS)]
_FIXED += [n for window in WINDOWS.values() for n in (*window, window.length)]


class Subject(NamedTuple):
    """What is counted under `kind` and `name`, and with whom."""

    kind: str
    name: str
    amount: float
    other: str | None


@dataclass(frozen=True)
class Movement:
    """One transaction; it is counted once for each `id`, within a day."""

    id: str
    at: int
    """Epoch milliseconds; a minute ahead of now and 30 days behind at most, else taken as that."""
    subjects: tuple[Subject, ...]
    repayment: tuple[str, str] | None = None
    """(payer, payee): asks when the payer last paid the payee."""


@dataclass(frozen=True)
class Moved:
    """What the windows hold at the transaction's time, itself included."""

    windows: dict[str, dict[str, dict[str, float]]]
    """Kind -> window -> count, sum, distinct."""
    counted: bool
    """False where this transaction had been counted before."""
    repaid_after_minutes: float | None
    """Since the payee of this transaction last paid its payer, within a month."""

    def facts(self) -> dict[str, float]:
        repaid = {} if self.repaid_after_minutes is None else {"repaid_after_minutes": self.repaid_after_minutes}
        return repaid | {
            f"{kind}_{statistic}_{window}": value
            for kind, windows in self.windows.items()
            for window, statistics in windows.items()
            for statistic, value in statistics.items()
        }


class Velocity:
    """The windows below `prefix` in a Redis; after a failure it is left alone for two seconds."""

    def __init__(
        self, redis: Redis, prefix: str = "soba:fraud:velocity", clock: Callable[[], float] = time.time
    ) -> None:
        self._redis, self._prefix, self._clock = redis, prefix, clock
        self._resting_until = 0.0

    def observe(self, movements: Sequence[Movement]) -> list[Moved] | None:
        """Count each movement and read its windows, in one round trip; None where Redis does not answer in time."""
        from redis.exceptions import RedisError

        if time.monotonic() < self._resting_until:
            return None
        now = int(self._clock() * 1000)
        try:
            return self._observe(movements, now)
        except (RedisError, OSError) as error:
            self._resting_until = time.monotonic() + _PAUSE
            log.warning("velocity: no answer from Redis: %s", error)
            return None

    def _observe(self, movements: Sequence[Movement], now: int) -> list[Moved]:
        from redis.exceptions import NoScriptError

        answers = self._send(movements, now)
        if any(isinstance(answer, NoScriptError) for answer in answers):
            self._redis.script_load(_SCRIPT)
            answers = self._send(movements, now)
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        pairs = zip(answers[::2], answers[1::2], strict=True)
        return [_read(movement, *pair) for movement, pair in zip(movements, pairs, strict=True)]

    def _send(self, movements: Sequence[Movement], now: int) -> list[Any]:
        pipeline = self._redis.pipeline(transaction=False)
        for movement in movements:
            keys = [f"{self._prefix}:counted:{movement.id}"]
            at = min(max(movement.at, now - WINDOWS["30d"].length), now + _AHEAD)
            arguments: list[Any] = [at, _KEPT, _COUNTED, MEMBERS, *_FIXED]
            for kind, name, amount, other in movement.subjects:
                keys += self._keys(kind, name)
                arguments += [repr(amount), other or ""]
            pipeline.evalsha(_SHA, len(keys), *keys, *arguments)
            payer, payee = movement.repayment or ("", "")
            pipeline.zscore(self._keys("wallet", payer)[1], payee)
        answers: list[Any] = pipeline.execute(raise_on_error=False)
        return answers

    def _keys(self, kind: str, name: str) -> list[str]:
        return [f"{self._prefix}:{kind}:{name}:ring", f"{self._prefix}:{kind}:{name}:others"]


def _read(movement: Movement, found: list[Any], repaid_at: float | None) -> Moved:
    numbers = iter(found)
    counted = bool(next(numbers))
    windows = {
        subject.kind: {window: {statistic: float(next(numbers)) for statistic in STATISTICS} for window in WINDOWS}
        for subject in movement.subjects
    }
    since = None if repaid_at is None or repaid_at > movement.at else (movement.at - repaid_at) / MINUTE
    return Moved(windows, counted, since)
