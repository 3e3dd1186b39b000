"""Where the paths of a function lead: which blocks were entered, how, and which of them can end well."""

from __future__ import annotations

from dataclasses import dataclass

from models.blockchain.contracts.bytecode.words import Value


@dataclass(slots=True)
class State:
    """Where a path stands, and what was asked of the caller on it."""

    block: int
    stack: list[Value]
    memory: dict[int, Value]
    named: bool = False
    spared: bool = False
    origin: int = -1
    """The node of the block before it."""
    side: tuple[int, int] | None = None
    """(condition, 1 where it holds) of the branch that led here."""


class Graph:
    """Blocks with their return addresses as nodes, and which of them can end well: by RETURN, STOP or SELFDESTRUCT."""

    def __init__(self) -> None:
        self._asked: dict[tuple[int, tuple[int, ...]], tuple[int, bool, bool]] = {}
        """For (block, return addresses): its node, and what was asked of the caller on every path so far."""
        self._before: list[list[int]] = []
        self._well: list[bool] = []
        self._sides: dict[tuple[int, int], int] = {}

    def enter(self, state: State, returns: tuple[int, ...]) -> bool:
        """Whether the state's block is to be run; sets what was asked on all paths, and the state's origin to it."""
        key = (state.block, returns)
        node, named, spared = self._asked.get(key, (len(self._well), state.named, state.spared))
        is_new = node == len(self._well)
        if is_new:
            self._before.append([])
            self._well.append(False)
        if state.side is not None:
            self._sides[state.side] = node
        if state.origin >= 0:
            self._before[node].append(state.origin)
            if self._well[node]:
                self.ends_well(state.origin)
        state.named, state.spared = state.named and named, state.spared and spared
        state.origin, state.side = node, None
        changed = is_new or (state.named, state.spared) != (named, spared)
        self._asked[key] = (node, state.named, state.spared)
        return changed

    def leave(self, state: State) -> None:
        """Take a state that is not run for one that ends well."""
        self.enter(state, (-1,))
        self.ends_well(state.origin)

    def ends_well(self, node: int) -> None:
        """Mark a node and all that lead to it."""
        waiting = [node]
        while waiting:
            at = waiting.pop()
            if at >= 0 and not self._well[at]:
                self._well[at] = True
                waiting += self._before[at]

    def demands(self, conditions: list[tuple[int, Value]]) -> list[tuple[int, Value]]:
        """The conditions of which exactly one side ends well."""
        return [condition for at, condition in enumerate(conditions) if self._may(at, 0) != self._may(at, 1)]

    def _may(self, condition: int, side: int) -> bool:
        node = self._sides.get((condition, side))
        return node is not None and self._well[node]
