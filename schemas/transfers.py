"""Transfers of tokens between addresses, many in one request, checked without making an object of each."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints, with_config
from typing_extensions import TypedDict

from foundation.errors import InvalidInput
from schemas.block import HexAddress
from schemas.primitives import UINT256_MAX, to_millis

RawAmount = Annotated[int, Field(ge=0, le=UINT256_MAX)] | Annotated[str, StringConstraints(pattern=r"^[0-9]{1,78}$")]
"""A whole amount in raw units as it stands in the request; `whole` makes an integer of it."""
RawMoment = Annotated[int, Field(ge=0, le=253_402_300_799_999)] | Annotated[str, Field(max_length=40)]
"""Epoch milliseconds, or ISO 8601 text; `moment` makes milliseconds of it."""

_ROW = ConfigDict(strict=True, extra="forbid")
_Ends = TypedDict("_Ends", {"from": HexAddress, "to": HexAddress})


class _Valued(_Ends):
    value: RawAmount


@with_config(_ROW)
class Transfer(_Valued, total=False):
    """One transfer of a token."""

    token: HexAddress
    timestamp: RawMoment


@with_config(_ROW)
class Activity(_Ends, total=False):
    """A transfer, or several from one address to another where `count` says so."""

    count: Annotated[int, Field(ge=1, le=2**53)]
    value: RawAmount
    token: HexAddress
    timestamp: RawMoment


def whole(value: int | str, path: str) -> int:
    """The amount as an integer; raises InvalidInput where it is more than 256 bits."""
    amount = int(value)
    if amount > UINT256_MAX:
        raise InvalidInput.at(path, "is more than 2**256 - 1")
    return amount


def moment(value: int | str, path: str) -> int:
    """The time in epoch milliseconds; raises InvalidInput where it is none."""
    try:
        return to_millis(value)
    except ValueError as fault:
        raise InvalidInput.at(path, str(fault)) from None
