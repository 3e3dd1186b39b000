"""detect-mev on real blocks: the three tiers of what is expected, each by itself."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic.alias_generators import to_camel

from schemas.primitives import NATIVE_TOKEN
from tasks.discovery import find
from tasks.runner import run

pytestmark = pytest.mark.data
COLLATERAL = ("collateralToken", "collateralAmount")
Answers = dict[str, dict[str, Any]]


def camel(value: Any) -> Any:
    """The same with keys as JSON-RPC has them."""
    if isinstance(value, dict):
        return {to_camel(key): camel(item) for key, item in value.items()}
    return [camel(item) for item in value] if isinstance(value, list) else value


def read(path: Path) -> Any:
    with gzip.open(path) as file:
        return json.load(file)


def traced(folder: Path, number: str) -> dict[str, Any]:
    block = read(folder / "traces" / f"{number}.json.gz")
    return {**camel(block), "number": block["block_number"]}


def swapped(folder: Path, number: str) -> dict[str, Any]:
    block = read(folder / "swaps" / f"{number}.json.gz")
    names = {
        "transaction_position": "transactionIndex",
        "contract_address": "pool",
        "from_address": "sender",
        "to_address": "recipient",
        "token_in_address": "tokenIn",
        "token_in_amount": "amountIn",
        "token_out_address": "tokenOut",
        "token_out_amount": "amountOut",
    }
    transactions = [
        {
            "hash": hash_,
            "transactionIndex": row["position"],
            "from": row["from"],
            "to": row["to"],
            "value": row["value"],
            "input": row["selector"],
            "status": 0 if row["error"] else 1,
        }
        for hash_, row in block["transactions"].items()
    ]
    swaps = [{names.get(key, to_camel(key)): value for key, value in row.items()} for row in block["swaps"]]
    return {"number": block["block_number"], "miner": block["miner"], "transactions": transactions, "swaps": swaps}


def answers(folder: Path, request: Callable[[Path, str], dict[str, Any]]) -> Answers:
    numbers = sorted(json.loads((folder / "expected.json").read_text()))
    kept = ("number", "miner", "baseFeePerGas", "traces", "receipts", "transactions", "swaps")
    blocks = [{key: value for key, value in request(folder, number).items() if key in kept} for number in numbers]
    made = run(find("blockchain.detect-mev"), [json.dumps({"block": block}) for block in blocks])
    return {number: json.loads(answer) for number, answer in zip(numbers, made, strict=True)}  # type: ignore[arg-type] # a failure fails the test


@pytest.fixture(scope="module")
def folder(data_dir: Path) -> Path:
    return data_dir / "chain" / "mev"


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "expected.json").read_text())


@pytest.fixture(scope="module")
def from_traces(folder: Path) -> Answers:
    return answers(folder, traced)


@pytest.fixture(scope="module")
def from_swaps(folder: Path) -> Answers:
    return answers(folder, swapped)


def test_liquidations_that_people_asserted_are_found(from_traces: Answers, expected: dict[str, Any]) -> None:
    for number, tiers in expected.items():
        found = [
            tuple(x[name] for name in ("transaction", "liquidator", "borrower", "debtToken", "debtAmount", *COLLATERAL))
            for x in from_traces[number]["liquidations"]
        ]
        for row in tiers["asserted_by_upstream_tests"].get("liquidations", []):
            token = row["debt_token_address"].replace("ETH_TOKEN_ADDRESS", NATIVE_TOKEN)
            paid = (row["transaction_hash"], row["liquidator_user"], row["liquidated_user"], token)
            got = (row["received_token_address"], row["received_amount"])
            assert (*paid, row["debt_purchase_amount"], *got) in found


def test_just_in_time_liquidity_that_people_asserted_is_found(from_traces: Answers, expected: dict[str, Any]) -> None:
    for number, tiers in expected.items():
        found = {
            (x["provider"], x["pool"], x["mintTransaction"], x["burnTransaction"]) for x in from_traces[number]["jit"]
        }
        rows = tiers["asserted_by_upstream_tests"].get("jit", [])
        names = ("bot_address", "pool_address", "mint_transaction_hash", "burn_transaction_hash")
        assert {tuple(row[name] for name in names) for row in rows} == found


@pytest.mark.parametrize("source", ["from_traces", "from_swaps"])
def test_closed_cycles_are_found_with_their_exact_profit(
    source: str, expected: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    given: Answers = request.getfixturevalue(source)
    for number, tiers in expected.items():
        found = {(x["transaction"], x["profitToken"], x["profitAmount"]) for x in given[number]["arbitrages"]}
        for transaction, flows in tiers["netflow_closed_cycle_txs"].items():
            assert any((transaction, token, amount) in found for token, amount in flows.items())


@pytest.mark.parametrize("source", ["from_traces", "from_swaps"])
def test_sandwiches_of_the_reference_are_found_and_no_others(
    source: str, expected: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    given: Answers = request.getfixturevalue(source)
    for number, tiers in expected.items():
        found = {(x["pool"], x["frontrun"], x["backrun"], *x["victims"]) for x in given[number]["sandwiches"]}
        rows = tiers["reference_mev_inspect_HEAD"]["sandwiches"]
        assert {(x["pool"], x["frontrun_tx"], x["backrun_tx"], *x["victim_txs"]) for x in rows} == found


def test_the_profit_of_an_imbalanced_sandwich_is_what_was_realised(
    from_traces: Answers, expected: dict[str, Any]
) -> None:
    """The expectation was computed in floating point: the integer lies within its rounding."""
    for number, tiers in expected.items():
        for row in tiers["asserted_by_upstream_tests"].get("sandwich_profit", []):
            [found] = [x for x in from_traces[number]["sandwiches"] if x["attacker"] == row["sandwicher"]]
            assert found["profitToken"] == row["token"]
            assert abs(int(found["profitAmount"]) / int(row["profit"]) - 1) < 1e-12


def test_attackers_are_neither_routers_nor_pools(from_traces: Answers, expected: dict[str, Any]) -> None:
    for number, answer in from_traces.items():
        pools = {swap["pool"] for swap in answer["swaps"]}
        assert all(sandwich["attacker"] not in pools for sandwich in answer["sandwiches"]), number


def strangers(text: str) -> dict[str, str]:
    """Another address for every one in a text, except for WETH, precompiled contracts and the signs of ether."""
    known = re.compile(r"c02aaa39b223fe8d0a0e5c4f27ead9083c756cc2|0{30}.{10}|e{40}")
    found = set(re.findall(r'"0x([0-9a-f]{40})"', text))
    return {a: hashlib.sha256(a.encode()).hexdigest()[:40] for a in found if not known.fullmatch(a)}


def replaced(text: str, others: dict[str, str]) -> str:
    for address, other in others.items():
        text = text.replace(address, other)
    return text


def findings(answer: str) -> list[str]:
    kinds = ("sandwiches", "arbitrages", "liquidations", "jit")
    return sorted(json.dumps(found) for kind in kinds for found in json.loads(answer)[kind])


def test_no_finding_hangs_on_whose_address_it_is(from_traces: Answers, folder: Path) -> None:
    """The same blocks with other tokens, pools, routers, lenders and bots, in calls' data as well."""
    others: dict[str, dict[str, str]] = {}

    def renamed(folder: Path, number: str) -> dict[str, Any]:
        text = re.sub(r'"0x\w{40}"', lambda address: address[0].lower(), json.dumps(traced(folder, number)))
        others[number] = strangers(text)
        return json.loads(replaced(text, others[number]))

    for number, answer in answers(folder, renamed).items():
        before = replaced(json.dumps(from_traces[number]), others[number])
        assert findings(json.dumps(answer)) == findings(before), number
    assert sum(map(len, others.values())) > 1000


def test_swaps_agree_with_those_decoded_by_the_reference(from_traces: Answers, folder: Path) -> None:
    """All of its swaps that took effect; tokens that trade while they are transferred are what it reads wrong."""
    total = differing = 0
    for number, answer in from_traces.items():
        found = {(x["transactionHash"], tuple(x["traceAddress"])): x for x in answer["swaps"]}
        failed = {t["transaction_hash"] for t in read(folder / "traces" / f"{number}.json.gz")["traces"] if t["error"]}
        for row in read(folder / "swaps" / f"{number}.json.gz")["swaps"]:
            if row["transaction_hash"] in failed:
                continue
            mine = found[row["transaction_hash"], tuple(row["trace_address"])]
            assert (mine["tokenIn"], mine["tokenOut"]) == (row["token_in_address"], row["token_out_address"])
            assert mine["amountOut"] == str(row["token_out_amount"])
            total += 1
            differing += mine["amountIn"] != str(row["token_in_amount"])
    assert total > 500
    assert differing <= 12
