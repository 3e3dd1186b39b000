"""What one function writes and demands, by a symbolic run of its paths with an exact stack.

Used for the few functions that matter (those that may write balances), as it costs some ten times a reading of blocks.
A block is run again only where it is reached with other return addresses, or without a name that was asked for before:
so `named` of a write is what holds on every path to it. Steps are bounded; `complete` says whether they sufficed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from models.blockchain.contracts.bytecode import opcodes as op
from models.blockchain.contracts.bytecode.graph import Graph, State
from models.blockchain.contracts.bytecode.program import Does, Program
from models.blockchain.contracts.bytecode.seen import Goal, Paths, Payment, Write
from models.blockchain.contracts.bytecode.steps import (
    APPLY,
    CALL,
    CODE,
    DUP,
    LESS,
    LOAD,
    MASK,
    MSTORE,
    MUL,
    POP,
    PUSH,
    REPLACE,
    SHA3,
    SHUFFLE,
    SSTORE,
    SWAP,
    Step,
    block_of,
)
from models.blockchain.contracts.bytecode.words import (
    CALLER,
    DATA,
    GAS,
    Value,
    change_of,
    element,
    field_written,
    is_settled,
    loaded,
    places_in,
    slot_of,
    telling,
)

_MAX_STEPS, _MAX_STEPS_OF_PROGRAM = 12_000, 120_000
"""Bytes of code run for one function, and for all of a program."""
_WORDS = (0x00, 0x20)
_LATEST, _MOST_TOLD = -1, 5
"""By what key the last words are kept that were put elsewhere and may ask another contract for something; how many."""
_ENDS_WELL = {op.STOP, op.RETURN, op.SELFDESTRUCT}
_CALLS = {op.CALL: 4, op.CALLCODE: 4, op.STATICCALL: 3, op.DELEGATECALL: 3}
"""Where the size of a call's input stands among its operands."""
_TOLD = (4 + 3 * 32, 4 + 4 * 32)
_MAX_STACK = 200
_ASKS_TOP = re.compile(rb"\x5b(?:\x60\xff\x16)?\x15*(?:\x60.|\x61..|\x62...)\x57", re.DOTALL)
"""A block that branches on what is left to it on the stack: what `a && b` or the answer of a function came to."""
_TRUTHS = {"not", "eq", "less"}
"""Kinds of values that are nothing but true or false."""


class Runner:
    """Runs functions of one program.

    `free` are the mappings that callers write for themselves, `owners` the slots of someone in charge, who may be gone.
    With `listens` it is noted what other contracts are asked to do.
    """

    def __init__(
        self,
        program: Program,
        free: frozenset[int] = frozenset(),
        owners: frozenset[int] = frozenset(),
        listens: bool = False,
    ) -> None:
        self.program = program
        self.code = program.code
        self.free = free
        self.owners = owners
        self.bounds = program.starts
        self.left = _MAX_STEPS_OF_PROGRAM
        self.listens = listens
        self._reached = 0
        """Goals that the block which is being run comes to."""
        self._pruned = False
        """Whether a branch was left out in this run, because of a number."""

    @cached_property
    def labels(self) -> dict[int, int]:
        """Block by the place of its label."""
        code = self.code
        return {pc: block for block, pc in enumerate(self.bounds[:-1]) if code[pc] == op.JUMPDEST}

    def run(self, entry: int, to_the_end: bool = False, goals: int = 0) -> Paths:
        """Every path from a function's first block, up to its last write (or call, where PAY is a goal).

        With `to_the_end` what comes after is run too, which the demands of the goal END need.
        """
        graph, ahead = Graph(goals), self.program.ahead
        found, self._pruned = Paths(graph), False
        waiting, left = [State(entry, [None], {})], min(_MAX_STEPS, self.left)
        budget, sought = left, Does.STORE | Does.CALL if goals & Goal.PAY else Does.STORE
        while waiting and left > 0:
            state = waiting.pop()
            block = state.block
            if not (to_the_end or ahead[block] & sought or self._returns_to(state, sought)):
                continue
            begin, end = self.bounds[block], self.bounds[block + 1]
            if not self._enters(graph, state, begin, end):
                continue
            left -= end - begin
            node, self._reached = state.origin, 0
            waiting += self._follow(state, begin, end, found)
            if self._reached & goals:
                graph.reaches(node, self._reached & goals)
        for state in waiting:
            graph.leave(state)
        found.demanded = graph.demands(len(found.conditions))
        found.complete = left > 0
        self.left -= budget - left
        return found

    def _enters(self, graph: Graph, state: State, begin: int, end: int) -> bool:
        """Whether a block is to be run: it is known by where it returns to, and by what it is about to ask."""
        if self.code[begin] != op.JUMPDEST:
            graph.enter_alone(state)
            return True
        by: tuple[Value, ...] = self._returns_of(state.stack)
        if self.code[end - 1] == op.JUMPI and state.stack and _ASKS_TOP.fullmatch(self.code, begin, end):
            by = (*by, state.stack[-1])
        return graph.enter(state, by, widens=self._pruned)

    def _returns_of(self, stack: list[Value]) -> tuple[int, ...]:
        """The return addresses on a stack."""
        labels = self.labels
        return tuple([value for value in stack if value.__class__ is int and value in labels])

    def _returns_to(self, state: State, sought: int) -> bool:
        """Whether a block returns to one that can reach what is looked for."""
        ahead = self.program.ahead
        if not ahead[state.block] & Does.RETURN:
            return False
        return any(ahead[self.labels[label]] & sought for label in self._returns_of(state.stack))

    def _follow(self, state: State, begin: int, end: int, found: Paths) -> list[State]:
        """Run one block; where control may go next."""
        steps, last = block_of(self.code[begin:end])
        try:
            self._step(steps, begin, state, found)
            if last == op.JUMP:
                return self._to(state.stack.pop(), state)
            if last == op.JUMPI:
                return self._branch(state, found)
        except IndexError:  # fewer items than an instruction takes: execution ends here
            return []
        if last == op.JUMPDEST:
            return self._on(state) if len(state.stack) <= _MAX_STACK else []
        if last == op.SELFDESTRUCT:
            found.destroyed[end - 1] = state.named and found.destroyed.get(end - 1, True)
        if last in _ENDS_WELL:
            self._reached |= Goal.END
        return []

    def _step(self, steps: Sequence[Step], begin: int, state: State, found: Paths) -> None:
        """One long loop on purpose: it runs for every instruction."""
        stack = state.stack
        push, pop = stack.append, stack.pop
        for kind, what in steps:
            if kind == PUSH:
                push(what)
            elif kind == DUP:
                push(stack[what])
            elif kind == SHUFFLE:
                depth, given = what
                if depth > len(stack):
                    raise IndexError
                stack[-depth:] = given(stack[-depth:])
            elif kind == SWAP:
                stack[-1], stack[what] = stack[what], stack[-1]
            elif kind == APPLY:
                first, second = pop(), stack[-1]
                if first is not None or second is not None:
                    stack[-1] = what(first, second)
            elif kind == MASK:
                if stack[-1].__class__ is int:
                    stack[-1] &= what
            elif kind == POP:
                pop()
            elif kind == REPLACE:
                stack[-1] = what(stack[-1])
            elif kind == LOAD:
                stack[-1] = value = loaded(stack[-1])
                if value is not None:
                    found.loads.add(value[1])
            elif kind == MSTORE:
                first, second = pop(), pop()
                if first in _WORDS:
                    state.memory[first] = second
                elif self.listens and (word := telling(second)) is not None:
                    state.memory[_LATEST] = (*state.memory.get(_LATEST, ())[1 - _MOST_TOLD :], word)
            elif kind == SHA3:
                pop()
                stack[-1] = element(state.memory)
            elif kind in (MUL, LESS):
                first, second = pop(), stack[-1]
                stack[-1] = None if first is second is None else what(first, second)
                if kind == MUL:
                    found.rates |= {slot for slot in (slot_of(first), slot_of(second)) if slot is not None}
                elif DATA in (first, second):
                    found.ordered = True
            elif kind == SSTORE:
                self._note_write(found, begin + what, pop(), pop(), state)
            elif kind == CODE:
                push(int.from_bytes(self.code[what : what + 32].ljust(32, b"\0"), "big"))
            elif kind == CALL:
                self._call(begin + what[0], what[1], state, found)
            else:
                taken, given = what
                if len(stack) < taken:
                    raise IndexError
                del stack[-taken:]
                if given:
                    push(None)

    def _on(self, state: State) -> list[State]:
        """To the block that follows."""
        state.block += 1
        return [state] if state.block + 1 < len(self.bounds) else []

    def _note_write(self, found: Paths, pc: int, place: Value, value: Value, state: State) -> None:
        if isinstance(place, int):
            place = ("slot", place)
        if not isinstance(place, tuple) or place[0] not in ("slot", "map"):
            return
        known = found.writes.get((pc, place))
        if known is None:
            bit = field_written(place[1], value) if place[0] == "slot" else 0
            known = Write(pc, place, change_of(place, value), value, state.named, state.spared, bit)
            found.writes[pc, place] = known
        known.named, known.spared = known.named and state.named, known.spared and state.spared
        if place[0] == "map" and known.change == "-":
            self._reached |= Goal.DEBIT

    def _call(self, pc: int, opcode: int, state: State, found: Paths) -> None:
        taken, _ = op.STACK[opcode]
        operands = [state.stack.pop() for _ in range(taken)]
        state.stack.append(None)
        target, size = operands[1], operands[_CALLS[opcode]]
        if slot_of(target) is not None and size.__class__ is int and _TOLD[0] <= size <= _TOLD[1]:
            found.asked.add(target[1])
        if opcode == op.CALL and operands[2] != 0:
            found.payments.add(Payment(pc, target, operands[2], operands[0] == GAS))
            self._reached |= Goal.PAY
        elif opcode != op.STATICCALL and slot_of(target) is not None:
            found.called.add((pc, target[1]))
        told = state.memory.pop(_LATEST, ())
        if told and opcode == op.CALL:
            key = (pc, target, told)
            found.requests[key] = state.named and found.requests.get(key, True)
            self._reached |= Goal.PAY

    def _to(self, target: Value, state: State) -> list[State]:
        block = self.labels.get(target) if target.__class__ is int else None
        if block is None:
            return []
        state.block = block
        return [state]

    def _branch(self, state: State, found: Paths) -> list[State]:
        target, condition = state.stack.pop(), state.stack.pop()
        if condition.__class__ is int:  # as where a mint is a transfer from address 0
            self._pruned = True
            return self._to(target, state) if condition else self._on(state)
        at = len(found.conditions)
        found.conditions.append((state.block, condition))
        found.nodes.append(state.origin)
        held, refused = self.names(condition)
        taken = State(
            state.block,
            list(state.stack),
            dict(state.memory),
            state.named or held,
            state.spared or refused,
            state.origin,
            (at, 1),
        )
        state.named, state.spared, state.side = state.named or refused, state.spared or held, (at, 0)
        return self._on(state) + self._to(target, taken)

    def names(self, condition: Value) -> tuple[bool, bool]:
        """Whether a condition says who calls where it holds, and where it does not."""
        holds = True
        while condition.__class__ is tuple and condition[0] == "not":
            condition, holds = condition[1], not holds
        if condition.__class__ is not tuple:
            return False, False
        if condition[0] == "less":
            either = self._bounds(condition[1], condition[2]) or self._bounds(condition[2], condition[1])
            return either, either
        says = says_not = False
        if condition[0] in ("eq", "sub"):
            says, says_not = self._compares(condition[1], condition[2])
            if condition[0] == "sub":
                says, says_not = says_not, says
        elif condition[0] == "load":
            says = self._is_entry_of_caller(condition)
            says_not = condition[1][0] == "slot" and condition[1][1] in self.owners
        return (says, says_not) if holds else (says_not, says)

    def _compares(self, one: Value, other: Value) -> tuple[bool, bool]:
        """Whether the equality of two values says who calls, and whether their difference does."""
        if CALLER in (one, other):
            return is_settled(other if one == CALLER else one), False
        answer, against = (other, one) if isinstance(one, int) else (one, other)
        if not isinstance(against, int):
            return False, False
        if against in (0, 1) and answer.__class__ is tuple and answer[0] in _TRUTHS:
            says = self.names(answer)
            return says if against else says[::-1]
        is_entry = self._is_entry_of_caller(answer)
        if against == 0:
            return slot_of(answer) in self.owners, is_entry
        return is_entry, False

    def _bounds(self, entry: Value, other: Value) -> bool:
        """Whether an entry of the caller's is compared by order: not with what is made of it, as for an overflow."""
        return self._is_entry_of_caller(entry) and entry[1] not in places_in(other)

    def _is_entry_of_caller(self, value: Value) -> bool:
        place = value[1] if value.__class__ is tuple and value[0] == "load" else None
        return place is not None and place[0] == "map" and CALLER in place[2:] and place[1] not in self.free
