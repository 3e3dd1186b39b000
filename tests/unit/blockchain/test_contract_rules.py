"""Each rule on contracts that have its weakness (Bad...) and on those that only look like it (Good...).

One file a rule and version of the language: `solidity/<rule>.<version>.sol`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models.blockchain.contracts.source.analysis import analyze_source

FILES = sorted((Path(__file__).parent / "solidity").glob("*.sol"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_rule_finds_what_it_is_for_and_nothing_like_it(path: Path) -> None:
    rule, text = path.name.partition(".")[0], path.read_text()
    flagged = {f.evidence.partition(".")[0].partition(":")[0] for f in analyze_source(text).findings if f.id == rule}
    assert flagged == set(re.findall(r"^contract (Bad\d+)", text, re.MULTILINE))
