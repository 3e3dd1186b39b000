"""The JSON text of a request's candles as a table of numbers, without a Python object for each candle.

A request of 744 candles is 75 KB of JSON of which all but the numbers is known beforehand: the same six keys, the same
punctuation, over and over. So the text without its digits is compared with what it must be, and what is left without
its keys is one list of numbers. A text that is anything else is given back as it came, to be read in the usual way.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from schemas.candle import COLUMNS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CANDLE = re.compile(rb'\{(?:"[a-z]+": ?[0-9.-]+(?:, ?(?=")|(?=\}))){6}\}')
_KEY = re.compile(rb'"([a-z]+)"')
_LETTERS = bytes(range(ord("a"), ord("z") + 1))
_NUMBERS = b"0123456789.-"
_BLANKED = bytes(ord(" ") if byte in b'"{}:' else byte for byte in range(256))
"""What parts two numbers but is no comma becomes a blank: a digit out of place then makes the list no JSON."""


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers that were read as numbers, shape (candles, 6), the columns in the order of COLUMNS."""

    numbers: NDArray[np.float64]

    def objects(self) -> list[dict[str, float]]:
        """The list of objects it was."""
        return [dict(zip(COLUMNS, row, strict=True)) for row in self.numbers.tolist()]


def read(text: str | bytes | bytearray) -> Any:
    """JSON as Python objects, `candles` of the outer object as a Table where they are plain.

    Raises orjson.JSONDecodeError where the text is not JSON.
    """
    raw = text.encode() if isinstance(text, str) else bytes(text)
    return tabled(raw, "candles") or orjson.loads(raw)


def tabled(raw: bytes, key: str) -> dict[str, Any] | None:
    """The object that a JSON text is, with the list of candles under `key` as a Table; None where they are not plain.

    Raises orjson.JSONDecodeError where the candles are plain and the rest is not JSON.
    """
    found = _opening(key).search(raw)
    end = raw.find(b"]", found.end()) if found else -1
    if not found or end < 0:
        return None
    rest = raw[: found.end()] + raw[end:]
    table = _table(raw[found.end() : end]) if rest.count(b'"%b"' % key.encode()) == 1 else None
    outer = orjson.loads(rest) if table else None
    if isinstance(outer, dict) and outer.get(key) == []:  # else they are those of some inner object
        return {**outer, key: table}
    return None


@cache
def _opening(key: str) -> re.Pattern[bytes]:
    return re.compile(rb'"%b": ?\[(?=\{)' % key.encode())


def _table(body: bytes) -> Table | None:
    """The table of objects parted by commas; None where they are not all written alike, with six plain numbers each."""
    import numpy as np

    first = _CANDLE.match(body)
    if first is None:
        return None
    try:
        numbers = orjson.loads(b"[" + body.translate(_BLANKED, _LETTERS) + b"]")
        rows = len(numbers) // len(COLUMNS)
        table = np.frombuffer(pack(rows, numbers)).reshape(-1, len(COLUMNS))
    except (orjson.JSONDecodeError, struct.error):
        return None
    shape = first[0].translate(None, _NUMBERS)
    keys = tuple(key.decode() for key in _KEY.findall(shape))
    comma = b", " if body.startswith(b", ", first.end()) else b","
    if sorted(keys) != sorted(COLUMNS) or body.translate(None, _NUMBERS) != comma.join([shape] * rows):
        return None
    return Table(table if keys == COLUMNS else table[:, [keys.index(name) for name in COLUMNS]])


def pack(rows: int, numbers: Iterable[float]) -> bytes:
    """Six numbers a row as doubles, faster than NumPy does; raises struct.error where one is no number."""
    return _doubles(rows).pack(*numbers)


@lru_cache(maxsize=64)
def _doubles(rows: int) -> struct.Struct:
    return struct.Struct(f"={rows * len(COLUMNS)}d")
