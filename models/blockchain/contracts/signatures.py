"""Function signatures of well-known standards and contracts; selectors are computed from them, none are copied.

`signatures.txt` groups them by the standard that defines them, so that a contract's kind can be told by what it
implements, and marks those that only look, which tells a view function of solc before 0.5 (no STATICCALL yet) from one
that changes others. `interfaces.txt` holds further interfaces in full, whose functions are known by name.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

from eth_hash.auto import keccak

_FOLDER = Path(__file__).parent


@lru_cache(maxsize=8192)
def selector_of(signature: str) -> str:
    """`0x` and the first four bytes of the Keccak-256 of a canonical signature."""
    return "0x" + keccak(signature.encode())[:4].hex()


@cache
def sections(name: str) -> dict[str, list[list[str]]]:
    """Words of each line (`signature [view]`) of a file by section."""
    found: dict[str, list[list[str]]] = {}
    for line in (_FOLDER / name).read_text().splitlines():
        if line.startswith("["):
            found[line.strip("[]")] = current = []
        elif line and not line.startswith("#"):
            current.append(line.split())
    return found


def _standards() -> dict[str, list[list[str]]]:
    return sections("signatures.txt")


@cache
def known_signatures() -> dict[str, str]:
    """Signature by selector."""
    groups = (*_standards().values(), *sections("interfaces.txt").values())
    return {selector_of(words[0]): words[0] for lines in groups for words in lines}


@cache
def selectors_of_standard(name: str) -> frozenset[str]:
    return frozenset(selector_of(words[0]) for words in _standards()[name])


@cache
def reading_selectors() -> frozenset[int]:
    """Selectors, as numbers, of the functions that only look."""
    lines = (words for group in _standards().values() for words in group)
    return frozenset(int(selector_of(words[0]), 16) for words in lines if "view" in words[1:])
