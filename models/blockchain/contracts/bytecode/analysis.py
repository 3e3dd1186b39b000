"""Everything that is read from one bytecode."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.blockchain.contracts.bytecode.dispatch import Function, functions_of
from models.blockchain.contracts.bytecode.facts import facts_of
from models.blockchain.contracts.bytecode.metadata import Metadata, cut_runtime, read_metadata
from models.blockchain.contracts.bytecode.powers import powers_of
from models.blockchain.contracts.bytecode.program import Program
from models.blockchain.contracts.bytecode.proxies import Proxy, proxy_of
from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.token import TokenPowers


@dataclass(frozen=True, slots=True)
class BytecodeReport:
    """What a runtime says; `notes` tell what was cut, skipped or not there."""

    functions: list[Function] = field(default_factory=list)
    proxy: Proxy | None = None
    metadata: Metadata | None = None
    findings: list[Finding] = field(default_factory=list)
    token: TokenPowers | None = None
    notes: list[str] = field(default_factory=list)
    runtime_bytes: int = 0


def analyze_bytecode(code: bytes) -> BytecodeReport:
    """Read runtime code, or the runtime inside creation code."""
    if not code:
        return BytecodeReport(notes=["the code is empty: there is no contract at this address, or it destroyed itself"])
    notes = []
    if (runtime := cut_runtime(code)) is not None:
        notes.append(f"creation code: its runtime of {len(runtime)} bytes was read")
        code = runtime
    metadata, end = read_metadata(code)
    program = Program(code[:end] if end else code)
    functions, said = functions_of(program)
    proxy = proxy_of(program, functions)
    return BytecodeReport(
        functions=functions,
        proxy=proxy,
        metadata=metadata,
        findings=facts_of(program, functions, proxy is not None),
        token=powers_of(program, functions),
        notes=notes + said,
        runtime_bytes=len(code),
    )
