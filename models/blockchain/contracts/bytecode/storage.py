"""Which storage a block touches: fixed slots and mappings, by a symbolic run of that block alone.

A mapping's element lies at Keccak-256(key . slot) (Solidity documentation, "Layout of State Variables in Storage"),
which compilers write as two MSTOREs at 0x00 and 0x20 and a SHA3 of 64 bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple, cast

import numpy as np

from models.blockchain.contracts.bytecode import opcodes as op
from models.blockchain.contracts.bytecode.program import Does, Program
from models.blockchain.contracts.bytecode.words import BINARY

_CACHED_BYTES = 400
_MEMORY_STARTS = (0x00, 0x20)
_DEPTH, _MOST_TAKEN = 18, 6
"""Unknown items below what a block pushes: as many as DUP and SWAP reach down to, and as an instruction may take."""
_TELLS = np.zeros(256, dtype=bool)
_TELLS[[op.SLOAD, op.SSTORE, op.SHA3]] = True
_STACK = [op.STACK.get(opcode, (0, 0)) for opcode in range(256)]

Value = int | tuple[str, int] | None
"""A constant, ("map", slot): a mapping's element, or unknown."""


class Touches(NamedTuple):
    """Slots that a block reads and writes; a mapping's slot is given as -1 - slot."""

    places: frozenset[int] = frozenset()
    """Those that it reads, writes or, of mappings, computes an element's place of."""
    stores: frozenset[int] = frozenset()


NOTHING = Touches()


def touches_of(program: Program) -> dict[int, Touches]:
    """What each block touches; blocks that touch nothing are left out."""
    found = {}
    for block, begin, end in _telling_parts(program):
        code = program.code[begin:end]
        made = _cached_run(code) if len(code) <= _CACHED_BYTES else _run(code)
        if made is not NOTHING:
            found[block] = made
    return found


def _telling_parts(program: Program) -> Iterator[tuple[int, int, int]]:
    """(block, begin, end in the code) of every block that may touch storage, up to the last instruction that tells.

    What follows it, such as a jump to a label, says nothing, and would keep blocks that are the same from being known.
    """
    ops = np.frombuffer(program.ops, dtype=np.uint8)
    tells = np.flatnonzero(_TELLS[ops])
    ends = np.append(program.first[1:], len(ops))
    last = np.searchsorted(tells, ends) - 1
    touches = (program.does & (Does.HASH | Does.LOAD | Does.STORE) != 0) & program.reached
    blocks = np.flatnonzero(touches & (last >= 0))
    at = tells[last[blocks]]
    blocks, at = blocks[at >= program.first[blocks]], at[at >= program.first[blocks]]
    begins, ends = program.pcs[program.first[blocks]], program.pcs[at] + 1
    return zip(blocks.tolist(), begins.tolist(), ends.tolist(), strict=True)


def _run(code: bytes) -> Touches:
    """One long loop on purpose: it runs for every instruction of every block that touches storage."""
    stack: list[Value] = [None] * (_DEPTH + _MOST_TAKEN * len(code))
    push, pop = stack.append, stack.pop
    state = _Seen()
    rest = iter(code)
    for opcode in rest:
        if opcode == op.PUSH1:
            push(next(rest))
        elif 0x61 <= opcode <= 0x7F:
            push(int.from_bytes(bytes(islice(rest, opcode - op.PUSH0)), "big"))
        elif 0x80 <= opcode <= 0x8F:
            push(stack[0x7F - opcode])
        elif 0x90 <= opcode <= 0x9F:
            place = 0x8E - opcode
            stack[-1], stack[place] = stack[place], stack[-1]
        else:
            taken, given = _STACK[opcode]
            if taken == 0:
                if given:
                    push(0 if opcode == op.PUSH0 else None)
            elif taken == 1:
                first = pop()
                if given:
                    push(None)
                    if opcode == op.SLOAD:
                        state.touch(first)
            else:
                first, second = pop(), pop()
                if taken > 2:
                    del stack[2 - taken :]
                if not given:
                    state.stored(opcode, first, second)
                elif taken > 2 or (first is second is None and opcode != op.SHA3):
                    push(None)
                else:
                    push(state.result(opcode, first, second))
    return state.touches()


_cached_run = lru_cache(maxsize=65_536)(_run)


class _Seen:
    """The first two words of memory, and what was touched so far; what came from before the block is unknown."""

    def __init__(self) -> None:
        self.memory: dict[int, Value] = {}
        self.places: set[int] = set()
        self.stores: set[int] = set()

    def touches(self) -> Touches:
        return Touches(frozenset(self.places), frozenset(self.stores)) if self.places else NOTHING

    def touch(self, slot: Value) -> int | None:
        place = _place(slot)
        if place is not None:
            self.places.add(place)
        return place

    def stored(self, opcode: int, first: Value, second: Value) -> None:
        if opcode == op.MSTORE and isinstance(first, int) and first in _MEMORY_STARTS:
            self.memory[first] = second
        elif opcode == op.SSTORE and (place := self.touch(first)) is not None:
            self.stores.add(place)

    def result(self, opcode: int, first: Value, second: Value) -> Value:
        if opcode == op.SHA3:
            slot = self.memory.get(0x20)
            if not isinstance(slot, int):
                return None
            self.places.add(-1 - slot)
            return ("map", slot)
        if isinstance(first, int) and isinstance(second, int):
            return cast(Value, BINARY[opcode](first, second))
        return None


def _place(value: Value) -> int | None:
    """A slot's number, that of a mapping as -1 - slot; None where it is not known."""
    if isinstance(value, int):
        return value
    return -1 - value[1] if value is not None and value[0] == "map" else None
