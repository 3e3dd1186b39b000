"""The CBOR record that solc appends to a runtime, and where creation code hides the runtime.

Source: Solidity documentation, "Contract Metadata" (encoding of the metadata hash in the bytecode); RFC 8949.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_MAX_RECORD = 512
_SWARM = {"bzzr0", "bzzr1"}
_COPY = re.compile(
    # PUSH length, DUP1, PUSH offset, PUSH 0, CODECOPY, PUSH 0, RETURN; newer code keeps memory's start on the stack
    rb"(?:\x61(?P<length2>..)|\x60(?P<length1>.)|\x62(?P<length3>...))\x80?(?:\x61(?P<offset2>..)|\x60(?P<offset1>.)"
    rb"|\x62(?P<offset3>...))(?:\x60\x00|\x5f|\x82|\x83|\x84)\x39",
    re.DOTALL,
)
_RETURNS_COPY = re.compile(rb"\x39.{0,12}?\xf3", re.DOTALL)
_PROLOGUES = (b"\x60\x80\x60\x40", b"\x60\x60\x60\x40", b"\x60\xa0\x60\x40", b"\x60\xc0\x60\x40", b"\x60\xe0\x60\x40")


class Metadata(NamedTuple):
    """What the compiler wrote about itself; fields are None where it did not."""

    compiler: str | None = None
    """`0.8.19`; solc writes it since 0.5.9."""
    ipfs: str | None = None
    """Base58 multihash of the metadata file."""
    swarm: str | None = None
    """Swarm hash of the metadata file, hex."""
    experimental: bool = False


def read_metadata(code: bytes) -> tuple[Metadata | None, int]:
    """The record at the end of `code`, and how long the code is without it."""
    if len(code) < 4:
        return None, len(code)
    size = int.from_bytes(code[-2:], "big")
    end = len(code) - 2 - size
    if not 3 <= size <= _MAX_RECORD or end < 0:
        return None, len(code)
    fields = _cbor_map(code[end:-2])
    if fields is None:
        return None, len(code)
    solc = fields.get("solc")
    ipfs = fields.get("ipfs")
    swarm = next((value for key in _SWARM if isinstance(value := fields.get(key), bytes)), None)
    compiler = ".".join(str(part) for part in solc) if isinstance(solc, bytes) and len(solc) == 3 else None
    return Metadata(
        compiler=solc[:80] if isinstance(solc, str) else compiler,
        ipfs=_base58(ipfs) if isinstance(ipfs, bytes) and len(ipfs) <= 64 else None,
        swarm=swarm.hex() if swarm else None,
        experimental=fields.get("experimental") is True,
    ), end


def _cbor_map(data: bytes) -> dict[str, object] | None:
    """A flat CBOR map of text keys to bytes, text, small integers and booleans; None where it is anything else."""
    if not data or data[0] >> 5 != 5 or data[0] & 31 > 16:
        return None
    fields: dict[str, object] = {}
    at = 1
    for _ in range(data[0] & 31):
        key, at = _cbor_item(data, at)
        value, at = _cbor_item(data, at)
        if not isinstance(key, str) or value is None:
            return None
        fields[key] = value
    return fields if at == len(data) and fields else None


def _cbor_item(data: bytes, at: int) -> tuple[object, int]:
    """(value, place after it); the value is None where it cannot be read."""
    if at >= len(data):
        return None, at
    major, size = data[at] >> 5, data[at] & 31
    at += 1
    if data[at - 1] in (0xF4, 0xF5):
        return data[at - 1] == 0xF5, at
    if size == 24 and at < len(data):
        size, at = data[at], at + 1
    elif size > 23:
        return None, at
    if major == 0:
        return size, at
    if major not in (2, 3) or at + size > len(data):
        return None, at
    raw = data[at : at + size]
    return raw if major == 2 else raw.decode("ascii", "replace"), at + size


def _base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def cut_runtime(code: bytes) -> bytes | None:
    """The runtime inside creation code; None where `code` is no creation code.

    Creation code copies its runtime to memory and returns it, and never reads call data before that.
    """
    if not _RETURNS_COPY.search(code):
        return None
    for found in _COPY.finditer(code):
        length, offset = _number(found, "length"), _number(found, "offset")
        start = code[offset : offset + 4]
        begins_well = start in _PROLOGUES or start[:1] in (b"\x73", b"\x36", b"\x5f")
        if found.end() <= offset and length >= 3 and offset + length <= len(code) and begins_well:
            return code[offset : offset + length] if _constructs(code[: found.start()]) else None
    return None


def _constructs(head: bytes) -> bool:
    """Whether `head` can be a constructor: no dispatcher (CALLDATASIZE LT, or a selector cut from call data) in it."""
    return re.search(rb"\x36\x10|\x60\x00\x35|\x5f\x35|\x80\x63....\x14", head, re.DOTALL) is None


def _number(found: re.Match[bytes], name: str) -> int:
    parts = (found[f"{name}{size}"] for size in (1, 2, 3))
    return next(int.from_bytes(part, "big") for part in parts if part is not None)
