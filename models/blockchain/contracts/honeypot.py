"""What is told of a contract that baits its callers: one type for bytecode and source.

The eight techniques of Torres, Steichen, State: "The Art of The Scam: Demystifying Honeypots in Ethereum Smart
Contracts", USENIX Security 2019.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Honeypot:
    """The verdict on a contract; `score` is 0 where nothing was found."""

    score: float
    techniques: list[str]
    reasons: list[str]


NO_HONEYPOT = Honeypot(0.0, [], [])


def verdict(found: dict[str, list[str]], certainty: float) -> Honeypot:
    """Of techniques with their reasons, each of which alone is so certain."""
    score = round(1 - (1 - certainty) ** len(found), 3)
    return Honeypot(score, list(found), [f"{name}: {reasons[0]}" for name, reasons in found.items()])
