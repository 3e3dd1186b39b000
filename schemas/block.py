"""A block as a node gives it (its traces: `schemas.traces`), checked without making an object of each row.

Quantities are hex or whole numbers; names may be in camelCase, as JSON-RPC has them, or in snake_case, as archives of
traces often have; fields that are not named here are passed over.
"""

from __future__ import annotations

from typing import Annotated, Any, cast

from pydantic import (
    AliasChoices,
    AliasGenerator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
    with_config,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema
from pydantic_core.core_schema import UnionSchema
from typing_extensions import TypedDict

from schemas.primitives import UINT256_MAX, Wei

MAX_HEX = 2_000_000

Hex = Annotated[str, StringConstraints(pattern=r"^0[xX][0-9a-fA-F]*$", to_lower=True, max_length=MAX_HEX)]
HexAddress = Annotated[str, StringConstraints(pattern=r"^0[xX][0-9a-fA-F]{40}$", to_lower=True)]
HexHash = Annotated[str, StringConstraints(pattern=r"^0[xX][0-9a-fA-F]{64}$", to_lower=True)]


class _OneFault:
    """Has a union tell one fault at its own place, not one for each of its members."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        union = cast(UnionSchema, handler(source))
        union["custom_error_type"] = "quantity"
        union["custom_error_message"] = "expected a whole number below 2**256: an integer, or a text of hex or digits"
        return union


Quantity = Annotated[
    Annotated[int, Field(ge=0, le=UINT256_MAX)]
    | Annotated[str, StringConstraints(pattern=r"^(0[xX][0-9a-fA-F]{0,64}|[0-9]{1,78})$")],
    _OneFault(),
]
Path = Annotated[list[Annotated[int, Field(ge=0)]], Field(max_length=1025)]
"""A trace's address: at most the depth of the EVM's call stack."""

Amount = Annotated[
    int,
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^-?[0-9]+$", "description": "raw units, a decimal string"}),
]
"""An amount of a result: a Python integer inside, a decimal string on the wire."""

ROWS = ConfigDict(
    strict=True,
    extra="ignore",
    alias_generator=AliasGenerator(validation_alias=lambda name: AliasChoices(to_camel(name), name)),
)
_From = TypedDict("_From", {"from": HexAddress}, total=False)


@with_config(ROWS)
class ReceiptLog(TypedDict, total=False):
    """One log."""

    address: HexAddress
    topics: Annotated[list[HexHash], Field(max_length=4)]
    data: Hex
    log_index: Quantity | None


class _ReceiptKey(TypedDict):
    transaction_hash: HexHash


@with_config(ROWS)
class Receipt(_ReceiptKey, _From, total=False):
    """What a transaction cost, whether it succeeded and what it logged."""

    transaction_index: Quantity | None
    to: HexAddress | None
    status: Quantity | None
    gas_used: Quantity | None
    effective_gas_price: Quantity | None
    logs: Annotated[list[ReceiptLog], Field(max_length=20_000)] | None


_TransactionKey = TypedDict("_TransactionKey", {"hash": HexHash, "from": HexAddress, "transaction_index": Quantity})


@with_config(ROWS)
class BlockTransaction(_TransactionKey, total=False):
    """A transaction; the selector alone will do for `input`."""

    to: HexAddress | None
    value: Quantity
    input: Hex | None
    status: Quantity | None


class _SwapKey(TypedDict):
    transaction_hash: HexHash
    transaction_index: Quantity
    pool: HexAddress
    sender: HexAddress
    recipient: HexAddress
    token_in: HexAddress
    amount_in: Wei
    token_out: HexAddress
    amount_out: Wei


@with_config(ROWS)
class DecodedSwap(_SwapKey, total=False):
    """A swap that the caller decoded; `error` where it was undone."""

    trace_address: Path
    protocol: Annotated[str, Field(max_length=60)] | None
    error: Annotated[str, Field(max_length=10_000)] | bool | None
