"""Keccak-256 and the checksum of addresses (EIP-55)."""

from __future__ import annotations

from functools import lru_cache


def keccak(data: bytes) -> bytes:
    """Keccak-256, which is not SHA3-256."""
    from Crypto.Hash import keccak as pycryptodome

    digest: bytes = pycryptodome.new(digest_bits=256, data=data).digest()
    return digest


@lru_cache(maxsize=65536)
def checksum(digits: str) -> str:
    """The address of 40 lower-case hex digits with its letters' case as EIP-55 asks, `0x` in front."""
    marks = keccak(digits.encode()).hex()
    cased = (digit.upper() if mark >= "8" else digit for digit, mark in zip(digits, marks, strict=False))
    return "0x" + "".join(cased)


def checksum_holds(address: str) -> bool:
    """Whether a well-formed address is all lower case, all upper case, or bears its right checksum."""
    digits = address[2:]
    lower = digits.lower()
    return digits in (lower, digits.upper()) or checksum(lower)[2:] == digits
