"""A compiler that is not fixed, in the years when its meaning changed."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule


class FloatingPragma(Rule):
    id = "floating-pragma"
    category = "other"
    swc = "SWC-103"
    severity = "info"
    confidence = "high"
    title = "The compiler is not fixed"
    what = "A pragma that allows several compilers before 0.5, whose checks and defaults differ."
    why = "the contract may be deployed with another compiler than the one it was tested with"
    example = """pragma solidity ^0.4.19;
contract Any {}"""

    def check(self, model: Model) -> Iterator[Finding]:
        pragma = model.unit.pragma
        floats = any(sign in pragma for sign in "^><*") and not pragma.startswith("=")
        if floats and model.minor < 5 and model.views:
            yield self.at(model.views[-1], None, model.unit.pragma_line, f"pragma solidity {pragma}")
