"""The operation: what goes in, what comes out, and that one request never harms another."""

from __future__ import annotations

import json
from typing import Any

import pytest

from foundation.errors import SobaError
from models.blockchain.contracts.analysis import analyze
from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.scoring import risk_level, risk_score
from tasks.discovery import find
from tasks.runner import run

OPERATION = find("blockchain.analyze-contract")
LOG = {"address": "0x" + "a" * 40, "topics": [], "data": "0x"}
CHECKSUMMED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"  # an example of EIP-55


def answer(request: Any) -> Any:
    [made] = run(OPERATION, [json.dumps(request)])
    return made if isinstance(made, SobaError) else json.loads(made)


@pytest.mark.parametrize("example", OPERATION.examples)
def test_examples_say_something(example: dict[str, Any]) -> None:
    made = answer(example)
    assert made["proxy"] or made["findings"]
    assert 0 <= made["riskScore"] <= 100


def test_the_bank_is_reentrant_at_the_line_of_the_call() -> None:
    made = answer(OPERATION.examples[1])
    [found] = [finding for finding in made["findings"] if finding["category"] == "reentrancy"]
    assert (found["swc"], found["severity"], found["line"]) == ("SWC-107", "high", 10)
    assert made["riskLevel"] in ("high", "critical")
    assert {s["signature"] for s in made["selectors"]} == {"put()", "take(uint256)"}


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        ({}, ""),
        ({"address": CHECKSUMMED}, ""),
        ({"bytecode": "0x1"}, "bytecode"),
        ({"bytecode": "0xzz"}, "bytecode"),
        ({"bytecode": "60 60"}, "bytecode"),
        ({"bytecode": 5}, "bytecode"),
        ({"source": "x" * 2_000_001}, "source"),
        ({"bytecode": "0x", "address": CHECKSUMMED.replace("A", "a")}, "address"),
        ({"bytecode": "0x", "address": "0x12"}, "address"),
        (
            {"bytecode": "0x", "address": CHECKSUMMED.lower(), "logs": [{**LOG, "blockNumber": -1}]},
            "logs.0.blockNumber",
        ),
        ({"logs": [LOG, {**LOG, "logIndex": "0x" + "f" * 65}]}, "logs.1.logIndex"),
        ({"logs": [{**LOG, "topics": ["0x12"]}]}, "logs.0.topics.0"),
        ({"logs": [LOG] * 50_001}, "logs"),
    ],
)
def test_bad_requests_name_their_field(request_: dict[str, Any], path: str) -> None:
    made = answer(request_)
    assert isinstance(made, SobaError)
    assert (made.code, made.details[0]["path"]) == ("INVALID_INPUT", path)


@pytest.mark.parametrize("code", ["0x", ""])
def test_empty_code_is_an_answer(code: str) -> None:
    made = answer({"bytecode": code, "address": CHECKSUMMED})
    assert (made["kind"], made["address"]) == ("empty", CHECKSUMMED.lower())
    assert "empty" in made["notes"][0]


def test_storage_is_told_only_where_it_is_asked_for() -> None:
    code = "60003560e01c8063123456781460145700" + "00" * 3 + "5b60005460005260206000f3"
    assert answer({"bytecode": code})["storage"] is None
    [slot] = answer({"bytecode": code, "storageLayout": True})["storage"]
    assert (slot["slot"], slot["reads"]) == ("0x" + "00" * 32, ["0x12345678"])


def test_a_bad_request_harms_no_neighbour_and_equal_ones_agree() -> None:
    good = json.dumps(OPERATION.examples[0])
    first, bad, last = run(OPERATION, [good, '{"bytecode": "0x1"}', good])
    assert isinstance(bad, SobaError)
    assert first == last


def test_the_source_of_another_contract_is_noticed() -> None:
    dispatcher = bytes.fromhex("60003560e01c80631234567814601457" + "5b" * 8 + "600160005500")
    report = analyze(dispatcher, "contract A { function other() public {} }")
    assert any("differ" in note for note in report.notes)


def found(severity: Any, confidence: Any = "high", id_: str = "a") -> Finding:
    return Finding(id_, "other", None, severity, confidence, "", "")


def test_risk_grows_with_what_is_found_and_never_passes_100() -> None:
    scores = [
        risk_score([], [], 0),
        risk_score([found("low")], [], 0),
        risk_score([found("high", "low")], [], 0),
        risk_score([found("high")], [], 0),
        risk_score([found("high"), found("critical", id_="b")], ["mintable"], 0),
        risk_score([found("high"), found("critical", id_="b")], ["mintable", "owner_can_drain"], 1.0),
    ]
    assert scores == sorted(scores)
    assert scores[0] == 0 and scores[-1] < 100
    assert risk_score([found("high")] * 9, [], 0) == scores[3]
    assert [risk_level(score) for score in (0, 20, 45, 75)] == ["low", "medium", "high", "critical"]
