"""Weaknesses that the control flow of a runtime shows; each names the instruction and the functions that reach it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice

from models.blockchain.contracts.bytecode import opcodes as op
from models.blockchain.contracts.bytecode.dispatch import Function
from models.blockchain.contracts.bytecode.program import Does, Program
from models.blockchain.contracts.finding import Category, Confidence, Finding, Severity

_COMPARED = re.compile(rb"[\x14\x03\x18]")
_DROPPED = re.compile(rb"\A(?:[\x90-\x9f]*\x50)+")
_MOD = 0x06
_NAMED = 5
_MAX_SITES, _MAX_REACHING, _MAX_FINDINGS = 64, 24, 32
"""What keeps made-up code of a hundred thousand calls from costing more than a second."""


class Flow:
    """A program with its functions, and whether it is a proxy: what every fact is told from."""

    def __init__(self, program: Program, functions: list[Function], is_proxy: bool) -> None:
        self.program = program
        self.functions = functions
        self.is_proxy = is_proxy
        self._before: dict[int, frozenset[int]] = {}
        self._after: dict[int, frozenset[int]] = {}

    def sites(self, what: int, *opcodes: int) -> Iterator[tuple[int, int, bytes, int]]:
        """(block, place in it, the block's opcodes, pc) of every reachable instruction of `opcodes`.

        `what` is what they do: nothing is looked for where the program never does it.
        """
        if not self.program.ahead[0] & what:
            return
        for at in self.program.instructions_with(bytes(opcodes))[:_MAX_SITES]:
            block = self.program.block_of(at)
            start, _ = self.program.span(block)
            yield block, at - start, self.program.ops_of(block), int(self.program.pcs[at])

    def reaching(self, block: int) -> list[Function]:
        """The first external functions that can reach a block; none where the fallback alone can."""
        before = self._to(block)
        return [function for function in self.functions if function.entry in before][:_MAX_REACHING]

    def guarded(self, function: Function, block: int) -> bool:
        """Whether CALLER is looked at between the function's entry and the block."""
        assert function.entry is not None
        between = self._caller_blocks & self._from(function.entry) & self._to(block)
        return any(at != block or _COMPARED.search(self.program.ops_of(at)) for at in between)

    def _to(self, block: int) -> frozenset[int]:
        if block not in self._before:
            self._before[block] = self.program.to_block(block)
        return self._before[block]

    def _from(self, entry: int) -> frozenset[int]:
        if entry not in self._after:
            self._after[entry] = self.program.from_block(entry)
        return self._after[entry]

    @cached_property
    def _caller_blocks(self) -> frozenset[int]:
        return frozenset(self.program.doing(Does.CALLER))


def facts_of(program: Program, functions: list[Function], is_proxy: bool) -> list[Finding]:
    """At most one finding for each weakness and instruction."""
    flow = Flow(program, functions, is_proxy)
    facts = (_selfdestruct, _delegatecall, _origin, _unchecked_call, _randomness, _reentrancy)
    return [finding for fact in facts for finding in islice(fact(flow), _MAX_FINDINGS)]


def _found(
    id: str,
    category: Category,
    swc: str | None,
    severity: Severity,
    confidence: Confidence,
    message: str,
    pc: int,
    functions: list[Function],
) -> Finding:
    names = [function.signature or function.selector for function in functions[:_NAMED]]
    reached = f", reached from {', '.join(names)}" if names else ""
    where = names[0] if names else None
    return Finding(id, category, swc, severity, confidence, message, f"pc {pc}{reached}", None, where)


def _selfdestruct(flow: Flow) -> Iterator[Finding]:
    for block, _, _, pc in flow.sites(Does.DESTROY, op.SELFDESTRUCT):
        reaching = flow.reaching(block)
        if open_ := [function for function in reaching if not flow.guarded(function, block)]:
            message = "Anyone can destroy the contract: SELFDESTRUCT is reached without a test of the caller."
            yield _found(
                "unprotected-selfdestruct", "access_control", "SWC-106", "critical", "medium", message, pc, open_
            )
        elif reaching:
            message = "A privileged caller can destroy the contract."
            yield _found("selfdestruct", "access_control", None, "info", "high", message, pc, reaching)


def _delegatecall(flow: Flow) -> Iterator[Finding]:
    for block, _, _, pc in flow.sites(Does.DELEGATE, op.DELEGATECALL, op.CALLCODE):
        open_ = [function for function in flow.reaching(block) if not flow.guarded(function, block)]
        constant = op.PUSH20 in flow.program.ops_of(block)
        if open_ and not flow.is_proxy and not constant:
            message = "Foreign code runs on this contract's storage, and no test of the caller stands before it."
            yield _found("delegatecall", "access_control", "SWC-112", "medium", "low", message, pc, open_)


def _origin(flow: Flow) -> Iterator[Finding]:
    for block, at, ops, pc in flow.sites(Does.ORIGIN, op.ORIGIN):
        if _COMPARED.search(ops[at:]) and op.CALLER not in ops:
            message = "tx.origin decides who may do this: a contract that the owner calls can act as the owner."
            yield _found("tx-origin", "access_control", "SWC-115", "low", "medium", message, pc, flow.reaching(block))


def _unchecked_call(flow: Flow) -> Iterator[Finding]:
    for block, at, ops, pc in flow.sites(Does.CALL, op.CALL):
        dropped = _DROPPED.match(ops[at + 1 :])
        if dropped and _pops_result(dropped[0]):
            message = "The result of a call is dropped: a failure goes unnoticed."
            yield _found(
                "unchecked-call",
                "unchecked_low_level_calls",
                "SWC-104",
                "medium",
                "medium",
                message,
                pc,
                flow.reaching(block),
            )


def _pops_result(moves: bytes) -> bool:
    """Whether the item that is on top before a run of SWAPs and POPs is popped in it."""
    depth = 0  # of the result below the top of the stack
    for opcode in moves:
        if opcode == op.POP:
            if depth == 0:
                return True
            depth -= 1
        elif depth == 0:
            depth = opcode - 0x8F
        elif depth == opcode - 0x8F:
            depth = 0
    return False


def _randomness(flow: Flow) -> Iterator[Finding]:
    for block, at, ops, pc in flow.sites(Does.CHANCE, op.BLOCKHASH, op.DIFFICULTY, op.TIMESTAMP, op.NUMBER):
        if _MOD in ops[at:]:
            message = "A remainder of a block's property serves as chance: whoever makes the block can choose it."
            yield _found(
                "weak-randomness", "bad_randomness", "SWC-120", "medium", "low", message, pc, flow.reaching(block)
            )
            return


def _reentrancy(flow: Flow) -> Iterator[Finding]:
    """A call that forwards its gas with a value, and a write to storage after it."""
    program = flow.program
    for block, at, ops, pc in flow.sites(Does.CALL, op.CALL):
        forwards = at >= 2 and ops[at - 1] == 0x5A and ops[at - 2] not in (op.PUSH1, op.PUSH0)
        if not forwards or 0x3B in ops:
            continue
        if any(program.ahead[target] & Does.STORE for target in program.after(block)) and flow.reaching(block):
            message = "Storage is written after a call that forwards all gas: the callee can enter again before."
            yield _found("reentrancy", "reentrancy", "SWC-107", "high", "low", message, pc, flow.reaching(block))
            return
