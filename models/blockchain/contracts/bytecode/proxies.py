"""Proxies, and where their code lives, as far as bytecode says.

Sources: EIP-1167 (minimal proxy), EIP-1967 (storage slots), EIP-1822 (UUPS), EIP-2535 (diamonds), EIP-3448 and
ERC-7760 style clones with arguments, OpenZeppelin's first slot names, Gnosis Safe's master copy.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from eth_hash.auto import keccak

from models.blockchain.contracts.bytecode import opcodes as op
from models.blockchain.contracts.bytecode.dispatch import Function
from models.blockchain.contracts.bytecode.program import Does, Program
from models.blockchain.contracts.signatures import selector_of

_CLONE_BYTES = 256
_CONSTANT_TARGET = re.compile(rb"(?:\x73(.{20})|\x72(.{19})|\x71(.{18})|\x70(.{17})|\x6f(.{16}))\x5a\xf4", re.DOTALL)


class Proxy(NamedTuple):
    """How a contract hands its calls to another one's code."""

    standard: str
    """eip-1167, eip-1967, eip-1967-beacon, eip-1822, eip-2535, zeppelinos, gnosis-safe or custom."""
    implementation: str | None = None
    """The address, where it is part of the code."""
    slot: str | None = None
    """The storage slot that holds it (or its beacon), 32 bytes."""


@cache
def _named_slots() -> dict[int, str]:
    """Standard by slot, the most telling first."""

    def hashed(name: str) -> int:
        return int.from_bytes(keccak(name.encode()), "big")

    return {
        hashed("eip1967.proxy.beacon") - 1: "eip-1967-beacon",
        hashed("eip1967.proxy.implementation") - 1: "eip-1967",
        hashed("PROXIABLE"): "eip-1822",
        hashed("org.zeppelinos.proxy.implementation"): "zeppelinos",
        hashed("diamond.standard.diamond.storage"): "eip-2535",
    }


def proxy_of(program: Program, functions: list[Function]) -> Proxy | None:
    """What kind of proxy the program is; None where calls to unknown functions are not handed on by DELEGATECALL."""
    clone = _clone(program.code)
    if clone is not None:
        return clone
    if not program.ahead[0] & Does.DELEGATE:
        return None
    fallback = program.from_block(0, avoiding={f.entry for f in functions if f.entry})
    if not fallback.intersection(program.doing(Does.DELEGATE)) or not fallback.intersection(program.doing(Does.INPUT)):
        return None
    selectors = {function.selector for function in functions}
    constants = {program.operand(i) for i in program.instructions_with(bytes([op.PUSH32]))}
    for slot, standard in _named_slots().items():
        if slot in constants:
            return Proxy(standard, slot=f"0x{slot:064x}")
    if selector_of("facets()") in selectors or program.has_constant(int(selector_of("facets()"), 16)):
        return Proxy("eip-2535")
    if program.has_constant(int(selector_of("masterCopy()"), 16)):
        return Proxy("gnosis-safe", slot=f"0x{0:064x}")
    return _custom(program, sorted(fallback))


def _clone(code: bytes) -> Proxy | None:
    if len(code) > _CLONE_BYTES:
        return None
    found = _CONSTANT_TARGET.search(code)
    if found is None:
        return None
    address = next(part for part in found.groups() if part is not None)
    return Proxy("eip-1167", implementation="0x" + address.rjust(20, b"\0").hex())


def _custom(program: Program, fallback: list[int]) -> Proxy:
    """The constant address, or the last plain slot read, in the fallback."""
    slot = None
    for block in fallback:
        (start, end), ops = program.span(block), program.ops_of(block)
        for at in range(start, end):
            opcode = ops[at - start]
            if opcode == op.PUSH20 and program.operand(at) not in (0, 2**160 - 1):
                return Proxy("custom", implementation=f"0x{program.operand(at):040x}")
            if opcode == op.SLOAD:
                slot = _slot_before(program, at, start) if slot is None else slot
    return Proxy("custom", slot=None if slot is None else f"0x{slot:064x}")


def _slot_before(program: Program, at: int, start: int) -> int | None:
    """The constant that an SLOAD takes, where it is pushed in the few instructions before it."""
    for i in range(at - 1, max(start, at - 6) - 1, -1):
        opcode = program.ops[i]
        if op.PUSH0 <= opcode <= op.PUSH32 and program.operand(i) != 0x100:
            previous = program.ops[i - 1] if i > start else 0
            if opcode in (op.PUSH0, op.PUSH1) and op.PUSH0 <= previous <= op.PUSH32 and program.operand(i) == 0:
                return program.operand(i - 1)
            return program.operand(i)
    return None
