"""Traces are taken alike whether a node or an archive wrote them, and refused alike where something is wrong."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from models.blockchain.mev.abi import selector
from models.blockchain.mev.decode import decode
from schemas.traces import RECKONED, Trace, Traces

READER, PLAIN = TypeAdapter(Traces), TypeAdapter(list[Trace])
A, B, HASH = "0x" + "ab" * 20, "0x" + "cd" * 20, "0x" + "12" * 32
ROW = {
    "action": {"from": A, "to": B, "callType": "call", "input": "0xa9059cbb", "value": "0x0", "gas": "0x1"},
    "result": {"output": "0x", "gasUsed": "0x0"},
    "traceAddress": [0, 1],
    "transactionHash": HASH,
    "transactionPosition": 3,
    "type": "call",
    "error": None,
    "blockNumber": 5,
}


def changed(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    row = copy.deepcopy(ROW)
    place: Any = row
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return row


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("action",), None),
        (("action",), "call"),
        (("action", "from"), "0x12"),
        (("action", "to"), 5),
        (("action", "input"), "0xzz"),
        (("action", "input"), "a9059cbb"),
        (("action", "value"), "0xg"),
        (("action", "value"), 1.0),
        (("action", "value"), True),
        (("action", "value"), -1),
        (("action", "value"), 2**256),
        (("action", "callType"), 7),
        (("result",), []),
        (("result", "output"), "0x0x"),
        (("traceAddress",), None),
        (("traceAddress",), [-1]),
        (("traceAddress",), ["0"]),
        (("traceAddress",), [True]),
        (("traceAddress",), [0] * 1_026),
        (("transactionHash",), A),
        (("transactionPosition",), "x"),
        (("type",), 3),
        (("type",), "c" * 21),
        (("error",), {}),
        (("error",), "e" * 10_001),
    ],
)
def test_what_is_wrong_is_refused_by_its_place(path: tuple[str, ...], value: Any) -> None:
    rows = [ROW, changed(path, value)]
    with pytest.raises(ValidationError) as refused:
        READER.validate_python(rows, strict=True)
    with pytest.raises(ValidationError):
        PLAIN.validate_python(rows, strict=True)
    assert refused.value.errors()[0]["loc"][:2] == (1, path[0])


def test_calls_that_move_nothing_are_left_out_unless_they_failed_or_reckon() -> None:
    quiet, failed, reckoning = (
        changed(("action", "callType"), way) for way in ("staticcall", "delegatecall", "staticcall")
    )
    failed["error"], reckoning["action"]["input"] = "Reverted", RECKONED + "0" * 192
    assert READER.validate_python([ROW, quiet, failed, reckoning], strict=True) == [ROW, failed, reckoning]
    assert selector("liquidateCalculateSeizeTokens(address,address,uint256)") == RECKONED


def test_what_a_failed_delegate_call_did_is_undone() -> None:
    token = {"from": B, "to": A, "input": "0xa9059cbb" + "0" * 24 + A[2:] + f"{7:064x}", "value": "0x0"}
    rows = [
        {**ROW, "traceAddress": []},
        {**changed(("action", "callType"), "delegatecall"), "traceAddress": [0], "error": "Reverted"},
        {**ROW, "action": token, "traceAddress": [0, 0]},
        {**ROW, "action": token, "traceAddress": [1]},
    ]
    [made] = decode({"number": 1, "traces": READER.validate_python(rows, strict=True)}).transactions
    assert [transfer.amount for transfer in made.transfers] == [7]


def test_rows_as_a_node_writes_them_are_taken_as_they_are() -> None:
    assert READER.validate_python([ROW], strict=True)[0] is ROW


@pytest.mark.parametrize(
    "row",
    [
        {
            "action": {"from": A, "to": B, "call_type": "call", "input": "0xa9059cbb", "value": 0},
            "result": None,
            "trace_address": [0, 1],
            "transaction_hash": HASH,
            "transaction_position": "0x3",
            "type": "call",
        },
        changed(("action", "to"), B.upper().replace("X", "x")),
        {key: value for key, value in ROW.items() if key not in ("result", "error", "blockNumber")},
        changed(("transactionPosition",), "3"),
    ],
    ids=["an archive", "capitals", "no result", "decimal text"],
)
def test_other_spellings_mean_the_same(row: dict[str, Any]) -> None:
    made, usual = (decode({"number": 1, "traces": READER.validate_python([r], strict=True)}) for r in (row, ROW))
    assert made == usual


def test_a_trace_that_says_nothing_is_no_call() -> None:
    rows = READER.validate_python([{"transactionHash": HASH}], strict=True)
    [transaction] = decode({"number": 1, "traces": rows}).transactions
    assert (transaction.sender, transaction.transfers, transaction.swaps) == ("", [], [])
