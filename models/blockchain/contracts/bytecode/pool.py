"""Powers over those who entrust tokens to a contract, as far as its bytecode shows them: staking pools and vaults.

The same as in `source.pool`: tokens are entrusted where the call that takes them in also writes down, in a mapping, who
brought them. What is asked of a token is told by the words that stand in memory before the call.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

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
        pulls = (e for e in self._naming({_PULL}) if program.ahead[e] & Does.STORE and program.ahead[e] & Does.HASH)
        taken = [callee for entry in pulls if _records(self._paths(entry)) for callee in _pulled(self._paths(entry))]
        self.takes_in = bool(taken)
        self.entrusted = {slot for slot in map(slot_of, taken) if slot is not None}
        """Slots that hold the tokens which are taken in."""

    def _naming(self, selectors: Iterable[int]) -> list[int]:
        """Entries of the functions ahead of which one of the selectors stands in the code."""
        own = [0] * len(self.program.first)
        for selector in selectors:
            for found in re.finditer(re.escape(_bytes_of(selector)), self.program.code):
                own[bisect_right(self.program.starts, found.start()) - 1] = 1
        ahead = self.program.gathered(own)
        return [entry for entry in self.names if ahead[entry]]

    def _paths(self, entry: int) -> Paths:
        if entry not in self._run:
            self._run[entry] = self.runner.run(entry, goals=Goal.PAY)
        return self._run[entry]

    def powers(self) -> TokenPowers:
        made = TokenPowers("pool")
        giving = [entry for entry in self._naming({_PUSH, _LEND}) if self.program.ahead[entry] & Does.CALL]
        if list(self._drains(giving)):  # worth to ask who can enter himself in the lists that it hangs on
            self._leave_out_free_lists()
            made.drain.extend(self._drains(giving))
        return made

    def _leave_out_free_lists(self) -> None:
        """Mappings that are asked for and in which callers enter themselves, as stakes, name nobody."""
        acting = [entry for entry in self.names if self.program.ahead[entry] & (Does.STORE | Does.CALL)]
        runs = [self._paths(entry) for entry in acting]
        asked = {place for paths in runs for place in paths.lists}
        if free := {place[0] for place in asked if any(paths.lets_enter(*place) for paths in runs)}:
            self.runner.free |= free
            self._run.clear()

    def _drains(self, entries: Iterable[int]) -> Iterator[str]:
        for entry in entries:
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
