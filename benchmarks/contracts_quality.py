"""What blockchain.analyze-contract finds on labelled contracts, beside baselines and separately for a held-out half.

    python -m benchmarks.contracts_quality --data DIR [--clean DIR] [--compiled FILE]

Contracts are split in two by the first byte of the SHA-256 of their name or address. The rules were written with the
even half in sight; `held out` is the odd half. `--clean` names a folder of audited Solidity files (unpacked npm
packages of OpenZeppelin and Uniswap, say), of which the share with a finding above info is printed.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

import evmole

from models.blockchain.contracts.analysis import Report, analyze
from models.blockchain.contracts.finding import Category
from models.blockchain.contracts.liquidity import TRANSFER, Log, liquidity_of

DASP = dict(enumerate(get_args(Category), start=1))
Counts = dict[tuple[str, str], Counter[str]]


def load(path: Path) -> Any:
    return json.loads(gzip.decompress(path.read_bytes()))


def half(key: str) -> str:
    return "held out" if hashlib.sha256(key.encode()).digest()[0] % 2 else "seen"


def code_of(text: str | None) -> bytes | None:
    return bytes.fromhex(text.removeprefix("0x")) if text else None


def outcome(found: bool, truth: bool) -> str:
    return ("tp" if truth else "fp") if found else ("fn" if truth else "tn")


def f1(counts: Counter[str]) -> float:
    return 2 * counts["tp"] / max(1, 2 * counts["tp"] + counts["fp"] + counts["fn"])


def show(title: str, counts: Counts) -> None:
    print(title)
    for (part, name), found in sorted(counts.items()):
        print(f"  {part:9} {name:26} F1 {f1(found):.3f}  {dict(sorted(found.items()))}")


def vulnerabilities(data: Path) -> None:
    """CGT: every (contract, DASP category) that has a label; both labels present counts as positive."""
    sources = load(data / "contracts" / "cgt_source_comment_stripped.json.gz")
    counts: Counts = defaultdict(Counter)
    for row in load(data / "contracts" / "cgt_labels.json.gz"):
        if row["fp_sol"] not in sources:
            continue
        found = {finding.category for finding in analyze(None, sources[row["fp_sol"]]).findings}
        truth: dict[str, bool] = {}
        for label in row["labels"]:
            if label["dasp"]:
                name = DASP[int(label["dasp"])]
                truth[name] = truth.get(name, False) or label["holds"]
        for name, holds in truth.items():
            for group in (name, "~all"):
                counts[half(row["fp_sol"]), group][outcome(name in found, holds)] += 1
    show("vulnerabilities, CGT (Slither .38 to .40, plain tree-sitter rules .61)", counts)


def curated(data: Path) -> None:
    """SmartBugs curated: categories found, and lines hit exactly."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in load(data / "contracts" / "smartbugs_curated.json.gz"):
        findings = analyze(None, row["source_comment_stripped"]).findings
        part = half(row["upstream_path"])
        for name in {vulnerability["category"] for vulnerability in row["vulnerabilities"]}:
            counts[part]["categories"] += 1
            counts[part]["categories found"] += any(finding.category == name for finding in findings)
        for vulnerability in row["vulnerabilities"]:
            lines = {f.line for f in findings if f.category == vulnerability["category"]}
            counts[part]["places"] += 1
            counts[part]["places found"] += bool(lines & set(vulnerability["lines"]))
    for part, found in sorted(counts.items()):
        print(f"SmartBugs curated, {part}: {dict(found)}")


def honeypots(data: Path) -> None:
    counts: Counts = defaultdict(Counter)
    for row in load(data / "honeypot" / "honeybadger.json.gz"):
        if row["source"] and row["label"] is not None:
            found = bool(analyze(None, row["source"]).honeypot.techniques)
            counts[half(row["clone_group"] or row["address"]), "honeypot"][outcome(found, row["label"])] += 1
    show("honeypots, HoneyBadger", counts)
    alarms: Counter[str] = Counter()
    for name, text in load(data / "contracts" / "cgt_source_comment_stripped.json.gz").items():
        alarms[half(name)] += 1
        alarms[half(name) + ", called honeypots"] += bool(analyze(None, text).honeypot.techniques)
    print(f"  contracts of CGT: {dict(sorted(alarms.items()))}")


def bytecode_honeypots(data: Path, compiled: Path | None) -> None:
    """False alarms on deployed contracts, and what is found of HoneyBadger's sources once they are compiled."""
    alarms: Counter[str] = Counter()
    for name, text in load(data / "contracts" / "cgt_runtime.json.gz").items():
        alarms[half(name)] += 1
        alarms[half(name) + ", called honeypots"] += bool(analyze(code_of(text), None).honeypot.techniques)
    print(f"honeypots from bytecode, runtimes of CGT: {dict(sorted(alarms.items()))}")
    if compiled is None:
        return
    runtimes, counts = json.loads(compiled.read_text()), defaultdict[tuple[str, str], Counter[str]](Counter)
    for row in load(data / "honeypot" / "honeybadger.json.gz"):
        if row["address"] in runtimes and row["label"] is not None:
            codes = (code_of(text) for text in runtimes[row["address"]])
            found = any(analyze(code, None).honeypot.techniques for code in codes if code)
            for name in (row["technique"], "~all"):
                counts[half(row["clone_group"] or row["address"]), name][outcome(found, row["label"])] += 1
    show("honeypots from bytecode, HoneyBadger's sources compiled", counts)


def powers(data: Path) -> None:
    rows = load(data / "rug" / "crpwarner_groundtruth.json.gz")
    for given in ("bytecode and source", "bytecode"):
        counts: Counts = defaultdict(Counter)
        for row in rows:
            code = code_of(row["bytecode"])
            source = row["source"] if "source" in given else None
            if code is None and source is None:
                continue
            token = analyze(code, source).token
            found = {"mint": token.mint, "leak": token.drain, "limit": token.limit} if token else {}
            for name in ("mint", "leak", "limit"):
                counts[half(row["address"]), name][outcome(bool(found.get(name)), bool(row[name]))] += 1
        show(f"token powers, CRPWarner, from {given}", counts)


def agreement(data: Path) -> None:
    """Powers from bytecode alone beside those from source, on the tokens of CGT of which both are there."""
    sources = load(data / "contracts" / "cgt_source_comment_stripped.json.gz")
    runtimes = load(data / "contracts" / "cgt_runtime.json.gz")
    pairs = {row["fp_sol"]: row["fp_runtime"] for row in load(data / "contracts" / "cgt_labels.json.gz")}
    counts: Counts = defaultdict(Counter)
    for name, source in sources.items():
        code = code_of(runtimes.get(pairs.get(name)))
        if code is None:
            continue
        both, read = analyze(code, source), analyze(code, None).token
        told = analyze(None, source).token
        if read is None or told is None or "pool" in (read.standard, told.standard):
            continue
        if any("differ" in note for note in both.notes):
            continue
        for power in ("mint", "drain", "limit"):
            counts[half(name), power][outcome(bool(getattr(read, power)), bool(getattr(told, power)))] += 1
    show("token powers from bytecode alone, taking those from source for the truth, CGT", counts)


def tool_hits(data: Path) -> None:
    """CRPWarner's hits on other bytecodes as people judged them, and incidents: no rows without any power."""
    counts: Counts = defaultdict(Counter)
    for row in load(data / "rug" / "crpwarner_sample_labels.json.gz"):
        token = analyze(code_of(row["bytecode"]), None).token
        for name, truth in row["labels"].items():
            power = {"mint": "mint", "leak": "drain", "limit": "limit"}[name]
            counts[half(row["address"]), name][outcome(bool(token and getattr(token, power)), truth)] += 1
    show("token powers from bytecode alone, CRPWarner's hits as people judged them", counts)
    rows = load(data / "rug" / "incident_bytecode.json.gz")
    tokens = [analyze(code_of(row["bytecode"]), None).token for row in rows]
    print(f"incidents: {sum(bool(t and t.powers) for t in tokens)} of {len(rows)} with some power over the token")


def liquidity(data: Path) -> None:
    """Pools that were pulled, from their LP-token transfers, beside what was computed from their whole history."""
    counts: Counts = defaultdict(Counter)
    for row in load(data / "rug" / "univ2_pool_logs.json.gz"):
        logs = [
            Log(
                address=row["pool"].lower(),
                topics=[TRANSFER, *("0x" + address[2:].lower().zfill(64) for address in move[3:5])],
                data=f"0x{int(move[5]):064x}",
                place=(move[0], move[2]),
                transaction=move[6],
            )
            for move in row["lp_transfers"]
        ]
        pulled = any(pool.pulled for pool in liquidity_of(logs))
        counts[half(row["pool"]), "pulled"][outcome(pulled, row["computed"]["liquidity_pull"])] += 1
    show("liquidity pulled, Uniswap v2 pools", counts)


def functions(data: Path) -> None:
    """Selectors and arguments; mutability for compilers since 0.4.0, beside evmole's."""
    rows = load(data / "selectors" / "onchain_runtime_with_abi.json.gz")
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        part, code = half(row["address"]), code_of(row["runtime"])
        assert code is not None
        found = {f.selector[2:]: f for f in analyze(code, None).functions}
        peer = evmole.contract_info(code, selectors=True, state_mutability=True).functions or []
        theirs = {function.selector: function for function in peer}
        counts[part]["contracts"] += 1
        counts[part]["selectors exact"] += set(found) == set(row["functions"])
        scored = not row["compiler"].lstrip("v").startswith(("0.1", "0.2", "0.3"))
        for selector in set(found) & set(row["functions"]):
            truth = row["functions"][selector]
            counts[part]["functions"] += 1
            arguments = truth["signature"].partition("(")[2][:-1]
            counts[part]["arguments exact"] += arguments == ",".join(found[selector].arguments)
            if scored and truth["mutability"]:
                counts[part]["mutability scored"] += 1
                counts[part]["mutability right"] += found[selector].mutability == truth["mutability"]
                counts[part]["mutability right by evmole"] += theirs[selector].state_mutability == truth["mutability"]
    for part, found_ in sorted(counts.items()):
        print(f"functions, {part}: {dict(found_)}")


def flagged(reports: Iterable[Report]) -> tuple[int, int]:
    every = list(reports)
    return sum(any(f.severity != "info" for f in report.findings) for report in every), len(every)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds chain/")
    parser.add_argument("--clean", type=Path, help="folder of audited .sol files")
    parser.add_argument("--compiled", type=Path, help="JSON of HoneyBadger's runtimes: {address: [hex, ...]}")
    options = parser.parse_args()
    data = options.data / "chain"
    for part in (functions, vulnerabilities, curated, honeypots, powers, agreement, tool_hits, liquidity):
        part(data)
    bytecode_honeypots(data, options.compiled)
    if options.clean:
        paths = [path for path in options.clean.rglob("*.sol") if path.is_file()]
        paths = [path for path in paths if not {"test", "mocks"} & set(path.parts)]
        found, total = flagged(analyze(None, path.read_text()) for path in paths)
        print(f"audited files with a finding above info: {found} of {total} ({found / total:.1%})")


if __name__ == "__main__":
    main()
