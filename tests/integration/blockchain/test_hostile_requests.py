"""Whatever is sent to the operations on blocks, wallets and graphs gets an answer or a clear failure."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.errors import InvalidInput
from tasks.discovery import find
from tasks.runner import run

OPERATIONS = ["blockchain.detect-mev", "blockchain.analyze-wallet-cluster", "blockchain.transaction-graph"]
HEX = ["0x" + "f" * 64, "0x" + "0" * 40, "0x", "0xzz"]
JUNK = st.sampled_from([None, 0, -1, 1.5, 2**300, "", "a", "\u0000", [], {}, True, *HEX])


@pytest.mark.parametrize("name", OPERATIONS)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_spoilt_request_is_answered(name: str, data: st.DataObject) -> None:
    request = copy.deepcopy(dict(find(name).examples[0]))
    for _ in range(data.draw(st.integers(1, 3))):
        place: Any = request
        while isinstance(place, (dict, list)) and place:
            key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else list(range(len(place)))))
            if not isinstance(place[key], (dict, list)) or data.draw(st.integers(0, 9)) == 0:
                place[key] = data.draw(JUNK)
                break
            place = place[key]
    [answer] = run(find(name), [json.dumps(request)])
    assert isinstance(answer, (bytes, InvalidInput))


def test_a_long_graph_takes_bounded_work() -> None:
    """A chain of 20,000 addresses, in which every shortest path is long."""
    rows = [{"from": f"0x{i:040x}", "to": f"0x{i + 1:040x}", "value": 1} for i in range(20_000)]
    [answer] = run(find("blockchain.transaction-graph"), [json.dumps({"transfers": rows})])
    assert isinstance(answer, bytes)
    assert json.loads(answer)["betweenness"] == "sampled"


LISTS = OPERATIONS[1:]
MOST = str(2**256 - 1)
SHAPES: dict[str, list[dict[str, Any]]] = {
    "star": [{"from": "0x" + "0" * 40, "to": f"0x{i:040x}", "value": MOST} for i in range(10_000)],
    "sink": [{"from": f"0x{i:040x}", "to": "0x" + "0" * 40, "value": 0} for i in range(10_000)],
    "to itself": [{"from": f"0x{i % 3:040x}", "to": f"0x{i % 3:040x}", "value": 1} for i in range(10_000)],
    "parallel": [{"from": "0x" + "a" * 40, "to": "0x" + "b" * 40, "value": MOST} for _ in range(20_000)],
    "a token each": [
        {"from": f"0x{i % 9:040x}", "to": f"0x{i % 8:040x}", "value": 1, "token": f"0x{i:040x}"} for i in range(10_000)
    ],
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", LISTS)
def test_odd_graphs_are_answered(name: str, shape: str) -> None:
    [answer] = run(find(name), [json.dumps({"transfers": SHAPES[shape]})])
    assert isinstance(answer, bytes)
    assert b"NaN" not in answer


def test_sums_beyond_256_bits_are_exact() -> None:
    [answer] = run(find("blockchain.transaction-graph"), [json.dumps({"transfers": SHAPES["parallel"]})])
    assert isinstance(answer, bytes)
    [edge] = json.loads(answer)["edges"]
    assert (edge["count"], edge["value"]) == (20_000, str(20_000 * (2**256 - 1)))


@pytest.mark.parametrize("name", LISTS)
def test_an_address_is_one_whatever_its_case(name: str) -> None:
    low, high = "0x" + "ab" * 20, "0x" + "AB" * 20
    rows = [{"from": low, "to": "0x" + "c" * 40, "value": 1}, {"from": high, "to": "0X" + "C" * 40, "value": 1}]
    both, one = (run(find(name), [json.dumps({"transfers": given})])[0] for given in (rows, [rows[0], rows[0]]))
    assert both == one


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "address", ["0x" + "é" * 40, "0x" + "٣" * 40, "ｘ" * 42, "", "0x" + "a" * 39 + "\n", "\u0000" * 42]
)
def test_what_is_no_address_is_refused_by_its_place(name: str, address: str) -> None:
    rows = [{"from": "0x" + "a" * 40, "to": "0x" + "b" * 40, "value": 1} for _ in range(5)]
    rows[3] |= {"to": address}
    [answer] = run(find(name), [json.dumps({"transfers": rows})])
    assert isinstance(answer, InvalidInput)
    assert answer.details[0]["path"] == "transfers.3.to"


def test_many_trades_in_one_pool_take_bounded_work() -> None:
    names = ("tokenIn", "tokenOut", "pool", "sender", "recipient")
    same = {name: f"0x{i:040x}" for i, name in enumerate(names)}
    rows = [
        {**same, "transactionHash": f"0x{i:064x}", "transactionIndex": i, "amountIn": 5, "amountOut": 6}
        for i in range(4_000)
    ]
    [answer] = run(find("blockchain.detect-mev"), [json.dumps({"block": {"number": 1, "swaps": rows}})])
    assert isinstance(answer, bytes)
