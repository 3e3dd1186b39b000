"""The storage layout that evmole infers from a runtime; slow for some contracts, so only where it is asked for."""

from __future__ import annotations

from typing import Any

import evmole

from models.blockchain.contracts.bytecode.metadata import cut_runtime

_MAX_BYTES = 49_152
_MAX_SLOTS = 1000


def storage_layout(code: bytes) -> list[dict[str, Any]] | None:
    """`slot`, `offset`, `type`, and the selectors that read and write it; None for code beyond what a chain accepts."""
    runtime = cut_runtime(code) or code
    if len(runtime) > _MAX_BYTES:
        return None
    records = evmole.contract_info(runtime, storage=True).storage or []
    return [
        {
            "slot": f"0x{record.slot}",
            "offset": record.offset,
            "type": record.type,
            "reads": [f"0x{selector}" for selector in record.reads],
            "writes": [f"0x{selector}" for selector in record.writes],
        }
        for record in records[:_MAX_SLOTS]
    ]
