"""Powers over those who entrust tokens to a contract, as far as its bytecode shows them: staking pools and vaults.

The same as in `source.pool`: tokens are entrusted where the call that takes them in also writes down, in a mapping, who
brought them. What is asked of a token is told by the words that stand in memory before the call.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from models.blockchain.contracts.bytecode import opcodes as op
from models.blockchain.contracts.bytecode.dispatch import Function
from models.blockchain.contracts.bytecode.paths import Runner
from models.blockchain.contracts.bytecode.program import Does, Program
from models.blockchain.contracts.bytecode.seen import Goal, Paths
from models.blockchain.contracts.bytecode.words import DATA, THIS, Value, slot_of, stripped
from models.blockchain.contracts.signatures import selector_of
from models.blockchain.contracts.token import TokenPowers

_TRANSFER_FROM = selector_of("transferFrom(address,address,uint256)")
_PULL = int(_TRANSFER_FROM, 16)
_PUSH, _LEND = (
    int(selector_of(signature), 16) for signature in ("transfer(address,uint256)", "approve(address,uint256)")
)
_EIP20 = frozenset({_PULL, _PUSH, _LEND})


def pool_powers(program: Program, functions: list[Function]) -> TokenPowers | None:
    """None where no function takes tokens in."""
    does, own = program.ahead[0], any(function.selector == _TRANSFER_FROM for function in functions)
    if not (does & Does.CALL and does & Does.STORE and program.code.count(_bytes_of(_PULL)) > own):
        return None
    pool = _Pool(program, functions)
    return pool.powers() if pool.takes_in else None


def _bytes_of(selector: int) -> bytes:
    return selector.to_bytes(4, "big")


class _Pool:
    """A contract with what it asks of tokens: what its blocks push tells which functions are run."""

    def __init__(self, program: Program, functions: list[Function]) -> None:
        self.program = program
        acting = (f for f in functions if f.mutability not in ("view", "pure"))
        self.names = {f.entry: f.signature or f.selector for f in acting if f.entry is not None}
        self.runner = Runner(program, listens=True)
        self._run: dict[int, Paths] = {}
        recording = Does.STORE | Does.HASH | Does.CALLER
        own_address = self._before({program.block_of(at) for at in program.instructions_with(bytes([op.ADDRESS]))})
        pulls = (
            entry
            for entry in sorted(self._naming({_PULL}) & own_address)
            if program.ahead[entry] & recording == recording
        )
        taken = [callee for entry in pulls if _records(self._paths(entry)) for callee in _pulled(self._paths(entry))]
        self.takes_in = bool(taken)
        self.entrusted = {slot for slot in map(slot_of, taken) if slot is not None}
        """Slots that hold the tokens which are taken in."""

    def _naming(self, selectors: Iterable[int]) -> set[int]:
        """Entries of the functions ahead of which one of the selectors stands in the code."""
        code, starts = self.program.code, self.program.starts
        places = (found.start() for s in selectors for found in re.finditer(re.escape(_bytes_of(s)), code))
        return self._before({bisect_right(starts, place) - 1 for place in places})

    def _before(self, blocks: set[int]) -> set[int]:
        """Entries of the functions that can reach one of some blocks."""
        ahead = self.program.gathered([int(block in blocks) for block in range(len(self.program.first))])
        return {entry for entry in self.names if ahead[entry]}

    def _paths(self, entry: int) -> Paths:
        if entry not in self._run:
            self._run[entry] = self.runner.run(entry, goals=Goal.PAY)
        return self._run[entry]

    def powers(self) -> TokenPowers:
        giving = self._naming({_PUSH, _LEND})
        suspects = [entry for entry in self.names if entry in giving and any(self._drains(entry))]
        self._leave_out_free_lists(suspects)
        return TokenPowers("pool", drain=[drain for entry in suspects for drain in self._drains(entry)])

    def _leave_out_free_lists(self, suspects: list[int]) -> None:
        """Mappings that suspects ask for and in which callers enter themselves, as stakes, name nobody."""
        asked = {place for entry in suspects for place in self._paths(entry).lists}
        writing = [entry for entry in self.names if self.program.ahead[entry] & Does.STORE] if asked else []
        if free := {place[0] for place in asked if any(self._paths(entry).lets_enter(*place) for entry in writing)}:
            self.runner.free |= free
            self._run.clear()

    def _drains(self, entry: int) -> Iterator[str]:
        paths = self._paths(entry)
        for (pc, callee, told), named in paths.requests.items():
            if _asked(told) == _LEND and self._is_set_by_someone({slot_of(word) for word in told}):
                yield f"{self.names[entry]}: pc {pc}: lends what others put in to whom someone privileged sets"
            elif named and _asked(told) == _PUSH and self._takes(paths, callee):
                yield f"{self.names[entry]}: pc {pc}: sends away what others put in"

    def _is_set_by_someone(self, slots: set[int | None]) -> bool:
        writing = (entry for entry in self.names if self.program.ahead[entry] & Does.STORE)
        writes = (write for entry in writing for write in self._paths(entry).writes.values() if write.named)
        return any(write.place[0] == "slot" and write.place[1] in slots for write in writes)

    def _takes(self, paths: Paths, token: Value) -> bool:
        """Whether a token that is sent away is one that was taken in, or any that the caller gives."""
        if token == DATA:
            return not self._spares_entrusted(paths)
        return slot_of(token) in self.entrusted and not _records(paths)

    def _spares_entrusted(self, paths: Paths) -> bool:
        """Whether it always refuses the tokens that were taken in."""
        for at in paths.demanded:
            inner = stripped(paths.conditions[at][1])
            compares = isinstance(inner, tuple) and inner[0] in ("eq", "sub") and DATA in inner[1:]
            if compares and {slot_of(side) for side in inner[1:]} & self.entrusted and not any(paths.context(at)):
                return True
        return False


def _asked(told: tuple[Value, ...]) -> int | None:
    """The selector of EIP-20 that was put into memory last."""
    return next((word for word in reversed(told) if isinstance(word, int) and word in _EIP20), None)


def _pulled(paths: Paths) -> Iterator[Value]:
    """Tokens that are asked to hand over what someone has to this contract."""
    return (callee for _, callee, told in paths.requests if _asked(told) == _PULL and THIS in told)


def _records(paths: Paths) -> bool:
    return any(write.place[0] == "map" for write in paths.writes.values())
