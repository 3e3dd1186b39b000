"""One contract from end to end: bytecode, source, token powers, honeypot and the risk that follows.

Where both are given, the source's findings stand and those of the bytecode are added only for weaknesses that the
source's rules do not cover or where the source could not be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from foundation.collector import paused
from models.blockchain.contracts.bytecode.analysis import BytecodeReport, analyze_bytecodes
from models.blockchain.contracts.bytecode.dispatch import Function
from models.blockchain.contracts.bytecode.kinds import standards_of
from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.honeypot import Honeypot
from models.blockchain.contracts.scoring import RiskLevel, risk_level, risk_score
from models.blockchain.contracts.source.analysis import SourceReport, analyze_source
from models.blockchain.contracts.token import TokenPowers

_MATCHING_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Report:
    """All that is known of one contract."""

    kind: str
    standards: list[str]
    functions: list[Function]
    bytecode: BytecodeReport
    token: TokenPowers | None
    findings: list[Finding]
    honeypot: Honeypot
    risk_score: float
    risk_level: RiskLevel
    notes: list[str]


def analyze(bytecode: bytes | None, source: str | None) -> Report:
    """The report on a contract of which at least one of the two is given."""
    return analyze_all([(bytecode, source)])[0]


def analyze_all(contracts: Sequence[tuple[bytes | None, str | None]]) -> list[Report]:
    """The reports on contracts of which at least one of (bytecode, source) is given; bytecodes are read together."""
    codes = list(dict.fromkeys(code for code, _ in contracts if code is not None))
    with paused():  # what a reading makes does not refer to itself
        read = dict(zip(codes, analyze_bytecodes(codes), strict=True))
    return [_report(code, source, BytecodeReport() if code is None else read[code]) for code, source in contracts]


def _report(bytecode: bytes | None, source: str | None, read: BytecodeReport) -> Report:
    told = analyze_source(source) if source is not None else SourceReport()
    notes = read.notes + told.notes
    readable = bool(told.functions or told.findings or told.token)
    findings = told.findings if readable else read.findings
    token = told.token if readable and told.token else read.token
    if readable and bytecode and not _belong_together(read, told):
        notes.append("source and bytecode differ in most functions: powers over a token are those of the bytecode")
        token = read.token
    functions = read.functions or [
        Function(d.selector, d.signature, d.arguments, d.mutability, None)  # type: ignore[arg-type]  # an ABI word
        for d in told.functions
        if d.contract == told.functions[0].contract
    ]
    if readable and read.functions:
        functions = _with_declared_names(functions, told)
    standards = standards_of(function.selector for function in functions)
    honeypot = told.honeypot if readable else read.honeypot
    score = risk_score(findings, token.powers if token else [], honeypot.score)
    return Report(
        kind=_kind(read, standards, bytecode),
        standards=standards,
        functions=functions,
        bytecode=read,
        token=token,
        findings=findings,
        honeypot=honeypot,
        risk_score=score,
        risk_level=risk_level(score),
        notes=notes,
    )


def _with_declared_names(functions: list[Function], told: SourceReport) -> list[Function]:
    """The bytecode's functions with the signatures that the source declares for their selectors."""
    declared = {item.selector: item for item in told.functions}
    return [
        Function(f.selector, known.signature, known.arguments, f.mutability, f.entry)
        if (known := declared.get(f.selector))
        else f
        for f in functions
    ]


def _belong_together(read: BytecodeReport, told: SourceReport) -> bool:
    """Whether most of the bytecode's functions are declared in the source: it may be that of a proxy, or another's."""
    declared = {item.selector for item in told.functions}
    if not read.functions or not declared:
        return read.proxy is None
    return len({f.selector for f in read.functions} & declared) >= _MATCHING_SHARE * len(read.functions)


def _kind(read: BytecodeReport, standards: list[str], bytecode: bytes | None) -> str:
    if bytecode is not None and read.runtime_bytes == 0:
        return "empty"
    if read.proxy is not None:
        return "proxy"
    return standards[0] if standards else "contract"
