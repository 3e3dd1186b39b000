"""Bytecode as basic blocks with edges, read once and quickly (about 0.3 ms for 5 KB).

Edges come from the labels that a block pushes: a jump target must have been pushed somewhere before it is used, so
"falls through to, or pushes the label of" reaches every block that execution can reach, return addresses of internal
calls included, without a stack being followed. It may reach too much (a constant that happens to equal a label),
never too little, except where a program computes its targets, which compilers do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.blockchain.contracts.bytecode import opcodes as op

Indices = NDArray[np.int64]

_RUN = re.compile(
    rb"[^\x60-\x7f]++|" + b"|".join(b"\\x%02x.{0,%d}+" % (op.PUSH0 + size, size) for size in range(1, 33)), re.DOTALL
)


def _table(opcodes: Iterable[int]) -> NDArray[np.bool_]:
    table = np.zeros(256, dtype=bool)
    table[list(opcodes)] = True
    return table


_ENDS = _table([*op.HALTS, op.JUMPI])
_NO_FALL_THROUGH = _table(op.HALTS)


class Program:
    """The instructions and blocks of one runtime that is not empty, in order, and where control may go from each.

    `pcs` and `ops` hold the place and opcode of every instruction, `block_of` the block that it is in.
    """

    def __init__(self, code: bytes) -> None:
        self.code = code
        raw = np.frombuffer(code, dtype=np.uint8)
        lengths = np.fromiter(map(len, _RUN.findall(code)), dtype=np.int64)
        begins = np.cumsum(lengths) - lengths
        pushes = (raw[begins] >= op.PUSH1) & (raw[begins] <= op.PUSH32)
        is_data = np.zeros(len(code) + 1, dtype=np.int8)
        is_data[begins[pushes] + 1] += 1
        is_data[(begins + lengths)[pushes]] -= 1
        self.pcs: Indices = np.flatnonzero(np.cumsum(is_data[:-1], dtype=np.int8) == 0)
        self.ops = raw[self.pcs]
        leads = self.ops == op.JUMPDEST
        leads[1:] |= _ENDS[self.ops[:-1]]
        leads[:1] = True
        self.first: Indices = np.flatnonzero(leads)
        self.block_of: Indices = np.cumsum(leads) - 1
        self.labels: Indices = np.full(len(code) + 2, -1, dtype=np.int64)
        marks = self.ops == op.JUMPDEST
        self.labels[self.pcs[marks]] = self.block_of[marks]

    @cached_property
    def successors(self) -> list[list[int]]:
        """Indices of the blocks that may run after each block."""
        edges: list[list[int]] = [[] for _ in self.first]
        padded = np.concatenate([np.frombuffer(self.code, dtype=np.uint8).astype(np.int64), [0, 0, 0]])
        for size in (1, 2, 3):
            chosen = self.ops == op.PUSH0 + size
            places = self.pcs[chosen]
            values = np.zeros(len(places), dtype=np.int64)
            for offset in range(1, size + 1):
                values = values << 8 | padded[places + offset]
            targets = self.labels[np.minimum(values, len(self.code))]
            hits = targets >= 0
            for source, target in zip(self.block_of[chosen][hits].tolist(), targets[hits].tolist(), strict=True):
                edges[source].append(target)
        for source in np.flatnonzero(~_NO_FALL_THROUGH[self.last_ops[:-1]]).tolist():
            edges[source].append(source + 1)
        return edges

    @cached_property
    def last_ops(self) -> NDArray[np.uint8]:
        """The opcode at which each block ends."""
        ends = np.append(self.first[1:], len(self.ops)) - 1
        last: NDArray[np.uint8] = self.ops[ends]
        return last

    @cached_property
    def predecessors(self) -> list[list[int]]:
        edges: list[list[int]] = [[] for _ in self.first]
        for i, targets in enumerate(self.successors):
            for target in targets:
                edges[target].append(i)
        return edges

    @cached_property
    def reachable(self) -> frozenset[int]:
        """Blocks that execution can reach from the first; data and embedded contracts are left out."""
        return self.from_block(0)

    def from_block(self, start: int, avoiding: Iterable[int] = ()) -> frozenset[int]:
        """Blocks that can be reached from `start` without entering one of `avoiding`."""
        return frozenset(_closure([start], self.successors, avoiding))

    def to_block(self, target: int) -> frozenset[int]:
        """Blocks from which `target` can be reached, itself included."""
        return frozenset(_closure([target], self.predecessors))

    def leading_to(self, opcodes: Iterable[int]) -> frozenset[int]:
        """Reachable blocks from which an instruction of `opcodes` can be reached."""
        return frozenset(_closure(self.blocks_with(opcodes), self.predecessors))

    def blocks_with(self, opcodes: Iterable[int]) -> list[int]:
        """Reachable blocks that hold an instruction of `opcodes`."""
        found = set(self.block_of[_table(opcodes)[self.ops]].tolist())
        return sorted(found & self.reachable)

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


def _closure(seeds: Iterable[int], edges: list[list[int]], avoiding: Iterable[int] = ()) -> set[int]:
    barred = set(avoiding)
    seen = set(seeds) | barred
    waiting = list(seen - barred)
    while waiting:
        for target in edges[waiting.pop()]:
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen - barred
