"""Model versions, their aliases and their way into a running process.

    <root>/<model>/aliases.json                 which version is champion, which challenger, and how it came to that
    <root>/<model>/versions/<id>/manifest.json  sha256 of every file
    <root>/<model>/versions/<id>/card.json      metrics, baselines, parameters, data fingerprint, code version ...

The root is any fsspec URL: a folder here, object storage where there are many machines. The models that ship with the
code (`models/pretrained/<model>/`) are the first version where the root has none, and the last resort where it fails.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from prometheus_client import Counter, Gauge

from foundation.errors import InvalidInput, ModelUnavailable
from models.files import Files
from models.versions import Aliases, CorruptVersion, Version, is_file_name, write_version

log = logging.getLogger(__name__)
T = TypeVar("T")
Alias = Literal["champion", "challenger"]
MODEL_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\Z")
PRETRAINED = Path(__file__).resolve().parent / "pretrained"

DEGRADED = Gauge(
    "soba_model_degraded", "1 while another version serves than the alias names", ["model"], multiprocess_mode="livemax"
)
LOAD_FAILURES = Counter("soba_model_load_failures_total", "Versions whose files were missing or corrupt", ["model"])


@dataclass
class _Slot(Generic[T]):
    """What a process has loaded for one alias."""

    version: Version
    value: T
    wanted: str
    """Id that the alias named at the last look; another one than `version.id` while degraded."""
    looked: float
    """When the alias was read (monotonic seconds)."""
    verified: float
    """When the files were last found whole, or the wanted version was last tried."""


class Registry:
    """Versions below `root` (an fsspec URL), backed by the models that ship with the code.

    Safe for threads, and for a fork: a child begins with nothing loaded. `refresh` is the age in seconds at which an
    alias is read again, `verify` the age at which the files of the serving version are hashed again and a version
    that failed is tried again. `tell(model, degraded)` hears of every version that is loaded or kept.

    Those who change a model's aliases come one after the other in a folder; in object storage, which knows no locks,
    the later of two at the same instant wins.
    """

    def __init__(
        self,
        root: str,
        pretrained: Path | None = PRETRAINED,
        *,
        refresh: float = 1,
        verify: float = 60,
        tell: Callable[[str, bool], None] = lambda model, degraded: None,
    ) -> None:
        self.root = root
        self.refresh, self.verify, self._tell = refresh, verify, tell
        self._shipped = pretrained
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._slots: dict[tuple[str, str], _Slot[Any]] = {}
        self._files = Files(self.root)

    # versions

    def names(self) -> list[str]:
        """Every model that has a version."""
        shipped = {p.parent.name for p in self._shipped.glob("*/manifest.json")} if self._shipped else set()
        return sorted(shipped | {name for name in self._files.folders("") if self._ids(name)})

    def versions(self, name: str) -> list[Version]:
        """All versions of a model: the shipped one, if any, then the others, the oldest first."""
        shipped = self._pretrained(name)
        return ([shipped] if shipped else []) + [self.version(name, id) for id in self._ids(name)]

    def version(self, name: str, id: str) -> Version:
        """The version of this id; raises CorruptVersion where it is not there or its manifest cannot be read."""
        shipped = self._pretrained(name)
        if shipped and shipped.id == id:
            return shipped
        if not is_file_name(id):
            raise CorruptVersion(f"{name}: {id!r} is not the id of a version")
        return Version.open(self._files, name, f"{name}/versions/{id}")

    def add(self, name: str, files: Mapping[str, bytes], card: Mapping[str, Any]) -> Version:
        """Write a new version and return it; no alias moves."""
        _check_name(name)
        return self.version(name, write_version(self._files, name, files, card, f"{name}/versions/{{id}}"))

    def _ids(self, name: str) -> list[str]:
        folders = self._files.folders(f"{name}/versions")
        return sorted(id for id in folders if self._files.exists(f"{name}/versions/{id}/manifest.json"))

    def _pretrained(self, name: str) -> Version | None:
        _check_name(name)
        if self._shipped is None or not (self._shipped / name / "manifest.json").is_file():
            return None
        return Version.open(Files(str(self._shipped)), name, name, pretrained=True)

    # aliases

    def aliases(self, name: str) -> Aliases:
        """The alias file as it stands; the shipped version is champion where there is no file."""
        _check_name(name)
        try:
            return Aliases.parse(self._files.read(f"{name}/aliases.json"))
        except FileNotFoundError:
            shipped = self._pretrained(name)
            return Aliases((shipped.id,) if shipped else ())

    def champion(self, name: str) -> Version | None:
        """The version that is to serve; None where none was ever promoted."""
        champions = self.aliases(name).champions
        return self.version(name, champions[-1]) if champions else None

    def challenger(self, name: str) -> Version | None:
        """The latest version that was trained and not promoted."""
        id = self.aliases(name).challenger
        return self.version(name, id) if id else None

    def challenge(self, name: str, id: str, *, reason: str) -> None:
        """Make a version the challenger."""
        self.version(name, id)
        with self._changing(name) as now:
            history = now.noting(event="challenge", version=id, reason=reason)
            self._write(name, Aliases(now.champions, id, history))

    def promote(self, name: str, id: str, *, forced: bool, reason: str) -> None:
        """Make a version the champion, once its files were found whole; processes follow within seconds."""
        self.version(name, id).verify()
        with self._changing(name) as now:
            history = now.noting(event="promote", version=id, forced=forced, reason=reason)
            before = tuple(champion for champion in now.champions if champion != id)
            self._write(name, Aliases((*before, id), None if now.challenger == id else now.challenger, history))

    def rollback(self, name: str, *, reason: str) -> Version:
        """Take the champion back and return the one before it, which serves again."""
        with self._changing(name) as now:
            if len(now.champions) < 2:
                raise InvalidInput.at("model", f"{name} has no earlier champion to go back to")
            version = self.version(name, now.champions[-2])
            version.verify()
            history = now.noting(event="rollback", version=version.id, taken_back=now.champions[-1], reason=reason)
            self._write(name, Aliases(now.champions[:-1], now.challenger, history))
            return version

    @contextmanager
    def _changing(self, name: str) -> Iterator[Aliases]:
        """The aliases as they stand, while nobody else changes them."""
        with self._files.exclusive(f"{name}/aliases.json"):
            yield self.aliases(name)

    def _write(self, name: str, aliases: Aliases) -> None:
        self._files.write(f"{name}/aliases.json", aliases.dump())

    # serving

    def load(self, name: str, make: Callable[[Version], T], alias: Alias = "champion") -> T:
        """What `make` gives for the version that bears the alias, made once and kept until the alias moves.

        Where that version cannot be loaded, the last good one goes on serving (in a new process: the newest earlier
        champion that can, the shipped one at last), `soba_model_degraded` is 1 and the error is logged. Raises
        ModelUnavailable where nothing can serve.
        """
        if self._pid != os.getpid():
            self._begin()
        slot: _Slot[T] | None = self._slots.get((name, alias))
        if slot is not None and time.monotonic() - slot.looked < self.refresh:
            return slot.value
        if not self._lock.acquire(blocking=slot is None):
            assert slot is not None
            return slot.value  # another thread is looking: what served until now will do
        try:
            slot = self._look(name, make, alias, self._slots.get((name, alias)))
            self._slots[name, alias] = slot
            return slot.value
        finally:
            self._lock.release()

    def _look(self, name: str, make: Callable[[Version], T], alias: Alias, slot: _Slot[T] | None) -> _Slot[T]:
        """The slot as it should be now: the same one, looked at again, or a new one."""
        now = time.monotonic()
        ids = self._candidates(name, alias, slot)
        wanted = ids[0] if ids else ""
        if slot is not None and slot.wanted == wanted and now - slot.verified < self.verify:
            slot.looked = now
            return slot
        for id in ids:
            if slot is not None and id == slot.version.id:
                break
            try:
                version = self.version(name, id)
                fresh = _Slot(version, make(version), wanted, now, now)
            except Exception as error:  # noqa: BLE001  # whatever is wrong with a version, another one must serve
                _alert(name, error)
                if slot is not None:
                    break
                continue
            self._say(name, id != wanted)
            return fresh
        if slot is None:
            raise ModelUnavailable(f"no version of {name} can serve: {'all failed' if ids else 'none was trained'}")
        return self._kept(slot, wanted, now)

    def _kept(self, slot: _Slot[T], wanted: str, now: float) -> _Slot[T]:
        """The slot that goes on serving, and whether the alias, or the state of its files, would have it otherwise."""
        slot.wanted, slot.looked, slot.verified = wanted, now, now
        degraded = slot.version.id != wanted
        try:
            slot.version.verify()
        except CorruptVersion as error:
            degraded = True
            _alert(slot.version.model, error)
        self._say(slot.version.model, degraded)
        return slot

    def _say(self, name: str, degraded: bool) -> None:
        DEGRADED.labels(name).set(degraded)
        self._tell(name, degraded)

    def _candidates(self, name: str, alias: Alias, slot: _Slot[Any] | None) -> list[str]:
        """Ids that may serve under the alias, the best first."""
        shipped = None
        try:
            shipped = self._pretrained(name)
            aliases = self.aliases(name)
        except (CorruptVersion, OSError, ValueError, KeyError, TypeError) as error:
            _alert(name, error)
            aliases = Aliases((slot.wanted,) if slot else ())
        if alias == "challenger":
            return [aliases.challenger] if aliases.challenger else []
        ids = list(reversed(aliases.champions))
        return ids + ([shipped.id] if shipped and shipped.id not in ids else [])


def _alert(name: str, error: Exception) -> None:
    LOAD_FAILURES.labels(name).inc()
    log.error("model %s: %s", name, error)


def _check_name(name: str) -> None:
    if not MODEL_NAME.match(name):
        raise InvalidInput.at("model", "expected lower-case letters, digits and hyphens")
