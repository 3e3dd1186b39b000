"""Checks of a whole column of texts at once, where pydantic's check of each would take most of an operation's time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from schemas.primitives import UINT256_MAX

_QUANTITY = re.compile(r"0[xX][0-9a-fA-F]{0,64}|[0-9]{1,78}", re.ASCII)
_DIGITS = b"0123456789abcdef"


def are_hex(texts: Sequence[str], length: int | None = None, longest: int | None = None) -> bool:
    """Whether every text is `0x` and lower-case hex digits, of so many or at most so many characters in all.

    Raises TypeError where one is no text.
    """
    joined = "".join(texts)
    if not joined.isascii() or {text[:2] for text in texts} - {"0x"}:
        return False
    left, lengths = joined.encode().translate(None, _DIGITS), set(map(len, texts))
    return (
        left == b"x" * len(texts)
        and (length is None or lengths <= {length})
        and (longest is None or max(lengths, default=0) <= longest)
    )


def are_digits(texts: Sequence[str], longest: int) -> bool:
    """Whether every text is made of 1 to `longest` decimal digits; raises TypeError where one is no text."""
    joined = "".join(texts)
    lengths = set(map(len, texts))
    return not texts or (joined.isascii() and joined.isdigit() and min(lengths) > 0 and max(lengths) <= longest)


def are_short(texts: Sequence[Any], longest: int) -> bool:
    """Whether all are texts of at most so many characters."""
    return set(map(type, texts)) <= {str} and max(map(len, texts), default=0) <= longest


def are_quantities(values: Sequence[Any]) -> bool:
    """Whether all are whole numbers of up to 256 bits, or texts of such in hex or decimal digits."""
    if set(map(type, values)) - {int, str}:
        return False
    return all(_QUANTITY.fullmatch(value) if type(value) is str else 0 <= value <= UINT256_MAX for value in set(values))
