"""Transfers of tokens between addresses, many in one request, read as columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Annotated, Any, NamedTuple

from pydantic import ConfigDict, Field, GetCoreSchemaHandler, StringConstraints, with_config
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypedDict

from foundation.errors import InvalidInput
from schemas.block import HexAddress
from schemas.columns import are_digits, are_hex
from schemas.primitives import MAX_MILLIS, UINT256_MAX, to_millis

_MAX_COUNT = 2**53
_MAX_DIGITS = 78
_ADDRESS_LENGTH = 42
RawAmount = Annotated[int, Field(ge=0, le=UINT256_MAX)] | Annotated[str, StringConstraints(pattern=r"^[0-9]{1,78}$")]
"""A whole amount in raw units as it stands in the request."""
RawMoment = Annotated[int, Field(ge=0, le=MAX_MILLIS)] | Annotated[str, Field(max_length=40)]
"""Epoch milliseconds, or ISO 8601 text."""

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

    count: Annotated[int, Field(ge=1, le=_MAX_COUNT)]
    value: RawAmount
    token: HexAddress
    timestamp: RawMoment


class Payment(NamedTuple):
    """One transfer or several alike; `value` in raw units of the token (None: one unnamed), `time` in milliseconds."""

    sender: str
    recipient: str
    value: int | None
    token: str | None = None
    time: int | None = None
    transfers: int = 1


@dataclass(frozen=True)
class Transfers:
    """Columns of one length; None where a transfer does not say. Times are epoch milliseconds."""

    senders: Sequence[str]
    recipients: Sequence[str]
    values: Sequence[int | None]
    tokens: Sequence[str | None]
    times: Sequence[int | None]
    counts: Sequence[int]

    @classmethod
    def of(cls, payments: Sequence[Payment]) -> Transfers:
        return cls(*zip(*payments, strict=True)) if payments else cls((), (), (), (), (), ())

    def __len__(self) -> int:
        return len(self.senders)


@dataclass(frozen=True)
class RowsOf:
    """Annotates a field of type `Transfers` that stands as a list of rows of this type in JSON.

    Rows as programs make them (lower or mixed case addresses, whole amounts, times in milliseconds) are checked column
    by column. All others are left to pydantic, which names what is wrong; so the two must agree on what is right.
    """

    row: type
    most: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        rows = handler.generate_schema(Annotated[list[self.row], Field(max_length=self.most)])  # type: ignore[name-defined] # a type made while running
        return core_schema.no_info_wrap_validator_function(self._read, rows)

    def _read(self, rows: Any, checked: Callable[[Any], list[Mapping[str, Any]]]) -> Transfers:
        if isinstance(rows, Transfers):
            return rows
        if type(rows) is list and len(rows) <= self.most:
            quick = self._quickly(rows)
            if quick:
                return quick
        return columns_of(checked(rows))

    def _quickly(self, rows: list[Any]) -> Transfers | None:
        """The columns, or None where some row is wrong or unusual."""
        required, known = self.row.__required_keys__, self.row.__annotations__  # type: ignore[attr-defined] # of a TypedDict
        try:
            given = {name: _READERS[name](_given(rows, name)) for name in known}
            if any(len(given[name]) < len(rows) for name in required):
                return None
            if sum(map(len, rows)) > sum(map(len, given.values())):  # there are fields that are not known
                return None
        except (TypeError, _Unusual):  # TypeError: a row that is no dictionary, a value that cannot be hashed
            return None
        spread = {name: _spread(rows, name, values) for name, values in given.items()}
        none: list[None] = [None] * len(rows)
        return Transfers(
            spread["from"],
            spread["to"],
            spread.get("value", none),
            spread.get("token", none),
            spread.get("timestamp", none),
            spread.get("count", [1] * len(rows)),
        )


class _Unusual(ValueError):
    """A column holds what its quick check does not take."""


def _given(rows: list[Any], name: str) -> list[Any]:
    """The values of the rows that have the field."""
    try:
        return list(map(itemgetter(name), rows))
    except KeyError:
        return [row[name] for row in rows if name in row]


def _spread(rows: list[Any], name: str, values: list[Any]) -> list[Any]:
    """One value for each row, where some have none."""
    if len(values) == len(rows):
        return values
    following, absent = iter(values), 1 if name == "count" else None
    return [next(following) if name in row else absent for row in rows]


def _addresses(texts: list[Any]) -> list[str]:
    distinct = set(texts)
    if set(map(type, distinct)) - {str}:
        raise _Unusual
    lower = {text: text.lower() for text in distinct}
    if not are_hex(list(lower.values()), _ADDRESS_LENGTH):
        raise _Unusual
    return texts if lower.keys() == set(lower.values()) else [lower[text] for text in texts]


def _amounts(values: list[Any]) -> list[int]:
    types = set(map(type, values))
    texts = values if types == {str} else [value for value in values if type(value) is str]
    if types - {int, str} or not are_digits(texts, _MAX_DIGITS):
        raise _Unusual
    return _integers(list(map(int, values)), 0, UINT256_MAX)


def _integers(values: list[Any], low: int, high: int) -> list[int]:
    if set(map(type, values)) - {int} or (values and not low <= min(values) <= max(values) <= high):
        raise _Unusual
    return values


_READERS: dict[str, Callable[[list[Any]], list[Any]]] = {
    "from": _addresses,
    "to": _addresses,
    "token": _addresses,
    "value": _amounts,
    "timestamp": lambda times: _integers(times, 0, MAX_MILLIS),
    "count": lambda counts: _integers(counts, 1, _MAX_COUNT),
}


def columns_of(rows: list[Mapping[str, Any]]) -> Transfers:
    """The columns of checked rows; raises InvalidInput where an amount or a time is out of range."""
    return Transfers(
        [row["from"] for row in rows],
        [row["to"] for row in rows],
        [_whole(row["value"], place) if "value" in row else None for place, row in enumerate(rows)],
        [row.get("token") for row in rows],
        [_moment(row["timestamp"], place) if "timestamp" in row else None for place, row in enumerate(rows)],
        [row.get("count", 1) for row in rows],
    )


def _whole(value: int | str, place: int) -> int:
    amount = int(value)
    if amount > UINT256_MAX:
        raise InvalidInput.at(f"transfers.{place}.value", "is more than 2**256 - 1")
    return amount


def _moment(value: int | str, place: int) -> int:
    try:
        return to_millis(value)
    except ValueError as fault:
        raise InvalidInput.at(f"transfers.{place}.timestamp", str(fault)) from None
