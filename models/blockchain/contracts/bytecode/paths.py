"""What one function writes and demands, by a symbolic run of its paths with an exact stack.

Used for the few functions that matter (those that may write balances), as it costs some ten times a reading of blocks.
A block is run again only where it is reached with other return addresses, or without a name that was asked for before:
so `named` of a write is what holds on every path to it. Steps are bounded; `complete` says whether they sufficed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from operator import length_hint

import numpy as np

from models.blockchain.contracts.bytecode import opcodes as op
from models.blockchain.contracts.bytecode.graph import Graph, State
from models.blockchain.contracts.bytecode.program import Does, Program
from models.blockchain.contracts.bytecode.words import (
    BINARY,
    CALLER,
    DATA,
    GAS,
    LESS,
    MAX_SLOT,
    MUL,
    Value,
    binary,
    change_of,
    field_written,
    is_settled,
    places_in,
    result,
    slot_of,
    stripped,
)

_MAX_STEPS, _MAX_STEPS_OF_PROGRAM = 12_000, 120_000
"""Bytes of code run for one function, and for all of a program."""
_WORDS = (0x00, 0x20)
_ENDS_WELL = {op.STOP, op.RETURN, op.SELFDESTRUCT}
_CALLS = {op.CALL: 4, op.CALLCODE: 4, op.STATICCALL: 3, op.DELEGATECALL: 3}
"""Where the size of a call's input stands among its operands."""
_TOLD = (4 + 3 * 32, 4 + 4 * 32)
_MAX_STACK = 200
_STACK = [op.STACK.get(opcode, (0, 1 if opcode == op.PUSH0 else 0)) for opcode in range(256)]


class Goal:
    """What a path may come to, as bits."""

    END = 1
    """RETURN, STOP or SELFDESTRUCT: no revert."""
    DEBIT = 2
    """An entry of a mapping is lowered."""
    PAY = 4


@dataclass(slots=True)
class Write:
    """One SSTORE to a known place."""

    pc: int
    place: Value
    change: str
    """`+` or `-` of what stood there, `0` for clearing it, `=` for anything else."""
    value: Value
    named: bool
    """Whether every path to it asks for someone by name."""
    spared: bool
    """Whether every path to it is one that someone named need not take."""
    bit: int
    """Of a packed slot, where the field stands that is written; else 0."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One CALL that hands over ether."""

    pc: int
    payee: Value
    amount: Value
    forwards_gas: bool


@dataclass(slots=True)
class Paths:
    """What was seen on the paths of one function."""

    writes: dict[tuple[int, Value], Write] = field(default_factory=dict)
    rates: set[int] = field(default_factory=set)
    """Slots whose value something is multiplied by."""
    ordered: bool = False
    """Whether a part of the input is compared by order."""
    conditions: list[tuple[int, Value]] = field(default_factory=list)
    """(block, condition) of every branch."""
    demands: list[tuple[int, Value]] = field(default_factory=list)
    """Those of which one side can reach a goal that the other cannot."""
    asked: set[Value] = field(default_factory=set)
    """Places that hold the address of a contract which is told three or four words."""
    payments: set[Payment] = field(default_factory=set)
    called: set[tuple[int, Value]] = field(default_factory=set)
    """(pc, place of the callee's address) of calls that hand over no ether."""
    destroyed: dict[int, bool] = field(default_factory=dict)
    """Whether the caller is named on every path to the SELFDESTRUCT at a pc."""
    complete: bool = True

    @property
    def flags(self) -> set[int]:
        """Slots that decide on a branch by being zero or not."""
        found = (slot_of(stripped(condition)) for _, condition in self.conditions)
        return {slot for slot in found if slot is not None}

    @property
    def lists(self) -> set[int]:
        """Mappings in which the caller is looked up."""
        places = (place for _, condition in self.conditions for place in places_in(condition))
        return {place[1] for place in places if place[0] == "map" and CALLER in place[2:]}


def _returns(program: Program) -> list[int]:
    """1 for each block that jumps to a label which it did not push, or leads to one that does."""
    last = np.append(program.first[1:], len(program.ops)) - 1
    counts = np.diff(program.edges)
    own = (np.frombuffer(program.ops, dtype=np.uint8)[last] == op.JUMP) & (counts == 0)
    found = own.copy()  # what is gathered leaves out edges to blocks that do nothing else
    found[np.repeat(np.arange(len(counts)), counts)[own[program.targets]]] = True
    flags: list[int] = found.astype(int).tolist()
    return flags


class Runner:
    """Runs functions of one program.

    `free` are the mappings that callers write for themselves, `owners` the slots of someone in charge, who may be gone.
    """

    def __init__(
        self, program: Program, free: frozenset[int] = frozenset(), owners: frozenset[int] = frozenset()
    ) -> None:
        self.program = program
        self.code = program.code
        self.free = free
        self.owners = owners
        self.bounds = program.starts
        self.left = _MAX_STEPS_OF_PROGRAM
        self._reached = 0
        """Goals that the block which is being run comes to."""

    @cached_property
    def labels(self) -> dict[int, int]:
        """Block by the place of its label."""
        code = self.code
        return {pc: block for block, pc in enumerate(self.bounds[:-1]) if code[pc] == op.JUMPDEST}

    @cached_property
    def returning(self) -> list[int]:
        """For each block, not 0 where it can return to a label that was pushed before."""
        return self.program.gathered(_returns(self.program))

    def run(self, entry: int, to_the_end: bool = False, goals: int = Goal.END) -> Paths:
        """Every path from a function's first block, up to its last write (or call, where PAY is a goal).

        With `to_the_end` what comes after is run too, which the demands of the goal END need.
        """
        found, graph = Paths(), Graph()
        waiting, left = [State(entry, [None], {})], min(_MAX_STEPS, self.left)
        budget, labels, sought = left, self.labels, Does.STORE | Does.CALL if goals & Goal.PAY else Does.STORE
        while waiting and left > 0:
            state = waiting.pop()
            returns = tuple([value for value in state.stack if value.__class__ is int and value in labels])
            if not (to_the_end or self._matters(state.block, returns, sought)):
                continue
            if graph.enter(state, returns):
                left -= self.bounds[state.block + 1] - self.bounds[state.block]
                node, self._reached = state.origin, 0
                waiting += self._follow(state, found)
                graph.reaches(node, self._reached & goals)
        for state in waiting:
            graph.leave(state, goals)
        found.demands = graph.demands(found.conditions)
        found.complete = left > 0
        self.left -= budget - left
        return found

    def _matters(self, block: int, returns: tuple[int, ...], sought: int) -> bool:
        """Whether a block, or one that it returns to, can reach what is looked for."""
        ahead = self.program.ahead
        later = self.returning[block] and any(ahead[self.labels[label]] & sought for label in returns)
        return bool(ahead[block] & sought or later)

    def _follow(self, state: State, found: Paths) -> list[State]:
        """Run one block; where control may go next. One long loop on purpose: it runs for every instruction."""
        stack, end = state.stack, self.bounds[state.block + 1]
        rest = iter(self.code[self.bounds[state.block] : end])
        push, pop = stack.append, stack.pop
        try:
            for opcode in rest:
                if opcode == op.PUSH1:
                    push(next(rest, 0))
                elif 0x80 <= opcode <= 0x8F:
                    push(stack[0x7F - opcode])
                elif 0x61 <= opcode <= 0x7F:
                    push(int.from_bytes(bytes(islice(rest, opcode - op.PUSH0)), "big"))
                elif 0x90 <= opcode <= 0x9F:
                    place = 0x8E - opcode
                    stack[-1], stack[place] = stack[place], stack[-1]
                elif opcode == op.POP:
                    pop()
                elif opcode == op.JUMP:
                    return self._to(pop(), state)
                elif opcode == op.JUMPI:
                    return self._branch(state, found)
                elif opcode in op.HALTS:
                    if opcode == op.SELFDESTRUCT:
                        found.destroyed[end - 1] = state.named and found.destroyed.get(end - 1, True)
                    if opcode in _ENDS_WELL:
                        self._reached |= Goal.END
                    return []
                elif opcode in BINARY:
                    first, second = pop(), pop()
                    push(None if first is second is None else binary(opcode, first, second))
                    if opcode == MUL:
                        found.rates |= {slot for slot in (slot_of(first), slot_of(second)) if slot is not None}
                    elif opcode in LESS and DATA in (first, second):
                        found.ordered = True
                elif opcode == op.JUMPDEST:
                    continue
                elif opcode == op.MSTORE:
                    first, second = pop(), pop()
                    if first in _WORDS:
                        state.memory[first] = second
                elif opcode == op.SSTORE:
                    self._note_write(found, end - length_hint(rest) - 1, pop(), pop(), state)
                else:
                    taken, given = _STACK[opcode]
                    operands = [pop() for _ in range(taken)]
                    if opcode in _CALLS:
                        _note_call(found, operands[1], operands[_CALLS[opcode]])
                        self._note_payment(found, end - length_hint(rest) - 1, opcode, operands)
                    if given:
                        push(result(opcode, operands, state.memory))
        except IndexError:  # fewer items than an instruction takes: execution ends here
            return []
        if len(stack) > _MAX_STACK:
            return []
        return self._on(state)

    def _on(self, state: State) -> list[State]:
        """To the block that follows."""
        state.block += 1
        return [state] if state.block + 1 < len(self.bounds) else []

    def _note_write(self, found: Paths, pc: int, place: Value, value: Value, state: State) -> None:
        if isinstance(place, int) and place < MAX_SLOT:
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

    def _note_payment(self, found: Paths, pc: int, opcode: int, operands: list[Value]) -> None:
        gas, target, amount = operands[:3]
        if opcode == op.CALL and amount != 0:
            found.payments.add(Payment(pc, target, amount, gas == GAS))
            self._reached |= Goal.PAY
        elif opcode != op.STATICCALL and slot_of(target) is not None:
            found.called.add((pc, target[1]))

    def _to(self, target: Value, state: State) -> list[State]:
        block = self.labels.get(target) if target.__class__ is int else None
        if block is None:
            return []
        state.block = block
        return [state]

    def _branch(self, state: State, found: Paths) -> list[State]:
        target, condition = state.stack.pop(), state.stack.pop()
        at = len(found.conditions)
        found.conditions.append((state.block, condition))
        named = unnamed = False
        if condition.__class__ is tuple:
            named, unnamed = self.names(condition, True), self.names(condition, False)
        taken = State(
            state.block,
            list(state.stack),
            dict(state.memory),
            state.named or named,
            state.spared or unnamed,
            state.origin,
            (at, 1),
        )
        state.named, state.spared, state.side = state.named or unnamed, state.spared or named, (at, 0)
        return self._on(state) + self._to(target, taken)

    def names(self, condition: Value, holds: bool) -> bool:
        """Whether a condition that holds (or does not) says who calls."""
        while condition.__class__ is tuple and condition[0] == "not":
            condition, holds = condition[1], not holds
        if condition.__class__ is not tuple:
            return False
        if condition[0] in ("eq", "sub"):
            one, other = condition[1], condition[2]
            equal = holds == (condition[0] == "eq")
            if CALLER in (one, other):
                return equal and is_settled(other if one == CALLER else one)
            answer, against = (other, one) if isinstance(one, int) else (one, other)
            if against == 0 and equal and slot_of(answer) in self.owners:
                return True
            return isinstance(against, int) and equal == (against != 0) and self._is_entry_of_caller(answer)
        if condition[0] == "less":
            return any(self._is_entry_of_caller(side) for side in condition[1:])
        if not holds and condition[0] == "load" and condition[1][0] == "slot":
            return condition[1][1] in self.owners
        return holds and self._is_entry_of_caller(condition)

    def _is_entry_of_caller(self, value: Value) -> bool:
        place = value[1] if value.__class__ is tuple and value[0] == "load" else None
        return place is not None and place[0] == "map" and CALLER in place[2:] and place[1] not in self.free


def _note_call(found: Paths, target: Value, size: Value) -> None:
    if slot_of(target) is not None and size.__class__ is int and _TOLD[0] <= size <= _TOLD[1]:
        found.asked.add(target[1])
