"""One contract from end to end: bytecode, token powers and the risk that follows."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.blockchain.contracts.bytecode.analysis import BytecodeReport, analyze_bytecode
from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.scoring import RiskLevel, risk_level, risk_score


@dataclass(frozen=True, slots=True)
class Report:
    """All that is known of one contract."""

    kind: str
    bytecode: BytecodeReport
    findings: list[Finding]
    risk_score: float
    risk_level: RiskLevel
    notes: list[str] = field(default_factory=list)


def analyze(bytecode: bytes) -> Report:
    """The report on a contract."""
    read = analyze_bytecode(bytecode)
    score = risk_score(read.findings, [], 0.0)
    return Report(_kind(read), read, read.findings, score, risk_level(score), read.notes)


def _kind(read: BytecodeReport) -> str:
    if read.runtime_bytes == 0:
        return "empty"
    if read.proxy is not None:
        return "proxy"
    return read.standards[0] if read.standards else "contract"
