"""Contracts a second: the whole operation on distinct bytecodes, beside evmole's selectors, arguments and mutability.

    python -m benchmarks.contracts_throughput --data DIR [--rounds N]

Prints CPU time, which other work on the machine disturbs least, and the ratio of the two.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path

import evmole

from tasks.discovery import find
from tasks.runner import run


def best_of(rounds: int, work: Callable[[], object]) -> float:
    """Least CPU seconds of several runs."""
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds chain/bytecode")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    path = options.data / "chain" / "bytecode" / "token_bytecode_sample_1000.json.gz"
    codes: list[str] = list(dict.fromkeys(json.loads(gzip.decompress(path.read_bytes())).values()))
    operation = find("blockchain.analyze-contract")
    if operation.load:
        operation.load()
    lines = [json.dumps({"bytecode": code}) for code in codes]
    thrice = [line for line in lines for _ in range(3)]

    def peer() -> None:
        for code in codes:
            evmole.contract_info(code, selectors=True, arguments=True, state_mutability=True)

    mine = best_of(options.rounds, lambda: run(operation, lines))
    repeated = best_of(options.rounds, lambda: run(operation, thrice))
    theirs = best_of(options.rounds, peer)
    print(f"{len(codes)} distinct bytecodes")
    print(f"this operation: {len(codes) / mine:,.0f} contracts a second of CPU ({1e3 * mine / len(codes):.2f} ms each)")
    print(f"each three times in a row: {len(thrice) / repeated:,.0f} a second")
    print(f"evmole alone: {len(codes) / theirs:,.0f} a second; ratio {theirs / mine:.2f}")


if __name__ == "__main__":
    main()
