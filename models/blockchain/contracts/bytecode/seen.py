"""What a symbolic run saw on the paths of one function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from models.blockchain.contracts.bytecode.graph import Graph
from models.blockchain.contracts.bytecode.words import CALLER, DATA, MEMORY, Value, places_in, slot_of, stripped


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

    graph: Graph = field(default_factory=lambda: Graph(0))
    writes: dict[tuple[int, Value], Write] = field(default_factory=dict)
    loads: set[Value] = field(default_factory=set)
    """Places that are read."""
    rates: set[int] = field(default_factory=set)
    """Slots whose value something is multiplied by."""
    ordered: bool = False
    """Whether a part of the input is compared by order."""
    conditions: list[tuple[int, Value]] = field(default_factory=list)
    """(block, condition) of every branch."""
    nodes: list[int] = field(default_factory=list)
    """The node of the graph at which each of them stands."""
    demanded: list[int] = field(default_factory=list)
    """Indices of those of which one side can reach a goal that the other cannot."""
    asked: set[Value] = field(default_factory=set)
    """Places that hold the address of a contract which is told three or four words."""
    payments: set[Payment] = field(default_factory=set)
    called: set[tuple[int, Value]] = field(default_factory=set)
    """(pc, place of the callee's address) of calls that hand over no ether."""
    requests: dict[tuple[int, Value, tuple[Value, ...]], bool] = field(default_factory=dict)
    """(pc, callee, selectors and addresses last put into memory) of a CALL: whether all paths to it name the caller."""
    destroyed: dict[int, bool] = field(default_factory=dict)
    """Whether the caller is named on every path to the SELFDESTRUCT at a pc."""
    complete: bool = True

    @property
    def demands(self) -> list[tuple[int, Value]]:
        """(block, condition) of those without which a goal is not reached."""
        return [self.conditions[at] for at in self.demanded]

    def context(self, at: int) -> Iterator[tuple[Value, bool]]:
        """Conditions that settle whether the one at an index is asked at all, and whether it is where they hold."""
        around = self.graph.context(self.nodes[at])
        others = sorted(around.keys() - set(self.demanded) - {at})
        return ((self.conditions[other][1], around[other]) for other in others)

    @property
    def flags(self) -> set[int]:
        """Slots that decide on a branch by being zero or not."""
        found = (slot_of(stripped(condition)) for _, condition in self.conditions)
        return {slot for slot in found if slot is not None}

    @property
    def lists(self) -> set[tuple[int, int]]:
        """(slot, length of the place) of the mappings in which the caller is looked up."""
        places = (place for _, condition in self.conditions for place in places_in(condition))
        return {(place[1], len(place)) for place in places if place[0] == "map" and CALLER in place[2:]}

    def lets_enter(self, slot: int, length: int) -> bool:
        """Whether a caller who need not be named writes an entry of his own choice in a mapping (see `lists`)."""
        entries = (w for w in self.writes.values() if w.place[:2] == ("map", slot) and len(w.place) == length)
        free = (write.place for write in entries if write.change in "+=" and not write.named)
        return any(CALLER in place or place[-1] in (DATA, MEMORY) for place in free)
