"""One runtime as basic blocks with edges, and what is asked of them: what a block does, and what it can reach."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.blockchain.contracts.bytecode import opcodes as op


class Does:
    """What a block does, or can reach: bits of plain integers, as an IntFlag costs ten times as much to test."""

    CHANGE = 1
    """An effect other than CALL."""
    CALL = 2
    READ = 4
    """Something that a pure function may not read; CALLVALUE apart."""
    STORE = 8
    DELEGATE = 16
    """DELEGATECALL or CALLCODE."""
    DESTROY = 32
    ORIGIN = 64
    CALLER = 128
    CHANCE = 256
    """A block's hash, number, time or difficulty."""
    INPUT = 512
    """Call data is read."""
    LOG = 1024
    HASH = 2048
    LOAD = 4096
    RETURN = 8192
    """It jumps to a label that was pushed before it."""


_CAUSES: dict[int, Iterable[int]] = {
    Does.CHANGE: op.EFFECTS - {op.CALL},
    Does.CALL: [op.CALL],
    Does.READ: op.READS - {op.CALLVALUE},
    Does.STORE: [op.SSTORE],
    Does.DELEGATE: [op.DELEGATECALL, op.CALLCODE],
    Does.DESTROY: [op.SELFDESTRUCT],
    Does.ORIGIN: [op.ORIGIN],
    Does.CALLER: [op.CALLER],
    Does.CHANCE: [op.BLOCKHASH, op.TIMESTAMP, op.NUMBER, op.DIFFICULTY],
    Does.INPUT: [op.CALLDATALOAD, op.CALLDATACOPY],
    Does.LOG: range(op.LOG0, op.LOG0 + 5),
    Does.HASH: [op.SHA3],
    Does.LOAD: [op.SLOAD],
}

DOES = np.zeros(256, dtype=np.int32)
"""Bits of Does by opcode."""
for _flag, _opcodes in _CAUSES.items():
    DOES[list(_opcodes)] |= _flag


@dataclass(eq=False)
class Program:
    """Instructions and blocks of one runtime that is not empty, in order, as `reading.read_programs` makes them."""

    code: bytes
    pcs: NDArray[np.int64]
    """Place of every instruction in `code`."""
    ops: bytes
    """Opcode of every instruction."""
    first: NDArray[np.int64]
    """The first instruction of every block."""
    does: NDArray[np.int32]
    """What each block does itself, as Does."""
    edges: NDArray[np.int32]
    """Where the edges of each block begin in `targets`, and where the last one's end."""
    targets: NDArray[np.int32]
    """Ends of the edges, block by block."""
    cycles: list[int]
    """The cycle (strongly connected component) that each block lies in; edges between them lead to lower numbers."""
    downwards: tuple[list[int], list[int]]
    """Sources and targets of the edges between cycles, those from the lowest first."""
    reached: NDArray[np.bool_]
    """Whether execution can reach each block from the first; data and embedded contracts are not reached."""

    @cached_property
    def _after(self) -> tuple[list[int], list[int]]:
        return self.edges.tolist(), self.targets.tolist()

    @cached_property
    def _before(self) -> tuple[list[int], list[int]]:
        sources = np.repeat(np.arange(len(self.first)), np.diff(self.edges))
        order = np.argsort(self.targets, kind="stable")
        begins = np.searchsorted(self.targets[order], np.arange(len(self.first) + 1))
        return begins.tolist(), sources[order].tolist()

    def after(self, block: int) -> list[int]:
        """Indices of the blocks that may run after a block."""
        begins, targets = self._after
        return targets[begins[block] : begins[block + 1]]

    @cached_property
    def ahead(self) -> list[int]:
        """What each block does or can reach, as Does."""
        return self.gathered(self.does.tolist())

    def gathered(self, flags: Sequence[int]) -> list[int]:
        """For each block, the bits of its own and of every block that it can reach."""
        made = [0] * (max(self.cycles) + 1)
        for cycle, own in zip(self.cycles, flags, strict=True):
            made[cycle] |= own
        for source, target in zip(*self.downwards, strict=True):
            made[source] |= made[target]
        return [made[cycle] for cycle in self.cycles]

    def from_block(self, start: int, avoiding: Iterable[int] = ()) -> frozenset[int]:
        """Blocks that can be reached from `start` without entering one of `avoiding`."""
        return _closure(start, self._after, avoiding)

    def to_block(self, target: int) -> frozenset[int]:
        """Blocks from which `target` can be reached, itself included."""
        return _closure(target, self._before)

    def doing(self, what: int) -> list[int]:
        """Reachable blocks that do `what` themselves."""
        found: list[int] = np.flatnonzero((self.does & what != 0) & self.reached).tolist()
        return found

    def instructions_with(self, opcodes: bytes) -> list[int]:
        """Indices of the reachable instructions of `opcodes`."""
        hits = sorted(at for opcode in opcodes for at in _places(self.ops, opcode))
        return [at for at in hits if self.reached[self.block_of(at)]]

    def block_of(self, instruction: int) -> int:
        return bisect_right(self._bounds, instruction) - 1

    def labelled(self, pc: int) -> int | None:
        """The block that begins with a JUMPDEST at `pc`; None where no label stands there."""
        block = bisect_left(self.starts, pc, hi=len(self.first))
        is_label = block < len(self.first) and self.starts[block] == pc and self.code[pc] == op.JUMPDEST
        return block if is_label else None

    def has_constant(self, selector: int) -> bool:
        """Whether four bytes are pushed, as a dispatcher or a comparison does."""
        return bytes([op.PUSH4]) + selector.to_bytes(4, "big") in self.code

    @cached_property
    def starts(self) -> list[int]:
        """Place in `code` of every block's first instruction, and where the code ends."""
        return [*self.pcs[self.first].tolist(), len(self.code)]

    @cached_property
    def _bounds(self) -> list[int]:
        return [*self.first.tolist(), len(self.ops)]

    def ops_of(self, block: int) -> bytes:
        """The block's opcodes, one byte each."""
        return self.ops[self._bounds[block] : self._bounds[block + 1]]

    def span(self, block: int) -> tuple[int, int]:
        """First instruction of the block and the one after its last, as indices into `pcs` and `ops`."""
        return self._bounds[block], self._bounds[block + 1]

    def operand(self, instruction: int) -> int:
        """What a PUSH pushes; bytes beyond the end of the code are zero, as in the EVM."""
        pc, size = int(self.pcs[instruction]), self.ops[instruction] - op.PUSH0
        return int.from_bytes(self.code[pc + 1 : pc + 1 + size].ljust(size, b"\0"), "big")


def _places(ops: bytes, opcode: int) -> Iterator[int]:
    at = ops.find(opcode)
    while at >= 0:
        yield at
        at = ops.find(opcode, at + 1)


def _closure(start: int, edges: tuple[list[int], list[int]], avoiding: Iterable[int] = ()) -> frozenset[int]:
    begins, targets = edges
    barred = set(avoiding)
    if start in barred:
        return frozenset()
    seen = {start, *barred}
    waiting = [start]
    while waiting:
        block = waiting.pop()
        for target in targets[begins[block] : begins[block + 1]]:
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return frozenset(seen - barred)
