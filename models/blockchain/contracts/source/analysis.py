"""Everything that is read from one text of Solidity."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import models.blockchain.contracts.source.rules  # noqa: F401  # registers the rules
from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.honeypot import NO_HONEYPOT, Honeypot
from models.blockchain.contracts.source.honeypot import detect
from models.blockchain.contracts.source.interface import Declared, declared_functions
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.parse import parse
from models.blockchain.contracts.source.powers import powers_of
from models.blockchain.contracts.source.rules.base import RULES
from models.blockchain.contracts.token import TokenPowers

_MAX_FINDINGS = 500
_MAX_FUNCTIONS = 1000


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What a text says; `notes` tell what could not be read."""

    findings: list[Finding] = field(default_factory=list)
    honeypot: Honeypot = NO_HONEYPOT
    token: TokenPowers | None = None
    functions: list[Declared] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def analyze_source(text: str) -> SourceReport:
    """Read one file, several files one after the other, or a compiler's standard JSON input."""
    text, notes = _unwrapped(text)
    unit = parse(text)
    if not unit.contracts:
        return SourceReport(notes=[*notes, *unit.notes, "no contract was found in the source"])
    model = Model(unit)
    found: dict[tuple[str, int | None], Finding] = {}
    for rule in RULES:
        for finding in rule.check(model):
            found.setdefault((finding.id, finding.line), finding)
    findings = sorted(found.values(), key=lambda finding: finding.line or 0)
    if len(findings) > _MAX_FINDINGS:
        notes.append(f"{len(findings)} findings: those after the first {_MAX_FINDINGS} are left out")
    declared = declared_functions(model)
    if len(declared) > _MAX_FUNCTIONS:
        notes.append(f"{len(declared)} functions: those after the first {_MAX_FUNCTIONS} are left out")
    honeypot, token = detect(model, text), powers_of(model)
    return SourceReport(
        findings=findings[:_MAX_FINDINGS],
        honeypot=honeypot,
        token=token,
        functions=declared[:_MAX_FUNCTIONS],
        notes=notes + unit.notes + model.limits(),
    )


def _unwrapped(text: str) -> tuple[str, list[str]]:
    """The files of a standard JSON input in one text, with a note; any other text as it is."""
    stripped = text.strip()
    if not stripped.startswith("{"):
        return text, []
    if stripped.startswith("{{"):
        stripped = stripped[1:-1]  # as block explorers hand it out
    try:
        sources = json.loads(stripped)
    except (ValueError, RecursionError):
        return text, []
    sources = sources.get("sources", sources) if isinstance(sources, dict) else {}
    files = sources.items() if isinstance(sources, dict) else []
    parts = [(n, c["content"]) for n, c in files if isinstance(c, dict) and isinstance(c.get("content"), str)]
    if not parts:
        return "", ["the JSON input has no sources with their content: give each file's text, not where it lies"]
    names = ", ".join(name for name, _ in parts[:20]).encode("utf-8", "replace").decode()
    return "\n".join(content for _, content in parts), [f"lines count through these files: {names}"[:1000]]
