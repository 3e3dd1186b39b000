"""Checks of a whole column of texts at once, where pydantic's check of each would take most of an operation's time."""

from __future__ import annotations

from collections.abc import Sequence

_DIGITS = b"0123456789abcdef"


def are_hex(texts: Sequence[str], length: int | None = None) -> bool:
    """Whether every text is `0x` and lower-case hex digits, and of so many characters in all where that is given.

    Raises TypeError where one is no text.
    """
    joined = "".join(texts)
    if not joined.isascii() or any(text[:2] != "0x" for text in texts):
        return False
    left = joined.encode().translate(None, _DIGITS)
    return left == b"x" * len(texts) and (length is None or set(map(len, texts)) <= {length})


def are_digits(texts: Sequence[str], longest: int) -> bool:
    """Whether every text is made of 1 to `longest` decimal digits; raises TypeError where one is no text."""
    joined = "".join(texts)
    lengths = set(map(len, texts))
    return not texts or (joined.isascii() and joined.isdigit() and min(lengths) > 0 and max(lengths) <= longest)
