"""What an analysis finds: one type for bytecode and source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Category = Literal[
    "reentrancy",
    "access_control",
    "arithmetic",
    "unchecked_low_level_calls",
    "denial_of_service",
    "bad_randomness",
    "front_running",
    "time_manipulation",
    "short_addresses",
    "other",
]
"""The ten of the Decentralized Application Security Project (dasp.co)."""
Severity = Literal["info", "low", "medium", "high", "critical"]
Confidence = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One weakness at one place."""

    id: str
    """The rule's name."""
    category: Category
    swc: str | None
    """`SWC-107`, of the Smart Contract Weakness Classification, where it has one."""
    severity: Severity
    confidence: Confidence
    message: str
    evidence: str
    """The function and the statement, or the program counter."""
    line: int | None = None
    """1-based line of the statement at fault; None for bytecode."""
    function: str | None = None
    """Name or selector of the function at fault."""
