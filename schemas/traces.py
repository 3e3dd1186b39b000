"""Traces as `trace_block` gives them, checked column by column: a block has thousands, and most are never looked at.

Names are those of JSON-RPC; archives that write them in snake_case are understood too. Fields that are not named here
are passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Annotated, Any

from pydantic import AliasChoices, AliasGenerator, ConfigDict, Field, WrapValidator, with_config
from pydantic.alias_generators import to_snake
from typing_extensions import TypedDict

from schemas.block import MAX_HEX, Hex, HexAddress, HexHash, Path, Quantity
from schemas.columns import are_hex, are_quantities, are_short

RECKONED = "0xc488847b"
"""The selector of liquidateCalculateSeizeTokens: by it Compound v2 reckons what a liquidator is given."""
_MOVES_NOTHING = frozenset({"staticcall", "delegatecall"})
_MOST, _DEPTH, _LONGEST_ERROR, _LONGEST_NAME = 60_000, 1_025, 10_000, 20
_ROWS = ConfigDict(
    strict=True,
    extra="ignore",
    alias_generator=AliasGenerator(validation_alias=lambda name: AliasChoices(name, to_snake(name))),
)
_From = TypedDict("_From", {"from": HexAddress | None}, total=False)
_Name = Annotated[str, Field(max_length=_LONGEST_NAME)]


@with_config(_ROWS)
class TraceAction(_From, total=False):
    """What a trace did; which fields there are depends on its type."""

    to: HexAddress | None
    input: Hex | None
    value: Quantity | None
    callType: _Name | None
    address: HexAddress | None
    refundAddress: HexAddress | None
    balance: Quantity | None


@with_config(_ROWS)
class TraceResult(TypedDict, total=False):
    """What came of it."""

    output: Hex | None
    address: HexAddress | None


@with_config(_ROWS)
class Trace(TypedDict, total=False):
    """One trace in the order of execution; `error` where it failed."""

    action: TraceAction
    result: TraceResult | None
    traceAddress: Path
    transactionHash: HexHash | None
    transactionPosition: Quantity | None
    type: _Name
    error: Annotated[str, Field(max_length=_LONGEST_ERROR)] | None


def _read(rows: Any, checked: Callable[[Any], list[Trace]]) -> list[Trace]:
    """Rows as nodes write them stay as they are; all others are left to pydantic, which names what is wrong.

    More than a third are calls that move nothing; those that did not fail either are left out, unchecked.
    """
    try:
        if type(rows) is list and len(rows) <= _MOST:
            telling = [row for row in rows if row["action"].get("callType") not in _MOVES_NOTHING or _tells(row)]
            if _usual(telling):
                return telling
    except (TypeError, KeyError, AttributeError):  # a field is missing, or of another type
        pass
    return [{"action": {}, "traceAddress": [], **row} for row in checked(rows)]


Traces = Annotated[list[Trace], Field(max_length=_MOST), WrapValidator(_read)]


def _tells(row: Mapping[str, Any]) -> bool:
    """Whether a call that moves nothing failed, with all below it, or is the one whose answer is looked at."""
    return row.get("error") is not None or row["action"]["input"].startswith(RECKONED)


def _usual(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether every field is there by its name in JSON-RPC, of its type, and in lower case."""
    actions, results = [row["action"] for row in rows], _present(rows, "result")
    if any("call_type" in action or "refund_address" in action for action in actions):
        return False
    ends = {action.get(name) for name in ("from", "to", "address", "refundAddress") for action in actions}
    ends.update([result.get("address") for result in results])
    data = [*_present(actions, "input"), *_present(results, "output")]
    numbers = [*_present(actions, "value"), *_present(actions, "balance"), *_present(rows, "transactionPosition")]
    names = [*map(itemgetter("type"), rows), *_present(actions, "callType")]
    return (
        are_hex(list(ends - {None}), 42)
        and are_hex(list(set(map(itemgetter("transactionHash"), rows)) - {None}), 66)
        and are_hex(data, longest=MAX_HEX)
        and are_quantities(numbers)
        and are_short(names, _LONGEST_NAME)
        and are_short(_present(rows, "error"), _LONGEST_ERROR)
        and _are_paths(list(map(itemgetter("traceAddress"), rows)))
    )


def _present(rows: Iterable[Mapping[str, Any]], name: str) -> list[Any]:
    return [value for row in rows if (value := row.get(name)) is not None]


def _are_paths(paths: list[Any]) -> bool:
    steps = set(map(type, paths)) <= {list} and list(chain.from_iterable(paths))
    return (
        steps is not False
        and set(map(type, steps)) <= {int}
        and min(steps, default=0) >= 0
        and max(map(len, paths), default=0) <= _DEPTH
    )
