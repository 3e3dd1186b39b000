"""Everything that is read from bytecodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from models.blockchain.contracts.bytecode.dispatch import Function, functions_of
from models.blockchain.contracts.bytecode.facts import facts_of
from models.blockchain.contracts.bytecode.honeypot import detect
from models.blockchain.contracts.bytecode.metadata import Metadata, cut_runtime, read_metadata
from models.blockchain.contracts.bytecode.pool import pool_powers
from models.blockchain.contracts.bytecode.powers import powers_of
from models.blockchain.contracts.bytecode.program import Program
from models.blockchain.contracts.bytecode.proxies import Proxy, proxy_of
from models.blockchain.contracts.bytecode.reading import read_programs
from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.honeypot import NO_HONEYPOT, Honeypot
from models.blockchain.contracts.token import TokenPowers, with_pool

_EMPTY = "the code is empty: there is no contract at this address, or it destroyed itself"


@dataclass(frozen=True, slots=True)
class BytecodeReport:
    """What a runtime says; `notes` tell what was cut, skipped or not there."""

    functions: list[Function] = field(default_factory=list)
    proxy: Proxy | None = None
    metadata: Metadata | None = None
    findings: list[Finding] = field(default_factory=list)
    token: TokenPowers | None = None
    honeypot: Honeypot = NO_HONEYPOT
    notes: list[str] = field(default_factory=list)
    runtime_bytes: int = 0


class Recent:
    """Reports on the last programs of ordinary size: clones are common, within a batch and from one to the next."""

    def __init__(self, size: int = 1024, ordinary_bytes: int = 32_768) -> None:
        self.size = size
        self.ordinary_bytes = ordinary_bytes
        self._kept: dict[bytes, BytecodeReport] = {}

    def read(self, codes: Iterable[bytes]) -> dict[bytes, BytecodeReport]:
        """The reports on `codes`, less what is not of the program itself; nothing changes a report after it is made."""
        found = {code: self._kept.get(code) for code in codes}
        missing = [code for code, report in found.items() if report is None]
        made = {program.code: _report(program) for program in read_programs(missing)}
        self._kept |= {code: report for code, report in made.items() if len(code) <= self.ordinary_bytes}
        while len(self._kept) > self.size:
            del self._kept[next(iter(self._kept))]
        return {code: report or made[code] for code, report in found.items()}


_RECENT = Recent()


def analyze_bytecodes(codes: Sequence[bytes]) -> list[BytecodeReport]:
    """Read runtime codes, or the runtimes inside creation codes; what differs in its metadata only is read once."""
    runtimes = [cut_runtime(code) or code for code in codes]
    records = [read_metadata(runtime) for runtime in runtimes]
    programs = [runtime[: end or None] for runtime, (_, end) in zip(runtimes, records, strict=True)]
    known = _RECENT.read(program for program in programs if program)
    made = []
    for code, runtime, program, (metadata, _) in zip(codes, runtimes, programs, records, strict=True):
        if not code:
            made.append(BytecodeReport(notes=[_EMPTY]))
            continue
        report = known[program]
        cut = [f"creation code: its runtime of {len(runtime)} bytes was read"] if runtime is not code else []
        notes = cut + report.notes
        made.append(replace(report, metadata=metadata, notes=notes, runtime_bytes=len(runtime)))
    return made


def _report(program: Program) -> BytecodeReport:
    functions, notes = functions_of(program)
    proxy = proxy_of(program, functions)
    return BytecodeReport(
        functions=functions,
        proxy=proxy,
        findings=facts_of(program, functions, proxy is not None),
        token=with_pool(powers_of(program, functions), pool_powers(program, functions)),
        honeypot=detect(program, functions),
        notes=notes,
    )
