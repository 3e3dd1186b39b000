"""Which version of the operations' contract this code serves: worked out once for all workers that run it.

To know it takes every operation's schema, half a second of work and the modules of all domains, of which a worker needs
its own. So one worker has a process of its own do it, and leaves it in Redis under the digest of the code.
"""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys

import pydantic
from redis import Redis

from foundation.settings import ROOT
from schemas import keys

log = logging.getLogger(__name__)
_PACKAGES = ("tasks", "schemas", "models", "features", "storage", "foundation")
_COMMAND = (sys.executable, "-m", "tasks.schema")
_AT_WORK = 60
"""Seconds after which another worker may try."""
_KEPT = 30 * 86_400


class Contract:
    """Asked every few seconds, and never waits: whoever asks has claims to renew."""

    def __init__(self, redis: Redis) -> None:
        self._redis, self._key = redis, keys.contract(_digest())
        self._known: str | None = None
        self._work: subprocess.Popen[str] | None = None

    def version(self) -> str | None:
        """The version; None as long as it is being worked out, here or by another worker."""
        if self._known is None:
            if self._redis.set(self._key, "", nx=True, ex=_AT_WORK):
                self._work = subprocess.Popen(_COMMAND, cwd=ROOT, stdout=subprocess.PIPE, text=True)
            if self._work and self._work.poll() is not None:
                self._tell(self._work)
            self._known = self._redis.get(self._key) or None  # type: ignore[assignment]  # the client gives text
        return self._known

    def _tell(self, work: subprocess.Popen[str]) -> None:
        made, self._work = work.communicate()[0].strip(), None
        if work.returncode == 0:
            self._redis.set(self._key, made, ex=_KEPT)
        else:
            log.warning("the version of the contract is not known: its process ended with %d", work.returncode)


def _digest() -> str:
    digest = hashlib.sha256(pydantic.VERSION.encode())
    for file in sorted(file for package in _PACKAGES for file in (ROOT / package).rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:32]
