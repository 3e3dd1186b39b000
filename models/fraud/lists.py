"""Lists of addresses that operators name: sanctions, phishing, mixers, whatever else a rule asks for.

A source is a file or an http(s) URL of any text in which addresses stand: one a line, JSON, CSV, or the list of the
US Treasury's Office of Foreign Assets Control, whose entries read `Digital Currency Address - ETH 0x...;` in the text
form and `<idType>Digital Currency Address - ETH</idType><idNumber>0x...` in the XML form. Every 20-byte hex address
in it is taken, whatever the chain's name before it: the same key holds the address on every EVM chain. Packed with
gzip is fine.
"""

from __future__ import annotations

import gzip
import io
import logging
import re
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

log = logging.getLogger(__name__)
SHIPPED = Path(__file__).with_name("lists")
_ADDRESS = re.compile(rb"(?<![0-9a-zA-Z])0[xX][0-9a-fA-F]{40}(?![0-9a-fA-F])")
_LARGEST = 256 * 1024 * 1024
_TIMEOUT = 10


def addresses_in(text: bytes) -> frozenset[str]:
    """Every address in a text, lower case; longer hex (hashes, code) holds none."""
    return frozenset(found.decode().lower() for found in _ADDRESS.findall(text))


def fetch(source: str) -> bytes:
    """The text of a file or URL; raises OSError where it cannot be had, or is over 256 MiB."""
    if source.startswith(("http://", "https://")):
        with urllib.request.urlopen(source, timeout=_TIMEOUT) as response:
            text: bytes = response.read(_LARGEST + 1)
    else:
        with Path(source).open("rb") as file:
            text = file.read(_LARGEST + 1)
    if text[:2] == b"\x1f\x8b":
        with gzip.open(io.BytesIO(text)) as unpacked:
            text = unpacked.read(_LARGEST + 1)
    if len(text) > _LARGEST:
        raise OSError(f"{source} is over {_LARGEST} bytes")
    return text


class Lists:
    """Address -> names of the lists that it is on, from `sources` (name -> files and URLs) and the shipped lists.

    `current()` never waits once loaded: when the lists are older than `refresh` seconds, a thread reads them again.
    A source that cannot be read, or in which no address is left, keeps what it last gave and is logged.
    """

    def __init__(
        self,
        sources: Mapping[str, Sequence[str]],
        refresh: float,
        read: Callable[[str], bytes] = fetch,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        shipped = {path.stem: [str(path)] for path in SHIPPED.glob("*.txt")}
        self._sources = {name: [*shipped.get(name, []), *sources.get(name, [])] for name in {*shipped, *sources}}
        self._refresh, self._read, self._clock = refresh, read, clock
        self._known: dict[str, frozenset[str]] = {}
        self._lock = threading.Lock()
        self._loaded = self._clock()
        self._table = self._load()

    def current(self) -> Mapping[str, tuple[str, ...]]:
        if self._clock() - self._loaded >= self._refresh and self._lock.acquire(blocking=False):
            self._loaded = self._clock()
            threading.Thread(target=self._renew, daemon=True, name="fraud-lists").start()
        return self._table

    def _renew(self) -> None:
        try:
            self._table = self._load()
        finally:
            self._lock.release()

    def _load(self) -> Mapping[str, tuple[str, ...]]:
        table: dict[str, list[str]] = defaultdict(list)
        for name, sources in sorted(self._sources.items()):
            for address in frozenset().union(*(self._of(source) for source in sources)):
                table[address].append(name)
        return {address: tuple(names) for address, names in table.items()}

    def _of(self, source: str) -> frozenset[str]:
        try:
            found = addresses_in(self._read(source))
            if not found:
                raise ValueError("no address in it")
        except (OSError, ValueError) as error:
            log.error("list %s: %s; %d addresses stay", source, error, len(self._known.get(source, ())))
            return self._known.get(source, frozenset())
        self._known[source] = found
        return found
