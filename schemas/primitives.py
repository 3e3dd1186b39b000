"""The words that all operations share: addresses, hashes, amounts, times."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

QUEUES = ("ml", "nlp", "fraud", "data", "blockchain", "bulk")
NATIVE_TOKEN = "0x" + "ee" * 20
UINT256_MAX = 2**256 - 1
_DIGITS = re.compile(r"-?[0-9]{1,78}\Z", re.ASCII)
MAX_MILLIS = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z


Address = Annotated[str, StringConstraints(pattern=r"^0[xX][0-9a-fA-F]{40}$"), AfterValidator(str.lower)]
"""20 bytes as hex, any case in, lower case out. The EIP-55 checksum is not checked here."""

Hash32 = Annotated[str, StringConstraints(pattern=r"^0[xX][0-9a-fA-F]{64}$"), AfterValidator(str.lower)]
"""32 bytes as hex (a block's or transaction's hash, a topic), lower case out."""


def _whole(value: Any) -> int:
    if isinstance(value, bool):
        raise ValueError("expected an integer or a decimal string, got a boolean")
    if isinstance(value, int):
        return value
    if isinstance(value, str) and _DIGITS.match(value):
        return int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    raise ValueError("expected an integer or a decimal string of an integer")


Wei = Annotated[
    int,
    BeforeValidator(_whole),
    Field(ge=0, le=UINT256_MAX, strict=False),
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]{1,78}$"}],
            "description": "uint256 in raw units: a decimal string, or a JSON integer",
        }
    ),
]
"""An amount in raw units, 0 to 2**256 - 1; a Python int inside, never a float."""


def to_millis(value: Any) -> int:
    """Epoch milliseconds of an integer (already milliseconds) or an ISO 8601 text (UTC unless it says otherwise).

    Raises ValueError where it is neither, or beyond the year 9999.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        millis = value
    elif isinstance(value, str) and len(value) <= 40:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("expected epoch milliseconds or an ISO 8601 time") from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        millis = round(moment.timestamp() * 1000)
    else:
        raise ValueError("expected epoch milliseconds or an ISO 8601 time")
    if not 0 <= millis <= MAX_MILLIS:
        raise ValueError("time is out of range")
    return millis


Millis = Annotated[
    int,
    BeforeValidator(to_millis),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": MAX_MILLIS},
                {"type": "string", "maxLength": 40, "description": "ISO 8601, UTC"},
            ]
        }
    ),
]
"""A time as epoch milliseconds; ISO 8601 text is accepted and turned into them."""


def from_millis(millis: int) -> str:
    """ISO 8601 UTC with milliseconds, `2024-05-01T12:00:00.000Z`."""
    return datetime.fromtimestamp(millis / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
