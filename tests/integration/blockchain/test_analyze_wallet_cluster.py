"""blockchain.analyze-wallet-cluster as a whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

from foundation.errors import InvalidInput, SobaError
from tasks.discovery import find
from tasks.runner import run

OPERATION = "blockchain.analyze-wallet-cluster"
A, B, C = ("0x" + digit * 40 for digit in "abc")


def analyzed(request: dict[str, Any]) -> Any:
    [answer] = run(find(OPERATION), [json.dumps(request)])
    return answer if isinstance(answer, SobaError) else json.loads(answer)


def test_the_example_finds_its_cluster() -> None:
    example = find(OPERATION).examples[0]
    answer = analyzed(dict(example))
    assert [row["address"] for row in answer["wallets"]] == example["wallets"]
    assert all(row["sybil"] and row["cluster"] == 0 for row in answer["wallets"])
    assert sorted(answer["clusters"][0]["wallets"]) == sorted(example["wallets"])


def test_every_wallet_asked_for_has_a_row_in_order() -> None:
    answer = analyzed({"transfers": [{"from": A, "to": B}], "wallets": [C, B.upper().replace("X", "x"), C]})
    assert [row["address"] for row in answer["wallets"]] == [C, B, C]
    assert [row["cluster"] for row in answer["wallets"]] == [None, None, None]


def test_without_candidates_the_evidence_judges() -> None:
    example = dict(find(OPERATION).examples[0])
    example.pop("wallets")
    answer = analyzed(example)
    assert len(answer["clusters"]) == 1
    assert {row["address"] for row in answer["wallets"]} == set(answer["clusters"][0]["wallets"])


def test_nothing_gives_nothing() -> None:
    assert analyzed({"transfers": []})["clusters"] == []
    assert analyzed({"transfers": [], "wallets": []})["wallets"] == []


def test_rings_are_found_beside() -> None:
    rows = [{"from": a, "to": b, "value": 10**30} for a, b in ((A, B), (B, C), (C, A))]
    [ring] = analyzed({"transfers": rows, "wallets": [A]})["rings"]
    assert ring == {"wallets": [A, B, C], "token": None, "volume": str(3 * 10**30), "transfers": 3, "change": "0"}


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        ({}, "transfers"),
        ({"transfers": [{"from": A}]}, "transfers.0.to"),
        ({"transfers": [{"from": A, "to": B, "count": 0}]}, "transfers.0.count"),
        ({"transfers": [{"from": A, "to": B, "value": "1.5"}]}, "transfers.0.value"),
        ({"transfers": [{"from": A, "to": B, "timestamp": "never"}]}, "transfers.0.timestamp"),
        ({"transfers": [{"from": A, "to": B, "other": 1}]}, "transfers.0.other"),
        ({"transfers": [], "wallets": ["0x1"]}, "wallets.0"),
    ],
)
def test_what_is_wrong_is_named(request_: dict[str, Any], path: str) -> None:
    answer = analyzed(request_)
    assert isinstance(answer, InvalidInput)
    assert answer.details[0]["path"].startswith(path)
