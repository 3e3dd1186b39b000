"""Where the paths of a function lead: which blocks were entered, how, and what they can reach."""

from __future__ import annotations

from collections import Counter
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
    """Blocks, by where they return to and what they ask, as nodes; which goals (the runner's bits) each can reach."""

    def __init__(self, goals: int) -> None:
        self._all = goals
        self._asked: dict[tuple[int, tuple[Value, ...]], tuple[int, bool, bool]] = {}
        """For (block, what tells it from others there): its node, and what was asked of the caller on every path."""
        self._stacks: dict[tuple[int, tuple[Value, ...]], list[Value]] = {}
        """The stack that it was entered with, less the numbers that differ from path to path."""
        self._before: list[list[int]] = []
        self._goals: list[int] = []
        """What each node can reach, as bits."""
        self._sides: dict[tuple[int, int], int] = {}

    def enter(self, state: State, by: tuple[Value, ...], widens: bool = False) -> bool:
        """Whether the state's block is to be run; sets what was asked on all paths, and its origin to the node.

        If it `widens`, a block is run again where a number on its stack was another one before, as an unknown one.
        """
        key = (state.block, by)
        known = self._asked.get(key)
        if known is None:
            node = self._new_node()
        else:
            node, named, spared = known
            state.named, state.spared = state.named and named, state.spared and spared
        self._link(state, node)
        made = (node, state.named, state.spared)
        self._asked[key] = made
        if known is None:
            self._stacks[key] = list(state.stack)
        return made != known or (widens and _widen(self._stacks[key], state.stack, by))

    def enter_alone(self, state: State) -> None:
        """Enter a block to which only the one before leads: it is a node of its own each time."""
        self._link(state, self._new_node())

    def _new_node(self) -> int:
        if self._all:
            self._before.append([])
            self._goals.append(0)
        return len(self._goals) - 1

    def _link(self, state: State, node: int) -> None:
        if not self._all:
            return
        if state.side is not None:
            self._sides[state.side] = node
        if state.origin >= 0:
            self._before[node].append(state.origin)
            if self._goals[node]:
                self.reaches(state.origin, self._goals[node])
        state.origin, state.side = node, None

    def leave(self, state: State) -> None:
        """Take a state that is not run for one that reaches all goals."""
        self.enter(state, (-1,))
        self.reaches(state.origin, self._all)

    def reaches(self, node: int, goals: int) -> None:
        """Mark a node and all that lead to it with goals that it reaches."""
        waiting = [node]
        while waiting:
            at = waiting.pop()
            if at >= 0 and goals & ~self._goals[at]:
                self._goals[at] |= goals
                waiting += self._before[at]

    def demands(self, conditions: int) -> list[int]:
        """Those of the first conditions of which one side can reach a goal that the other cannot."""
        return [at for at in range(conditions) if self._may(at, 0) != self._may(at, 1)]

    def holds(self, condition: int) -> bool:
        """Whether a demand is that its condition holds, not that it does not."""
        return bool(self._may(condition, 1) & ~self._may(condition, 0))

    def context(self, node: int) -> dict[int, bool]:
        """Conditions on which it hangs whether a path comes by a node, and which of their sides alone leads to it."""
        leading, waiting = {node}, [node]
        while waiting:
            new = [before for before in self._before[waiting.pop()] if before not in leading]
            leading.update(new)
            waiting += new
        sides = [(condition, bool(side)) for (condition, side), node in self._sides.items() if node in leading]
        counts = Counter(condition for condition, _ in sides)
        return {condition: side for condition, side in sides if counts[condition] == 1}

    def _may(self, condition: int, side: int) -> int:
        node = self._sides.get((condition, side))
        return 0 if node is None else self._goals[node]


def _widen(known: list[Value], stack: list[Value], labels: tuple[Value, ...]) -> bool:
    """Forget numbers that were others before; whether there are any. Return addresses stay."""
    differing = [
        at
        for at, (before, now) in enumerate(zip(known, stack, strict=False))
        if before.__class__ is int and before != now and before not in labels and now not in labels
    ]
    for at in differing:
        known[at] = stack[at] = None
    return bool(differing)
