"""Bytecode as basic blocks with edges, read once and quickly (about a quarter of a millisecond for 5 KB).

Edges come from the labels that a block pushes: a jump target must have been pushed somewhere before it is used, so
"falls through to, or pushes the label of" reaches every block that execution can reach, return addresses of internal
calls included, without a stack being followed. It may reach too much (a constant that happens to equal a label),
never too little, except where a program computes its targets, which compilers do not. Compilers push all labels of a
program with one width: the least that its size needs, or two bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.blockchain.contracts.bytecode import opcodes as op

Indices = NDArray[np.int64]


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


def _table(opcodes: Iterable[int]) -> NDArray[np.bool_]:
    table = np.zeros(256, dtype=bool)
    table[list(opcodes)] = True
    return table


_DOES = np.zeros(256, dtype=np.int32)
for _flag, _opcodes in _CAUSES.items():
    _DOES[list(_opcodes)] |= _flag
_ENDS = _table([*op.HALTS, op.JUMPI])
_NO_FALL_THROUGH = _table(op.HALTS)
_IS_PUSH = _table(range(op.PUSH1, op.PUSH32 + 1))


class Program:
    """The instructions and blocks of one runtime that is not empty, in order, and where control may go from each.

    `pcs` and `ops` hold the place and opcode of every instruction, `first` the first instruction of every block,
    `block_of` the block of every instruction, `labels` the block that begins at a pc with JUMPDEST (else -1).
    """

    def __init__(self, code: bytes) -> None:
        self.code = code
        self.raw = np.frombuffer(code, dtype=np.uint8)
        self.pcs: Indices = np.flatnonzero(_is_instruction(self.raw))
        self.ops = self.raw[self.pcs]
        marks = self.ops == op.JUMPDEST
        leads = marks.copy()
        leads[1:] |= _ENDS[self.ops[:-1]]
        leads[0] = True
        self.first: Indices = np.flatnonzero(leads)
        self.block_of: Indices = np.cumsum(leads) - 1
        self.labels: Indices = np.full(len(code) + 2, -1, dtype=np.int64)
        self.labels[self.pcs[marks]] = self.block_of[marks]

    @cached_property
    def successors(self) -> list[list[int]]:
        """Indices of the blocks that may run after each block."""
        edges: list[list[int]] = [[] for _ in range(len(self.first))]
        size = 1 if len(self.code) <= 256 else 2 if len(self.code) <= 65_536 else 3
        at = np.flatnonzero(self.ops == op.PUSH0 + size)
        at = at[self.pcs[at] + size < len(self.code)]
        values = np.zeros(len(at), dtype=np.int64)
        for offset in range(1, size + 1):
            values = values << 8 | self.raw[self.pcs[at] + offset]
        targets = self.labels[np.minimum(values, len(self.code))]
        hits = np.flatnonzero(targets >= 0)
        for source, target in zip(self.block_of[at[hits]].tolist(), targets[hits].tolist(), strict=True):
            edges[source].append(target)
        ends = np.append(self.first[1:], len(self.ops)) - 1
        for source in np.flatnonzero(~_NO_FALL_THROUGH[self.ops[ends[:-1]]]).tolist():
            edges[source].append(source + 1)
        return edges

    @cached_property
    def predecessors(self) -> list[list[int]]:
        edges: list[list[int]] = [[] for _ in self.successors]
        for i, targets in enumerate(self.successors):
            for target in targets:
                edges[target].append(i)
        return edges

    @cached_property
    def does(self) -> list[int]:
        """What each block does itself, as Does."""
        found: list[int] = np.bitwise_or.reduceat(_DOES[self.ops], self.first).tolist()
        return found

    @cached_property
    def ahead(self) -> list[int]:
        """What each block does or can reach, as Does."""
        return self.gathered(self.does)

    def gathered(self, flags: Sequence[int]) -> list[int]:
        """For each block, the bits of its own and of every block that it can reach."""
        flags, upwards = list(flags), self._upwards
        changed = True
        while changed:  # control flows downwards as a rule, so that two or three rounds from the end do
            changed = False
            for i, targets in upwards:
                made = flags[i]
                for target in targets:
                    made |= flags[target]
                if made != flags[i]:
                    flags[i] = made
                    changed = True
        return flags

    @cached_property
    def _upwards(self) -> list[tuple[int, list[int]]]:
        """Blocks that lead on, with their successors, from the last to the first."""
        found = [(i, targets) for i, targets in enumerate(self.successors) if targets]
        found.reverse()
        return found

    @cached_property
    def reachable(self) -> frozenset[int]:
        """Blocks that execution can reach from the first; data and embedded contracts are left out."""
        return self.from_block(0)

    def from_block(self, start: int, avoiding: Iterable[int] = ()) -> frozenset[int]:
        """Blocks that can be reached from `start` without entering one of `avoiding`."""
        return _closure(start, self.successors, avoiding)

    def to_block(self, target: int) -> frozenset[int]:
        """Blocks from which `target` can be reached, itself included."""
        return _closure(target, self.predecessors)

    def doing(self, what: int) -> list[int]:
        """Reachable blocks that do `what` themselves."""
        if not self.ahead[0] & what:
            return []
        return [i for i, flags in enumerate(self.does) if flags & what and i in self.reachable]

    def instructions_with(self, opcodes: Iterable[int]) -> list[int]:
        """Indices of the reachable instructions of `opcodes`."""
        hits = np.flatnonzero(_table(opcodes)[self.ops])
        places = zip(hits.tolist(), self.block_of[hits].tolist(), strict=True)
        return [at for at, block in places if block in self.reachable]

    def has_constant(self, selector: int) -> bool:
        """Whether four bytes are pushed, as a dispatcher or a comparison does."""
        return bytes([op.PUSH4]) + selector.to_bytes(4, "big") in self.code

    def ops_of(self, block: int) -> bytes:
        """The block's opcodes, one byte each."""
        start, end = self.span(block)
        return self.ops[start:end].tobytes()

    def span(self, block: int) -> tuple[int, int]:
        """First instruction of the block and the one after its last, as indices into `pcs` and `ops`."""
        end = int(self.first[block + 1]) if block + 1 < len(self.first) else len(self.ops)
        return int(self.first[block]), end

    def operand(self, instruction: int) -> int:
        """What a PUSH pushes; bytes beyond the end of the code are zero, as in the EVM."""
        pc, size = int(self.pcs[instruction]), int(self.ops[instruction]) - op.PUSH0
        return int.from_bytes(self.code[pc + 1 : pc + 1 + size].ljust(size, b"\0"), "big")


def _is_instruction(raw: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which bytes are opcodes: all but those that a PUSH before them pushes.

    Bytes that look like a PUSH are followed from one that is real to the next that its operand does not cover.
    """
    like_push = _IS_PUSH[raw]
    at = np.flatnonzero(like_push)
    ends = at + (raw[at].astype(np.int64) - op.PUSH0)
    following: list[int] = np.cumsum(like_push)[np.minimum(ends, len(raw) - 1)].tolist()
    real, i, count = [], 0, len(following)
    while i < count:
        real.append(i)
        i = following[i]
    edges = np.zeros(len(raw) + 34, dtype=np.int8)
    edges[at[real] + 1] += 1
    edges[ends[real] + 1] -= 1
    found: NDArray[np.bool_] = np.cumsum(edges[: len(raw)], dtype=np.int8) == 0
    return found


def _closure(start: int, edges: list[list[int]], avoiding: Iterable[int] = ()) -> frozenset[int]:
    barred = set(avoiding)
    if start in barred:
        return frozenset()
    seen = {start, *barred}
    waiting = [start]
    while waiting:
        for target in edges[waiting.pop()]:
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return frozenset(seen - barred)
