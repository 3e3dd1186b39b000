"""detect-mev on real blocks: what is found of each tier of expectations, and CPU time a block.

    python -m benchmarks.mev_blocks --data DIR [--rounds N]

DIR holds expected.json, traces/ and swaps/ of mev-inspect-py's test blocks. The tiers (asserted by people, output of
the reference tool, closed cycles by arithmetic) are counted apart. Time is the least CPU time of several rounds of the
whole operation from JSON text to JSON text, beside that of reading the same text with orjson.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import Counter
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

import orjson
from pydantic.alias_generators import to_camel

from schemas.primitives import NATIVE_TOKEN
from tasks.discovery import find
from tasks.runner import run

FIELDS = ("number", "miner", "baseFeePerGas", "traces", "receipts")


def camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {to_camel(key): camel(item) for key, item in value.items()}
    return [camel(item) for item in value] if isinstance(value, list) else value


def request(folder: Path, number: str) -> bytes:
    """The block as JSON-RPC would give it."""
    with gzip.open(folder / "traces" / f"{number}.json.gz") as file:
        block = json.load(file)
    made = {**camel(block), "number": block["block_number"]}
    return json.dumps({"block": {name: made[name] for name in FIELDS}}).encode()


def milliseconds(work: Callable[[], object]) -> float:
    """CPU time of one run."""
    start = time.process_time()
    work()
    return 1e3 * (time.process_time() - start)


def score(answer: dict[str, Any], tiers: dict[str, Any], found: Counter[str]) -> None:
    """Count what was expected and what of it was found, tier by tier."""
    asserted = tiers["asserted_by_upstream_tests"]
    liquidations = {
        (x["transaction"], x["borrower"], x["debtToken"], x["debtAmount"], x["collateralToken"], x["collateralAmount"])
        for x in answer["liquidations"]
    }
    for row in asserted.get("liquidations", []):
        debt = (row["debt_token_address"].replace("ETH_TOKEN_ADDRESS", NATIVE_TOKEN), row["debt_purchase_amount"])
        collateral = (row["received_token_address"], row["received_amount"])
        key = (row["transaction_hash"], row["liquidated_user"], *debt, *collateral)
        found["asserted liquidations, all"] += 1
        found["asserted liquidations, found"] += key in liquidations
    jit = {(x["provider"], x["mintTransaction"], x["burnTransaction"]) for x in answer["jit"]}
    for row in asserted.get("jit", []):
        found["asserted JIT, all"] += 1
        found["asserted JIT, found"] += (
            row["bot_address"],
            row["mint_transaction_hash"],
            row["burn_transaction_hash"],
        ) in jit
    cycles = {(x["transaction"], x["profitToken"], x["profitAmount"]) for x in answer["arbitrages"]}
    for transaction, flows in tiers["netflow_closed_cycle_txs"].items():
        found["closed cycles, all"] += 1
        found["closed cycles, exact"] += any((transaction, *flow) in cycles for flow in flows.items())
    sandwiches = {(x["pool"], x["frontrun"], x["backrun"]) for x in answer["sandwiches"]}
    wanted = {(x["pool"], x["frontrun_tx"], x["backrun_tx"]) for x in tiers["reference_mev_inspect_HEAD"]["sandwiches"]}
    found["reference sandwiches, all"] += len(wanted)
    found["reference sandwiches, found"] += len(wanted & sandwiches)
    found["sandwiches that the reference lacks"] += len(sandwiches - wanted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    expected = json.loads((options.data / "expected.json").read_text())
    operation, found = find("blockchain.detect-mev"), Counter[str]()
    if operation.load:
        operation.load()
    texts = {number: request(options.data, number) for number in expected}
    for number, text in texts.items():
        [answer] = run(operation, [text])
        assert isinstance(answer, bytes), answer
        score(json.loads(answer), expected[number], found)
    times, plain = dict.fromkeys(texts, inf), dict.fromkeys(texts, inf)
    for _ in range(options.rounds):  # block after block, so that no block has only the moments of a busy machine
        for number, text in texts.items():
            times[number] = min(times[number], milliseconds(lambda text=text: run(operation, [text])))
            plain[number] = min(plain[number], milliseconds(lambda text=text: orjson.loads(text)))
    for name in sorted(found):
        print(f"{name:40} {found[name]}")
    print(f"CPU ms a block: mean {sum(times.values()) / len(times):.1f}, largest {max(times.values()):.1f}")
    print(f"orjson alone:   mean {sum(plain.values()) / len(plain):.1f}, largest {max(plain.values()):.1f}")


if __name__ == "__main__":
    main()
