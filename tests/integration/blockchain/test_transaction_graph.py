"""blockchain.transaction-graph as a whole: from transfers and from the store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foundation.errors import InvalidInput, SobaError
from foundation.settings import Settings
from storage.engine import insert_rows
from storage.transfers import TRANSFERS
from tasks.discovery import find
from tasks.resources import Resources, use
from tasks.runner import run

A, B, C, D = ("0x" + digit * 40 for digit in "abcd")
TOKEN = "0x" + "7" * 40


def graph(request: dict[str, Any]) -> Any:
    [answer] = run(find("blockchain.transaction-graph"), [json.dumps(request)])
    return answer if isinstance(answer, SobaError) else json.loads(answer)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Resources]:
    made = Resources(Settings(home=tmp_path))
    use(made)
    yield made
    made.store.close()
    use(None)


def stored(resources: Resources, rows: list[tuple[str, str, int, int]]) -> None:
    """Transfers of one token: sender, recipient, value, time."""
    token = bytes.fromhex(TOKEN[2:])
    made = [
        (i, 0, 1, token, 20, bytes.fromhex(a[2:]), bytes.fromhex(b[2:]), str(value), None, time, i // 2)
        for i, (a, b, value, time) in enumerate(rows)
    ]
    with resources.store.write() as connection:
        insert_rows(connection, TRANSFERS, made)


def test_parallel_transfers_are_one_edge_with_their_sum() -> None:
    transfers = [{"from": A, "to": B, "value": 2**200}, {"from": A.upper().replace("X", "x"), "to": B, "value": "1"}]
    answer = graph({"transfers": transfers})
    assert answer["edges"] == [{"from": A, "to": B, "count": 2, "value": str(2**200 + 1), "tokens": {}}]
    first, second = answer["nodes"]
    assert (first["id"], first["outDegree"], first["outFlow"], first["inFlow"]) == (A, 1, str(2**200 + 1), "0")
    assert (second["id"], second["inDegree"]) == (B, 1)
    assert first["pageRank"] + second["pageRank"] == pytest.approx(1, abs=1e-12)


def test_flows_are_told_by_token() -> None:
    answer = graph({"transfers": [{"from": A, "to": B, "value": 3, "token": TOKEN}, {"from": B, "to": A, "value": 5}]})
    assert answer["nodes"][0]["flows"] == {TOKEN: ["0", "3"]}
    assert answer["edges"][0]["tokens"] == {TOKEN: "3"}


def test_the_neighbourhood_of_an_address_is_read_from_the_store(store: Resources) -> None:
    stored(store, [(A, B, 10, 1_000), (B, C, 5, 2_000), (C, D, 1, 3_000)])
    ids = [{node["id"] for node in graph({"address": A, "depth": depth})["nodes"]} for depth in (1, 2, 3)]
    assert ids == [{A, B}, {A, B, C}, {A, B, C, D}]
    assert [edge["value"] for edge in graph({"address": B, "from": 1_500})["edges"]] == ["5"]
    assert [edge["value"] for edge in graph({"address": B, "to": "1970-01-01T00:00:01.500Z"})["edges"]] == ["10"]


def test_an_address_without_transfers_has_an_empty_graph(store: Resources) -> None:
    answer = graph({"address": A, "format": "graphml", "picture": True, "taint": {"seeds": [A]}})
    assert answer["nodes"] == answer["edges"] == answer["taint"] == []
    assert answer["document"].startswith("<graphml")


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        ({}, "transfers"),
        ({"address": A, "transfers": []}, "transfers"),
        ({"transfers": [{"from": A, "to": B}]}, "transfers.0.value"),
        ({"transfers": [{"from": A, "to": "0x1", "value": 1}]}, "transfers.0.to"),
        ({"transfers": [{"from": A, "to": B, "value": str(2**256)}]}, "transfers.0.value"),
        ({"transfers": [{"from": A, "to": B, "value": 1, "timestamp": "soon"}]}, "transfers.0.timestamp"),
        ({"transfers": [], "format": "xml"}, "format"),
        ({"transfers": [{"from": A, "to": f"0x{i:040x}", "value": 1} for i in range(500)], "picture": True}, "picture"),
    ],
)
def test_what_is_wrong_is_named(request_: dict[str, Any], path: str) -> None:
    answer = graph(request_)
    assert isinstance(answer, InvalidInput)
    assert answer.details[0]["path"].startswith(path)
