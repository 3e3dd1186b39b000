"""Contracts that bait, as far as the bytecode shows them: six of the eight techniques of `contracts.honeypot`.

Every function that can pay is run with its payments as the goal (`paths`), so that its demands are what a payment hangs
on. A number that is too small for its type and an empty string that is left out leave no trace that honest code does
not leave too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from models.blockchain.contracts.bytecode.dispatch import Function
from models.blockchain.contracts.bytecode.paths import Runner
from models.blockchain.contracts.bytecode.program import Does, Program
from models.blockchain.contracts.bytecode.seen import Goal, Paths, Payment
from models.blockchain.contracts.bytecode.words import CALLER, DATA, HASH, PAID, WEALTH, Value, slot_of, stripped
from models.blockchain.contracts.honeypot import NO_HONEYPOT, Honeypot, verdict

_CERTAINTY = 0.6
_MAX_FUNCTIONS, _MAX_BYTES = 16, 6_000


@dataclass(frozen=True, slots=True)
class _Ran:
    """One function that may change something, and its paths."""

    name: str
    payable: bool
    paths: Paths

    def pays_caller(self) -> list[Payment]:
        """Payments to the caller, whom he gives, or a place that the function puts him into."""
        own = self.places_of_caller()
        return [p for p in self.paths.payments if p.payee in (CALLER, DATA) or slot_of(p.payee) in own]

    def places_of_caller(self) -> set[int]:
        """Slots into which the caller is put, without being named before."""
        writes = (write for write in self.paths.writes.values() if write.place[0] == "slot" and not write.named)
        return {write.place[1] for write in writes if _holds(write.value, CALLER)}

    def compared(self, anywhere: bool = False) -> Iterator[tuple[Value, Value]]:
        """Both ways round, the sides of every comparison for equality that a payment hangs on, or that is made."""
        for _, condition in self.paths.conditions if anywhere else self.paths.demands:
            inner = stripped(condition)
            if isinstance(inner, tuple) and inner[0] in ("eq", "sub"):
                yield inner[1], inner[2]
                yield inner[2], inner[1]

    def sets(self, slot: int | None, is_winner: bool) -> bool:
        """Whether it writes a slot; a winner's, openly and for a payment."""
        writes = (write for write in self.paths.writes.values() if write.place[:2] == ("slot", slot))
        return any(
            not is_winner or (self.payable and not write.named and _holds(write.value, DATA)) for write in writes
        )

    def slots_asked(self, anywhere: bool = False) -> Iterator[int]:
        """Slots that the caller is compared with."""
        for side, other in self.compared(anywhere):
            if side == CALLER and (slot := slot_of(other)) is not None:
                yield slot


def detect(program: Program, functions: list[Function]) -> Honeypot:
    """Baits are small: nothing is looked for in larger contracts, nor where none of the functions pays its caller."""
    acting = [f for f in functions if f.entry is not None and f.mutability not in ("view", "pure")]
    takes = any(function.mutability == "payable" for function in acting)
    is_small = len(acting) <= _MAX_FUNCTIONS and len(program.code) <= _MAX_BYTES
    if not (takes and is_small and program.ahead[0] & Does.CALL):
        return NO_HONEYPOT
    runner = Runner(program)
    paying = [_run(runner, f) for f in acting if f.entry is not None and program.ahead[f.entry] & Does.CALL]
    if not any(one.pays_caller() for one in paying):
        return NO_HONEYPOT
    ran = paying + [_run(runner, f) for f in acting if f.entry is not None and not program.ahead[f.entry] & Does.CALL]
    reasons = {name: list(technique(ran)) for name, technique in _TECHNIQUES.items()}
    return verdict({name: found for name, found in reasons.items() if found}, _CERTAINTY)


def _run(runner: Runner, function: Function) -> _Ran:
    assert function.entry is not None
    paths = runner.run(function.entry, goals=Goal.PAY)
    return _Ran(function.signature or function.selector, function.mutability == "payable", paths)


def _balance_disorder(ran: list[_Ran]) -> Iterator[str]:
    """What is paid, or must be given, counts the call's value beside the balance that already contains it."""
    for one in ran:
        for payment in one.pays_caller():
            if payment.amount in (("add", PAID, WEALTH), ("add", WEALTH, PAID)):
                yield f"{one.name}: pc {payment.pc}: pays the balance and the value that it already contains"
        for _, condition in one.paths.demands:
            inner = stripped(condition)
            if isinstance(inner, tuple) and inner[0] in ("less", "eq") and {PAID, WEALTH} == set(inner[1:]):
                yield f"{one.name}: asks for a value of at least the balance, which already contains it"


def _inheritance_disorder(ran: list[_Ran]) -> Iterator[str]:
    """Callers can enter themselves at a place that nothing asks for, while another, closed to them, is asked to pay."""
    asked = {slot for one in ran for slot in one.slots_asked()}
    used = {slot for one in ran for slot in one.slots_asked(anywhere=True)}
    used |= {slot for one in ran for payment in one.paths.payments if (slot := slot_of(payment.payee)) is not None}
    entered = {slot: one.name for one in ran for slot in one.places_of_caller()}
    if asked and not asked & entered.keys():
        for slot in sorted(entered.keys() - used):
            yield f"{entered[slot]}: enters its caller at slot {slot}, but slot {min(asked)} is asked for"


def _hidden_state_update(ran: list[_Ran]) -> Iterator[str]:
    """All is paid for a secret, or to a winner whom a payer named, that another function can change beforehand."""
    if any(_credits(one.paths) for one in ran):
        return
    for one in ran:
        everything = any(payment.amount == WEALTH for payment in one.pays_caller())
        for side, other in one.compared() if everything else ():
            slot = slot_of(side)
            writers = [writer for writer in ran if writer is not one and writer.sets(slot, is_winner=other == CALLER)]
            if slot is not None and other in (HASH, DATA, CALLER) and writers:
                yield f"{one.name}: pays for what stands at slot {slot}, which {writers[0].name} changes"


def _uninitialised_struct(ran: list[_Ran]) -> Iterator[str]:
    """The answer that is asked for is overwritten with the caller in the same call."""
    for one in ran:
        over = one.places_of_caller()
        for side, other in one.compared():
            if one.pays_caller() and other == DATA and slot_of(side) in over:
                yield f"{one.name}: writes its caller over slot {slot_of(side)}, of which the payment depends"


def _straw_man(ran: list[_Ran]) -> Iterator[str]:
    """A payment that seems open to reentrancy, or of everything, beside a call of whatever stands in storage."""
    for one in ran:
        baits = [p for p in one.pays_caller() if (p.forwards_gas and p.amount == DATA) or p.amount == WEALTH]
        lowers = any(
            w.place[0] == "map" and CALLER in w.place[2:] and w.change == "-" for w in one.paths.writes.values()
        )
        hands_over = any(payment.amount == WEALTH for payment in baits)
        for pc, place in sorted(one.paths.called):
            if baits and (lowers or hands_over):
                yield f"{one.name}: pc {pc}: calls whatever stands at slot {place[1]}"


def _hidden_transfer(ran: list[_Ran]) -> Iterator[str]:
    """Everything is paid to someone else before it is paid to the caller."""
    for one in ran:
        everything = [payment for payment in one.paths.payments if payment.amount == WEALTH]
        to_caller = [payment for payment in everything if payment.payee in (CALLER, DATA)]
        others = [p for p in everything if isinstance(p.payee, int) or slot_of(p.payee) is not None]
        if to_caller and others and not any(side == CALLER for side, _ in one.compared()):
            yield f"{one.name}: pc {others[0].pc}: pays everything to someone else too"


def _holds(value: Value, part: Value) -> bool:
    """Whether a value is a part, or holds it as a packed field."""
    packed = isinstance(value, tuple) and value[0] in ("or", "mul")
    return value == part or (packed and any(_holds(inner, part) for inner in value[1:]))


def _credits(paths: Paths) -> bool:
    """Whether it keeps a book of what each caller paid in, as a bank or a sale does."""
    return any(w.place[0] == "map" and CALLER in w.place[2:] and w.change == "+" for w in paths.writes.values())


_TECHNIQUES: dict[str, Callable[[list[_Ran]], Iterator[str]]] = {
    "balance_disorder": _balance_disorder,
    "inheritance_disorder": _inheritance_disorder,
    "hidden_state_update": _hidden_state_update,
    "uninitialised_struct": _uninitialised_struct,
    "straw_man_contract": _straw_man,
    "hidden_transfer": _hidden_transfer,
}
