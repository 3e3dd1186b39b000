"""Words of call data, as the contract ABI lays them out (32 bytes each after the selector)."""

from __future__ import annotations

from eth_hash.auto import keccak

_WORD = 64
_SIGN = 1 << 255


def selector(signature: str) -> str:
    """The first four bytes of the signature's keccak-256: `transfer(address,uint256)` is 0xa9059cbb."""
    return "0x" + keccak(signature.encode()).hex()[:8]


def topic(signature: str) -> str:
    """An event's first topic."""
    return "0x" + keccak(signature.encode()).hex()


class Truncated(ValueError):
    """The data ends before the word that was asked for."""


def word(data: str, index: int, start: int = 10) -> str:
    """The 64 hex digits of a word; `start` is 10 after a selector and 2 in return data and logs."""
    begin = start + _WORD * index
    text = data[begin : begin + _WORD]
    if len(text) < _WORD:
        raise Truncated(f"word {index} is not there")
    return text


def uint(data: str, index: int, start: int = 10) -> int:
    return int(word(data, index, start), 16)


def signed(data: str, index: int, start: int = 10) -> int:
    """A two's complement int256 (narrower ones are sign-extended to it)."""
    value = uint(data, index, start)
    return value - 2 * _SIGN if value & _SIGN else value


def address(data: str, index: int, start: int = 10) -> str:
    return "0x" + word(data, index, start)[24:].lower()


def addresses(data: str, index: int, start: int = 10) -> tuple[str, str]:
    """The first and the last element of an `address[]` whose offset stands in word `index`."""
    head = uint(data, index, start) // 32
    length = uint(data, head, start)
    if not 0 < length <= len(data) // _WORD:
        raise Truncated("the array is empty or longer than the data")
    return address(data, head + 1, start), address(data, head + length, start)
