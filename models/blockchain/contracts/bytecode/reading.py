"""Bytecodes cut into instructions, basic blocks and edges, many at once: each step is one pass over the joined bytes.

Edges come from the labels that a block pushes: a jump target must have been pushed somewhere before it is used, so
"falls through to, or pushes the label of" reaches every block that execution can reach, return addresses of internal
calls included, without a stack being followed. It may reach too much (a constant that happens to equal a label),
never too little, except where a program computes its targets, which compilers do not. solc pushes labels with the least
width that its estimate of the program's size needs, so with one byte more than needed where the estimate was high.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components

from models.blockchain.contracts.bytecode import opcodes as op
from models.blockchain.contracts.bytecode.program import DOES, Does, Program

Indices = NDArray[np.int64]
_GROUP_BYTES = 500_000
"""Bytes read in one pass, so that memory stays within some tens of megabytes and what is worked on in the caches."""
_PAD = 32
"""Zeros after each code: what a PUSH at its end pushes, and room that keeps it from covering the next."""


def _table(opcodes: Iterable[int]) -> NDArray[np.bool_]:
    table = np.zeros(256, dtype=bool)
    table[list(opcodes)] = True
    return table


_ENDS = _table([*op.HALTS, op.JUMPI])
_NO_FALL_THROUGH = _table(op.HALTS)


def read_programs(codes: Sequence[bytes]) -> list[Program]:
    """The programs of runtimes of which none is empty."""
    return [program for group in _groups(codes) for program in _Batch(group).programs()]


def _groups(codes: Sequence[bytes]) -> Iterator[list[bytes]]:
    group: list[bytes] = []
    total = 0
    for code in codes:
        if group and total + len(code) > _GROUP_BYTES:
            yield group
            group, total = [], 0
        group.append(code)
        total += len(code)
    if group:
        yield group


class _Batch:
    """Codes laid one after the other; instructions and blocks are counted through all of them."""

    def __init__(self, codes: Sequence[bytes]) -> None:
        self.codes = codes
        self.sizes: Indices = np.array([len(code) for code in codes])
        self.starts: Indices = np.cumsum(self.sizes + _PAD) - (self.sizes + _PAD)
        self.raw = np.frombuffer(b"".join([code + bytes(_PAD) for code in codes]), dtype=np.uint8)
        self.pcs: Indices = np.flatnonzero(~self._operands())
        self.ops = self.raw[self.pcs]
        self.heads: Indices = np.searchsorted(self.pcs, self.starts)
        """The first instruction of each code."""
        marks = self.ops == op.JUMPDEST
        leads = marks.copy()
        leads[1:] |= _ENDS[self.ops[:-1]]
        leads[self.heads] = True
        self.first: Indices = np.flatnonzero(leads)
        self._last: Indices = np.append(self.first[1:], len(self.ops)) - 1
        self.block_of = np.cumsum(leads, dtype=np.int32) - 1
        self.labels = np.full(len(self.raw), -1, dtype=np.int32)
        self.labels[self.pcs[marks]] = self.block_of[marks]
        self.roots: Indices = self.block_of[self.heads].astype(np.int64)
        """The first block of each code."""

    def programs(self) -> Iterator[Program]:
        """Each code's share of everything, counted from its own beginning."""
        flow = self._flow()
        total = len(self.first)
        reached = np.zeros(total + 1, dtype=bool)
        reached[breadth_first_order(flow, total, return_predecessors=False)] = True
        _, cycles = connected_components(flow, connection="strong")
        does = np.bitwise_or.reduceat(DOES[self.ops], self.first)
        does[(self.ops[self._last] == op.JUMP) & (np.diff(flow.indptr)[:total] == 0)] |= Does.RETURN
        sources, targets = _between(flow, cycles, np.append(does, 0))
        lowest = np.minimum.reduceat(cycles[:total], self.roots)
        shares = np.append(np.searchsorted(sources, lowest), np.searchsorted(sources, cycles[total])).tolist()
        blocks, instructions = [*self.roots.tolist(), total], [*self.heads.tolist(), len(self.ops)]
        for i, (code, start, low) in enumerate(zip(self.codes, self.starts.tolist(), lowest.tolist(), strict=True)):
            own, at = slice(blocks[i], blocks[i + 1]), slice(instructions[i], instructions[i + 1])
            share = slice(shares[i], shares[i + 1])
            edges = flow.indptr[own.start : own.stop + 1]
            yield Program(
                code=code,
                pcs=self.pcs[at] - start,
                ops=self.ops[at].tobytes(),
                first=self.first[own] - at.start,
                does=does[own],
                edges=edges - edges[0],
                targets=flow.indices[edges[0] : edges[-1]] - own.start,
                cycles=(cycles[own] - low).tolist(),
                downwards=((sources[share] - low).tolist(), (targets[share] - low).tolist()),
                reached=reached[own],
            )

    def _operands(self) -> NDArray[np.bool_]:
        """Which bytes no program runs: those that a PUSH pushes, and those between the codes."""
        at = np.flatnonzero(self.raw & 0xE0 == op.PUSH1)
        ends = at + (self.raw[at].astype(np.int64) - op.PUSH0)
        real = _uncovered(at, ends)
        steps = np.zeros(len(self.raw) + 1, dtype=np.int8)
        steps[at[real] + 1] = 1
        steps[ends[real] + 1] -= 1
        found: NDArray[np.bool_] = np.cumsum(steps[:-1], dtype=np.int8).view(bool)
        found[((self.starts + self.sizes)[:, None] + np.arange(_PAD)).ravel()] = True
        return found

    def _flow(self) -> Any:
        """Edges as a sparse matrix; its last node leads to the first block of every code."""
        total = len(self.first)
        falls = ~_NO_FALL_THROUGH[self.ops[self._last]]
        falls[np.append(self.roots[1:], total) - 1] = False
        falling = np.flatnonzero(falls)
        pushing, pushed = self._pushed_labels()
        sources = np.concatenate([pushing, falling, np.full(len(self.roots), total)])
        targets = np.concatenate([pushed, falling + 1, self.roots])
        edges = np.ones(len(sources), dtype=bool)
        return csr_matrix((edges, (sources, targets)), shape=(total + 1, total + 1))

    def _pushed_labels(self) -> tuple[Indices, Indices]:
        """(block, block whose label it pushes) for every such PUSH."""
        least = np.where(self.sizes <= 256, 1, np.where(self.sizes <= 65_536, 2, 3)).astype(np.uint8)
        width = self.ops - np.uint8(op.PUSH0)
        beyond = width - np.repeat(least, np.diff(np.append(self.heads, len(self.ops))))
        at = np.flatnonzero((beyond <= 1) & (width <= 3))
        source, width, place = self.block_of[at], width[at], self.pcs[at]
        value = np.zeros(len(at), dtype=np.int64)
        for offset in (1, 2, 3):
            value = np.where(width >= offset, value << 8 | self.raw[place + offset], value)
        code = np.searchsorted(self.roots, source, side="right") - 1
        inside = (value < self.sizes[code]) & (place + width < (self.starts + self.sizes)[code])
        target = self.labels[np.where(inside, self.starts[code] + value, -1)]
        hits = target >= 0
        return source[hits].astype(np.int64), target[hits].astype(np.int64)


def _between(
    flow: Any, cycles: NDArray[np.int32], does: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The edges between cycles (strongly connected components), those from the lowest number first.

    SciPy numbers a component once it has left all that it leads to (Pearce, "An Improved Algorithm for Finding the
    Strongly Connected Components of a Directed Graph", 2005), so that every edge leads to a lower number; and those of
    one code lie together. Edges to where nothing is done any more, as to a REVERT, are left out.
    """
    degrees = np.diff(flow.indptr)
    sources, targets = np.repeat(cycles, degrees), cycles[flow.indices]
    matters = (degrees > 0) | (does != 0)
    between = np.flatnonzero((sources != targets) & matters[flow.indices])
    between = between[np.argsort(sources[between], kind="stable")]
    return sources[between], targets[between]


def _uncovered(at: Indices, ends: Indices) -> NDArray[np.bool_]:
    """Which of the bytes that look like a PUSH are real: those not pushed by a real one; `ends` are their last bytes.

    One that lies behind the ends of all before it is real. From each of those a chain of real ones is followed, each
    the next that the operand of the one before leaves uncovered, until it comes to one that is real anyhow.
    """
    free = np.ones(len(at), dtype=bool)
    free[1:] = at[1:] > np.maximum.accumulate(ends)[:-1]
    real = free.copy()
    chains = np.flatnonzero(free[:-1] & ~free[1:])
    while len(chains):
        chains = np.searchsorted(at, ends[chains], side="right")
        chains = chains[chains < len(at)]
        chains = chains[~free[chains]]
        real[chains] = True
    return real
