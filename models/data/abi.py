"""Decodes ABI-encoded values as strictly as a compiler encodes them.

Source: Solidity, "Contract ABI Specification". Integers become decimal strings, addresses get their EIP-55 checksum,
bytes are lower-case hex, arrays lists, tuples objects. What no compiler would write (bits beyond the type, offsets
out of bounds, data that refers to itself so often that it would unfold to more than `_MAX_VALUES`) is LayoutMismatch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from models.data.checksum import checksum

WORD = 32
_MAX_VALUES = 100_000
_MAX_DEPTH = 8
_ARRAY = re.compile(r"(.*)\[(\d*)\]", re.DOTALL)
_SIZED = re.compile(r"(uint|int|bytes)(\d+)")


class LayoutMismatch(ValueError):
    """The bytes are not what the type encodes to."""


class Data:
    """The bytes under decoding, and how many values they may still unfold to."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.left = _MAX_VALUES

    def take(self, position: int, length: int) -> bytes:
        part = self.content[position : position + length]
        if len(part) != length:
            raise LayoutMismatch("the data ends too early")
        return part

    def number(self, position: int) -> int:
        """A length or an offset: none beyond the data makes sense."""
        found = int.from_bytes(self.take(position, WORD))
        if found > len(self.content):
            raise LayoutMismatch("an offset or a length points beyond the data")
        return found

    def count(self, values: int) -> None:
        self.left -= values
        if self.left < 0:
            raise LayoutMismatch("the data unfolds to too many values")


@dataclass(frozen=True)
class Codec:
    """How one type is laid out: `head` bytes in place; a dynamic type has an offset there to its content."""

    name: str
    dynamic: bool
    head: int
    decode: Callable[[Data, int], Any]
    """(data, position of the value's own encoding) -> JSON value"""


def codec(kind: str, components: Sequence[dict[str, Any]] = (), depth: int = 0) -> Codec:
    """The codec of a type as JSON ABIs write it; `components` are those of a tuple. Raises ValueError for others."""
    if depth > _MAX_DEPTH:
        raise ValueError("the type is nested too deeply")
    if array := _ARRAY.fullmatch(kind):
        return _array(codec(array[1], components, depth + 1), int(array[2]) if array[2] else None)
    if kind == "tuple":
        names = [str(part.get("name") or f"arg{i}") for i, part in enumerate(components)]
        return _tuple(names, [codec(str(c["type"]), c.get("components", ()), depth + 1) for c in components])
    if kind in ("bytes", "string"):
        return Codec(kind, True, WORD, _text if kind == "string" else _bytes)
    if kind in ("address", "bool"):
        return Codec(kind, False, WORD, _address if kind == "address" else _bool)
    return _sized(kind)


def decode_sequence(codecs: Sequence[Codec], data: Data, base: int = 0) -> list[Any]:
    """The values of a sequence whose heads begin at `base`, where offsets count from."""
    values, position = [], base
    for item in codecs:
        data.count(1)
        values.append(item.decode(data, base + data.number(position) if item.dynamic else position))
        position += item.head
    return values


def _sized(kind: str) -> Codec:
    aliased = {"uint": "uint256", "int": "int256"}.get(kind, kind)
    sized = _SIZED.fullmatch(aliased)
    size = int(sized[2]) if sized else 0
    if sized and sized[1] == "bytes" and 1 <= size <= WORD:
        return Codec(aliased, False, WORD, lambda data, at: _fixed_bytes(data.take(at, WORD), size))
    if not sized or sized[1] == "bytes" or size % 8 or not 8 <= size <= 256:
        raise ValueError(f"no such ABI type: {kind[:80]}")
    low, high = (0, 2**size) if sized[1] == "uint" else (-(2 ** (size - 1)), 2 ** (size - 1))
    signed = sized[1] == "int"

    def integer(data: Data, at: int) -> str:
        value = int.from_bytes(data.take(at, WORD), signed=signed)
        if not low <= value < high:
            raise LayoutMismatch(f"a value does not fit into {aliased}")
        return str(value)

    return Codec(aliased, False, WORD, integer)


def _address(data: Data, at: int) -> str:
    word = data.take(at, WORD)
    if any(word[:12]):
        raise LayoutMismatch("an address has more than 20 bytes")
    return checksum(word[12:].hex())


def _bool(data: Data, at: int) -> bool:
    value = int.from_bytes(data.take(at, WORD))
    if value > 1:
        raise LayoutMismatch("a bool is neither 0 nor 1")
    return value == 1


def _fixed_bytes(word: bytes, size: int) -> str:
    if any(word[size:]):
        raise LayoutMismatch(f"a bytes{size} has more than {size} bytes")
    return "0x" + word[:size].hex()


def _content(data: Data, at: int) -> bytes:
    return data.take(at + WORD, data.number(at))


def _bytes(data: Data, at: int) -> str:
    content = _content(data, at)
    data.count(len(content) // WORD)
    return "0x" + content.hex()


def _text(data: Data, at: int) -> str:
    content = _content(data, at)
    data.count(len(content) // WORD)
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise LayoutMismatch("a string is not UTF-8") from None


def _array(item: Codec, length: int | None) -> Codec:
    name = f"{item.name}[{'' if length is None else length}]"

    def decode(data: Data, at: int) -> list[Any]:
        count = data.number(at) if length is None else length
        data.count(count)
        return decode_sequence([item] * count, data, at + WORD if length is None else at)

    dynamic = length is None or item.dynamic
    return Codec(name, dynamic, WORD if dynamic else item.head * (length or 0), decode)


def _tuple(names: list[str], items: list[Codec]) -> Codec:
    def decode(data: Data, at: int) -> dict[str, Any]:
        return dict(zip(names, decode_sequence(items, data, at), strict=True))

    dynamic = any(item.dynamic for item in items)
    head = WORD if dynamic else sum(item.head for item in items)
    return Codec(f"({','.join(item.name for item in items)})", dynamic, head, decode)
