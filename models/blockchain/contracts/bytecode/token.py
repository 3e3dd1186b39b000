"""A token as its bytecode shows it: its books, its functions, and who may write what transfers hang on.

Slots are named by the getters that read them: balances by balanceOf, supply by totalSupply, allowances by allowance,
the owner by owner. What blocks touch tells which functions may matter; of those every path is run (`paths`), which
tells what they write, of whose, and whether the caller is named.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache, cached_property

from models.blockchain.contracts.bytecode.dispatch import Function
from models.blockchain.contracts.bytecode.paths import Runner
from models.blockchain.contracts.bytecode.program import Does, Program
from models.blockchain.contracts.bytecode.seen import Goal, Paths
from models.blockchain.contracts.bytecode.storage import Touches, touches_of
from models.blockchain.contracts.bytecode.words import CALLER, Value, slot_of, stripped
from models.blockchain.contracts.signatures import selector_of, selectors_of_standard

_BALANCE_OF, _TRANSFER = selector_of("balanceOf(address)"), selector_of("transfer(address,uint256)")
_TRANSFER_FROM = selector_of("transferFrom(address,address,uint256)")
_ADDRESS = re.compile(rb"\x73(?!\xff{20}).{20}", re.DOTALL)
_HOLDERS = (
    "safeTransferFrom(address,address,uint256)",
    "increaseAllowance(address,uint256)",
    "decreaseAllowance(address,uint256)",
    "increaseApproval(address,uint256)",
    "decreaseApproval(address,uint256)",
    "approveAndCall(address,uint256,bytes)",
    "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
)
"""What holders do with what is theirs, besides the functions of ERC-20."""
_MAX_PLACES = 4096
"""Slots and mappings of one token that are told apart, the lowest first."""


@cache
def _own_selectors() -> frozenset[str]:
    return selectors_of_standard("erc20") | {selector_of(signature) for signature in _HOLDERS}


def token_of(program: Program, functions: list[Function]) -> Token | None:
    """None where the functions are not those of a token."""
    by_selector = {f.selector: f.entry for f in functions if f.entry is not None}
    if _BALANCE_OF not in by_selector or not {_TRANSFER, _TRANSFER_FROM} & set(by_selector):
        return None
    return Token(program, functions, by_selector)


class Token:
    """Places are bits: `bit` gives that of each slot, and of each mapping as -1 - slot."""

    def __init__(self, program: Program, functions: list[Function], entries: dict[str, int]) -> None:
        self.program = program
        self.functions = functions
        self.entries = entries
        self._run: dict[int, Paths] = {}
        self._look(touches_of(program))
        if not self._read_by("balanceOf(address)", mappings=True):
            runner, asked = Runner(program), self.entries[_BALANCE_OF]
            if any(place[0] == "map" for place in runner.run(asked, to_the_end=True).loads):
                self._look(self._touched_by_running(runner))
        books = self.balances | self.allowances
        free = frozenset(-1 - place for place, bit in self.bit.items() if bit & books and place < 0)
        owners = frozenset(place for place, bit in self.bit.items() if bit & self.owner and place >= 0)
        self.runner = Runner(program, free, owners)

    def _look(self, touches: dict[int, Touches]) -> None:
        """Take what blocks touch for what they touch."""
        places = sorted({place for block in touches.values() for place in block.places}, key=abs)[:_MAX_PLACES]
        self.bit = {place: 1 << i for i, place in enumerate(places)}
        self.width = len(places)
        own = [0] * len(self.program.first)
        for block, touched in touches.items():
            own[block] = self.bits(touched.places) | self.bits(touched.stores) << self.width
        for found in _ADDRESS.finditer(self.program.code):
            own[bisect_right(self.program.starts, found.start()) - 1] |= 1 << 2 * self.width
        self.ahead = self.program.gathered(own)
        """For each block, the places that it and the blocks ahead of it touch, those that they write, and whether an
        address stands there."""

    def _touched_by_running(self, runner: Runner) -> dict[int, Touches]:
        """What functions touch, at their first blocks.

        Needed where a slot is pushed in one block and used in another, as that of a structure in a namespace
        (ERC-7201), of which no block can tell by itself.
        """
        touches = {}
        for entry in self.entries.values():
            paths = runner.run(entry, to_the_end=True)
            written = {write.place for write in paths.writes.values()}
            stores = frozenset(map(_number_of, written))
            touches[entry] = Touches(stores | frozenset(map(_number_of, paths.loads)), stores)
        return touches

    def bits(self, places: Iterable[int]) -> int:
        return sum([self.bit.get(place, 0) for place in places])

    def touched(self, entry: int) -> int:
        """The places that a block and the blocks ahead of it touch, as bits."""
        return self.ahead[entry] & (1 << self.width) - 1

    def stored(self, entry: int) -> int:
        return self.ahead[entry] >> self.width & (1 << self.width) - 1

    @property
    def standard(self) -> str:
        return "erc721" if selector_of("ownerOf(uint256)") in self.entries else "erc20"

    @property
    def transfers(self) -> list[int]:
        """Entries of transfer and transferFrom."""
        return [self.entries[selector] for selector in (_TRANSFER, _TRANSFER_FROM) if selector in self.entries]

    @property
    def spending(self) -> int | None:
        """The entry of transferFrom."""
        return self.entries.get(_TRANSFER_FROM)

    def _read_by(self, signature: str, mappings: bool) -> int:
        entry = self.entries.get(selector_of(signature))
        if entry is None:
            return 0
        bits = self.touched(entry)
        return sum(bit for place, bit in self.bit.items() if bits & bit and (place < 0) == mappings)

    @cached_property
    def balances(self) -> int:
        return self._read_by("balanceOf(address)", mappings=True)

    @cached_property
    def supply(self) -> int:
        return self._read_by("totalSupply()", mappings=False)

    @cached_property
    def allowances(self) -> int:
        return self._read_by("allowance(address,address)", mappings=True) & ~self.balances

    @cached_property
    def owner(self) -> int:
        return self._read_by("owner()", mappings=False) | self._read_by("getOwner()", mappings=False)

    @property
    def chiefs(self) -> set[int]:
        """Slots of those in charge: what owner() reads, and with whom functions that were run compare callers."""
        runs = (paths for entry, paths in self._run.items() if entry not in self.transfers)
        conditions = (stripped(condition) for paths in runs for _, condition in paths.conditions)
        sides = (c[1:] for c in conditions if isinstance(c, tuple) and c[0] in ("eq", "sub") and CALLER in c[1:])
        asked = {slot for pair in sides for slot in map(slot_of, pair) if slot is not None}
        return asked | self.runner.owners

    def acting(self) -> Iterator[tuple[Function, int]]:
        """Functions that may change something, less those by which holders move what is theirs."""
        for function in self.functions:
            acts = function.entry is not None and function.mutability not in ("view", "pure")
            if acts and function.entry is not None and function.selector not in _own_selectors():
                yield function, function.entry

    def writing(self) -> list[int]:
        """Entries of all functions that may write storage, those by which holders move what is theirs among them."""
        entries = (function.entry for function in self.functions if function.mutability not in ("view", "pure"))
        return [entry for entry in entries if entry is not None and self.program.ahead[entry] & Does.STORE]

    def candidates(self) -> Iterator[tuple[Function, int]]:
        """Functions that may write a book and look at their caller."""
        books = self.balances | self.allowances | self.supply
        for function, entry in self.acting():
            bits, ahead = self.touched(entry), self.program.ahead[entry]
            names = bits & ~books or self.ahead[entry] >> 2 * self.width
            if bits & books and names and ahead & Does.STORE and ahead & (Does.CALLER | Does.ORIGIN):
                yield function, entry

    def paths(self, entry: int) -> Paths:
        if entry not in self._run:
            is_transfer = entry in self.transfers
            pays = self.program.ahead[entry] & Does.CALL and self.touched(entry) & self.settable
            goals = Goal.END | Goal.DEBIT if is_transfer else 0
            self._run[entry] = self.runner.run(entry, is_transfer or bool(pays), goals)
        return self._run[entry]

    def leave_out_free_lists(self) -> None:
        """A list in which callers enter themselves, as their claims or stakes, names nobody."""
        asked = {place for _, entry in self.candidates() for place in self.paths(entry).lists}
        entered = {place[0] for place in asked if place[0] not in self.runner.free and self._is_entered_freely(*place)}
        if entered:
            self.runner.free |= entered
            self._run = {
                entry: paths
                for entry, paths in self._run.items()
                if entered.isdisjoint(slot for slot, _ in paths.lists)
            }

    def _is_entered_freely(self, slot: int, length: int) -> bool:
        bit = self.bit.get(-1 - slot, 0)
        runs = (self.paths(entry) for entry in self.writing() if self.touched(entry) & bit)
        return any(paths.lets_enter(slot, length) and not self.runs_once(paths) for paths in runs)

    def runs_once(self, paths: Paths) -> bool:
        """Whether a function needs a flag that it sets itself and nothing clears, as an initialiser does."""
        own = {(write.place[1], write.bit) for write in paths.writes.values() if write.place[0] == "slot"}
        flags = (field for field in own if field[0] in paths.flags and not self.supply & self.bit.get(field[0], 0))
        return any(len(self._values_of(*field)) == 1 for field in flags)

    def _values_of(self, slot: int, bit: int) -> set[Value]:
        """What functions set a slot, or a field of it, to."""
        entries = (entry for _, entry in self.acting() if self.stored(entry) & self.bit.get(slot, 0))
        writes = (write for entry in entries for write in self.paths(entry).writes.values())
        return {write.value for write in writes if write.place == ("slot", slot) and write.bit == bit}

    def is_of(self, place: Value, book: int) -> bool:
        return bool(self.bit.get(_number_of(place), 0) & book)

    @cached_property
    def settable(self) -> int:
        """What functions touch that look at their caller and write; the books apart."""
        bits = 0
        for _, entry in self.acting():
            if self.program.ahead[entry] & Does.STORE and self.program.ahead[entry] & (Does.CALLER | Does.ORIGIN):
                bits |= self.touched(entry)
        return bits & ~(self.balances | self.supply | self.allowances)

    def _setters(self, place: Value) -> Iterator[int]:
        """Entries of the functions that write a place, or a slot's field, for someone named alone."""
        bit = self.bit.get(-1 - place[1] if place[0] == "map" else place[1], 0)
        kind, field = ("map", 0) if place[0] == "map" else ("slot", (*place, 0)[2])
        for _, entry in self.acting():
            if self.touched(entry) & bit and self.program.ahead[entry] & Does.STORE:
                for write in self.paths(entry).writes.values():
                    is_it = write.place[:2] == (kind, place[1]) and write.bit == field
                    if is_it and write.named and write.change in "=0":
                        yield entry
                        break

    def is_set_by_someone(self, place: Value, transfer: Paths) -> bool:
        """Whether someone named sets a place that the transfer itself does not write; books apart."""
        if self.is_of(place, self.balances | self.allowances | self.supply):
            return False
        kind, field = ("map", 0) if place[0] == "map" else ("slot", (*place, 0)[2])
        own = {(write.place[0], write.place[1], write.bit) for write in transfer.writes.values()}
        return (kind, place[1], field) not in own and any(self._setters(place))


def _number_of(place: Value) -> int:
    """A slot's number, that of a mapping as -1 - slot."""
    return int(place[1] if place[0] == "slot" else -1 - place[1])
