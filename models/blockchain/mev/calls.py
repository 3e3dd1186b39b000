"""Traces as `trace_block` gives them, one transaction's at a time, as a list of calls that can change balances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.traces import RECKONED

Raw = Mapping[str, Any]
_CALL = ("call", "", None)


def quantity(value: int | str | None) -> int:
    """A whole number as JSON-RPC gives it (hex), or as a program stored it (a decimal or an integer)."""
    if not value or value == "0x0":
        return 0
    if isinstance(value, str):
        if value[:2] in ("0x", "0X"):
            return int(value[2:] or "0", 16)
        return int(value)
    return value


@dataclass(slots=True)
class Call:
    """A message call, or what moves ether without one (`selector` empty): a contract's creation or destruction.

    `order` is the place among the transaction's traces and `end` that of the first trace after its subtree.
    """

    order: int
    end: int
    path: tuple[int, ...]
    sender: str
    to: str
    value: int
    data: str
    output: str
    parent: Call | None
    selector: str


def calls_of(traces: Sequence[Raw]) -> list[Call]:
    """The calls of one transaction in the order of execution; of static ones only RECKONED, of delegate calls none.

    What a failed call did is undone and left out; where the whole transaction failed, only the calls that failed
    themselves are, so that the list shows what was tried.
    """
    undone = not traces[0].get("error")
    calls: list[Call] = []
    open_calls: list[tuple[int, Call]] = []
    void: int | None = None
    for order, trace in enumerate(traces):
        path = trace["traceAddress"]
        depth = len(path)
        while open_calls and open_calls[-1][0] >= depth:
            open_calls.pop()[1].end = order
        if void is not None and depth > void:
            continue
        void = None
        if trace.get("error"):
            void = depth if undone else None
            continue
        call = _call(trace, order, path, open_calls[-1][1] if open_calls else None)
        if call:
            calls.append(call)
            open_calls.append((depth, call))
    for _, call in open_calls:
        call.end = len(traces)
    return calls


def _call(trace: Raw, order: int, path: Iterable[int], parent: Call | None) -> Call | None:
    action, kind = trace["action"], trace.get("type")
    data, output, paid = "", "0x", "value"
    if kind == "call":
        data, sender, to = action.get("input") or "0x", action.get("from"), action.get("to")
        way = action.get("callType")
        if way not in _CALL and (way != "staticcall" or data[:10] != RECKONED):
            return None
        output = (trace.get("result") or {}).get("output") or "0x"
    elif kind == "suicide":
        sender, to, paid = action.get("address"), action.get("refundAddress"), "balance"
    elif kind == "create":
        sender, to = action.get("from"), (trace.get("result") or {}).get("address")
    else:
        return None
    value = quantity(action.get(paid))
    return Call(order, order + 1, tuple(path), sender or "", to or "", value, data, output, parent, data[:10])
