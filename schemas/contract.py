"""A contract's code as it comes over the wire, and what is told of the contract."""

from __future__ import annotations

from binascii import unhexlify
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from typing_extensions import TypedDict

from schemas.base import Wire

_MAX_LETTERS = 2 + 2 * 1_000_000


def _bytes_of(text: Any) -> bytes:
    if not isinstance(text, str) or len(text) > _MAX_LETTERS:
        raise ValueError(f"expected a text of hex digits, of {_MAX_LETTERS:,} at most")
    digits = text[2:] if text[:2] in ("0x", "0X") else text
    if len(digits) % 2:
        raise ValueError("an odd number of hex digits: expected two for each byte")
    try:
        return unhexlify(digits)
    except ValueError:
        raise ValueError("expected hex digits, with or without 0x") from None


Bytecode = Annotated[
    bytes,
    BeforeValidator(_bytes_of),
    WithJsonSchema({"type": "string", "maxLength": _MAX_LETTERS, "pattern": "^(0[xX])?[0-9a-fA-F]*$"}),
]
"""Code as hex with or without 0x; bytes inside."""


class Selector(TypedDict):
    """One external function of the runtime."""

    selector: str
    signature: str | None
    """Where the function is a well-known one, or the source declares it."""
    arguments: tuple[str, ...]
    mutability: str
    """payable, nonpayable, view or pure."""


class ProxyFacts(TypedDict):
    """How calls are handed to another contract's code."""

    standard: str
    """eip-1167, eip-1967, eip-1967-beacon, eip-1822, eip-2535, zeppelinos, gnosis-safe or custom."""
    implementation: str | None
    """Address of the code, where it is part of the bytecode."""
    slot: str | None
    """Storage slot that holds that address (or the beacon's)."""


class CompilerMetadata(TypedDict):
    """What the compiler appended to the bytecode."""

    compiler: str | None
    ipfs: str | None
    swarm: str | None
    experimental: bool


class StorageSlot(Wire):
    """One variable of the storage layout, as evmole reads it."""

    slot: str
    offset: int
    """Bytes from the slot's low end."""
    type: str
    reads: list[str]
    """Selectors of the functions that read it."""
    writes: list[str]


class TokenFacts(Wire):
    """What someone privileged can do to the holders of a token."""

    standard: str
    """erc20, erc721, erc1155, or pool for a contract that holds others' tokens without being one."""
    mintable: bool
    """Someone privileged can raise a balance or the supply after deployment."""
    owner_can_drain: bool
    """Someone privileged can move or burn others' tokens."""
    transfers_limited: bool
    """Someone privileged can stop or limit others' transfers or sales."""
    fees_changeable: bool
    """Someone privileged can change what a transfer costs; told from source only."""
    features: list[str]
    """blacklist, pause, trading_switch, amount_limit, cooldown, unbounded_fee, external_check, owner_only,
    hidden_owner, privileged_transfer; told from source only."""
    evidence: list[str]
    """Function, and the line or program counter, of each."""


class FindingFacts(TypedDict):
    """One weakness at one place."""

    id: str
    category: str
    """One of the ten DASP categories."""
    swc: str | None
    severity: str
    """info, low, medium, high or critical."""
    confidence: str
    line: int | None
    """1-based, of the statement at fault, where source was given."""
    message: str
    evidence: str
    function: str | None
    """Name or selector of the function at fault."""


class HoneypotFacts(TypedDict):
    """Whether the contract baits its callers into losing what they send."""

    detected: bool
    score: Annotated[float, Field(ge=0, le=1)]
    techniques: list[str]
    reasons: list[str]
