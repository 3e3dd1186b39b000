"""EIP-55: the case of an address's letters is its checksum."""

from __future__ import annotations

from eth_hash.auto import keccak


def has_right_checksum(address: str) -> bool:
    """Whether a mixed-case address (`0x` and forty digits) has the case that EIP-55 asks for."""
    digits = address[2:]
    digest = keccak(digits.lower().encode()).hex()
    return all(
        letter.isdigit() or letter.isupper() == (int(nibble, 16) >= 8)
        for letter, nibble in zip(digits, digest, strict=False)
    )
