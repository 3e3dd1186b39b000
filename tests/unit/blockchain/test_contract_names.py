"""Rules read what a contract does: other names for its own things change nothing."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.honeypot import Honeypot
from models.blockchain.contracts.signatures import known_signatures
from models.blockchain.contracts.source.analysis import analyze_source
from models.blockchain.contracts.source.comments import without_comments
from models.blockchain.contracts.source.declarations import Contract
from models.blockchain.contracts.source.parse import parse

pytestmark = pytest.mark.data
PARTS = re.compile(r'("(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')')
OF_STANDARDS = {signature.partition("(")[0] for signature in known_signatures().values()}
OF_THE_LANGUAGE = {"assert", "call", "data", "length", "now", "send", "sender", "timestamp", "value"}
"""Variables are called like these too, and a rule may mean the language's own."""
OF_LIBRARIES = {"add", "sub", "mul", "div", "mod", "safeAdd", "safeSub", "safeMul", "safeDiv", "_msgSender"}
"""Names that are read as what SafeMath, DSMath and Context mean by them."""
NEVER_NAMED_OTHERWISE = {"constructor-name"}


def load(path: Path) -> Any:
    return json.loads(gzip.decompress(path.read_bytes()))


def names_of(contract: Contract) -> Iterator[str]:
    yield from (contract.name, *contract.structs, *(variable.name for variable in contract.variables))
    for function in contract.functions:
        yield function.name
        yield from (variable.name for variable in (*function.parameters, *function.returns))
        yield from (variable.name for statement in function.statements() for variable in statement.variables)


def renamed(text: str) -> str:
    """The same contract with another name for all that it declares itself; nothing moves to another line."""
    own = {name for contract in parse(text).contracts for name in names_of(contract)}
    own -= {"", *OF_STANDARDS, *OF_THE_LANGUAGE, *OF_LIBRARIES}
    others = {name: f"{'X' if name[0].isupper() else 'x'}{number}" for number, name in enumerate(sorted(own))}
    parts = PARTS.split(text)
    words = (re.sub(r"\b[A-Za-z_$]\w*\b", lambda word: others.get(word[0], word[0]), part) for part in parts[::2])
    return "".join(word + string for word, string in zip(words, [*parts[1::2], ""], strict=True))


def findings_of(text: str) -> tuple[list[tuple[str, int | None]], list[str]]:
    report = analyze_source(text)
    found: list[Finding] = [finding for finding in report.findings if finding.id not in NEVER_NAMED_OTHERWISE]
    bait: Honeypot = report.honeypot
    return sorted((finding.id, finding.line) for finding in found), sorted(bait.techniques)


def test_a_honeypot_is_one_by_any_name(data_dir: Path) -> None:
    baits = 0
    for row in load(data_dir / "chain" / "honeypot" / "honeybadger.json.gz"):
        text = without_comments(row["source"] or "")
        findings, techniques = findings_of(text)
        assert findings_of(renamed(text)) == (findings, techniques), row["address"]
        baits += bool(techniques)
    assert baits > 100


def test_a_weakness_is_one_by_any_name(data_dir: Path) -> None:
    sources = load(data_dir / "chain" / "contracts" / "cgt_source_comment_stripped.json.gz")
    differing, found = [], 0
    for name in sorted(sources)[::5]:
        text = without_comments(sources[name] or "")
        findings = findings_of(text)
        found += len(findings[0])
        if findings_of(renamed(text)) != findings:
            differing.append(name)
    assert found > 2000
    assert differing == []
