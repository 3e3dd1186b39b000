"""Powers over a token's holders, as far as the bytecode shows them.

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
from models.blockchain.contracts.bytecode.paths import Goal, Paths, Runner, Write
from models.blockchain.contracts.bytecode.program import Does, Program
from models.blockchain.contracts.bytecode.storage import touches_of
from models.blockchain.contracts.bytecode.words import (
    CALLER,
    DATA,
    MEMORY,
    Value,
    is_decision,
    places_in,
    slot_of,
)
from models.blockchain.contracts.signatures import selector_of, selectors_of_standard
from models.blockchain.contracts.token import TokenPowers

_BALANCE_OF, _TRANSFER = selector_of("balanceOf(address)"), selector_of("transfer(address,uint256)")
_TRANSFER_FROM = selector_of("transferFrom(address,address,uint256)")
_ADDRESS = re.compile(rb"\x73(?!\xff{20}).{20}", re.DOTALL)
_SYNC = int(selector_of("sync()"), 16)
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


@cache
def _own_selectors() -> frozenset[str]:
    return selectors_of_standard("erc20") | {selector_of(signature) for signature in _HOLDERS}


def powers_of(program: Program, functions: list[Function]) -> TokenPowers | None:
    """None where the functions are not those of a token."""
    by_selector = {f.selector: f.entry for f in functions if f.entry is not None}
    if _BALANCE_OF not in by_selector or not {_TRANSFER, _TRANSFER_FROM} & set(by_selector):
        return None
    return _Token(program, functions, by_selector).powers()


class _Token:
    def __init__(self, program: Program, functions: list[Function], entries: dict[str, int]) -> None:
        self.program = program
        self.functions = functions
        self.entries = entries
        self._run: dict[int, Paths] = {}
        touches = touches_of(program)
        places = sorted({place for block in touches.values() for place in block.places})
        self.bit = {place: 1 << i for i, place in enumerate(places)}
        self.width = len(places)
        own = [0] * len(program.first)
        for block, touched in touches.items():
            own[block] = self._bits(touched.places) | self._bits(touched.stores) << self.width
        for found in _ADDRESS.finditer(program.code):
            own[bisect_right(program.starts, found.start()) - 1] |= 1 << 2 * self.width
        self.ahead = program.gathered(own)
        """For each block, the places that it and the blocks ahead of it touch, those that they write, and whether an
        address stands there."""
        books = self.balances | self.allowances
        free = frozenset(-1 - place for place, bit in self.bit.items() if bit & books and place < 0)
        owners = frozenset(place for place, bit in self.bit.items() if bit & self.owner and place >= 0)
        self.runner = Runner(program, free, owners)

    def _bits(self, places: Iterable[int]) -> int:
        return sum([self.bit[place] for place in places])

    def touched(self, entry: int) -> int:
        """The places that a block and the blocks ahead of it touch, as bits."""
        return self.ahead[entry] & (1 << self.width) - 1

    def stored(self, entry: int) -> int:
        return self.ahead[entry] >> self.width & (1 << self.width) - 1

    def powers(self) -> TokenPowers:
        """Run what may matter; what each function shows is told in the order of the functions."""
        made = TokenPowers("erc721" if selector_of("ownerOf(uint256)") in self.entries else "erc20")
        self._leave_out_free_lists()
        for function, entry in self._candidates():
            name = function.signature or function.selector
            paths = self._paths(entry)
            made.mint.extend(f"{name}: pc {write.pc}: raises a balance or the supply" for write in self._mints(paths))
            made.drain.extend(f"{name}: pc {write.pc}: {what}" for write, what in self._drains(entry, paths))
        self._destroys(made)
        self._spends_freely(made)
        self._limits(made)
        self._rates(made)
        return made

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

    def _acting(self) -> Iterator[tuple[Function, int]]:
        """Functions that may change something, less those by which holders move what is theirs."""
        for function in self.functions:
            acts = function.entry is not None and function.mutability not in ("view", "pure")
            if acts and function.entry is not None and function.selector not in _own_selectors():
                yield function, function.entry

    def _writing(self) -> list[int]:
        """Entries of all functions that may write storage, those by which holders move what is theirs among them."""
        entries = (function.entry for function in self.functions if function.mutability not in ("view", "pure"))
        return [entry for entry in entries if entry is not None and self.program.ahead[entry] & Does.STORE]

    def _candidates(self) -> Iterator[tuple[Function, int]]:
        """Functions that may write a book and look at their caller."""
        books = self.balances | self.allowances | self.supply
        for function, entry in self._acting():
            bits, ahead = self.touched(entry), self.program.ahead[entry]
            names = bits & ~books or self.ahead[entry] >> 2 * self.width
            if bits & books and names and ahead & Does.STORE and ahead & (Does.CALLER | Does.ORIGIN):
                yield function, entry

    def _paths(self, entry: int) -> Paths:
        if entry not in self._run:
            is_transfer = entry in (self.entries.get(_TRANSFER), self.entries.get(_TRANSFER_FROM))
            pays = self.program.ahead[entry] & Does.CALL and self.touched(entry) & self._settable
            goals = Goal.END | Goal.DEBIT if is_transfer else 0
            self._run[entry] = self.runner.run(entry, is_transfer or bool(pays), goals)
        return self._run[entry]

    def _leave_out_free_lists(self) -> None:
        """A list in which callers enter themselves, as their claims or stakes, names nobody."""
        asked = {place for _, entry in self._candidates() for place in self._paths(entry).lists}
        entered = {place[0] for place in asked if place[0] not in self.runner.free and self._is_entered_freely(*place)}
        if entered:
            self.runner.free |= entered
            self._run = {
                entry: paths
                for entry, paths in self._run.items()
                if entered.isdisjoint(slot for slot, _ in paths.lists)
            }

    def _is_entered_freely(self, slot: int, length: int) -> bool:
        """Whether callers can write an entry of their own choice."""
        for entry in self._writing():
            if self.touched(entry) & self.bit.get(-1 - slot, 0):
                for write in self._paths(entry).writes.values():
                    is_it = write.place[:2] == ("map", slot) and len(write.place) == length
                    of_choice = CALLER in write.place or write.place[-1] in (DATA, MEMORY)
                    if is_it and write.change in "+=" and not write.named and of_choice:
                        return True
        return False

    def _is_of(self, place: Value, book: int) -> bool:
        number = place[1] if place[0] == "slot" else -1 - place[1]
        return bool(self.bit.get(number, 0) & book)

    def _mints(self, paths: Paths) -> Iterator[Write]:
        writes = list(paths.writes.values())
        if any(write.change == "-" and self._is_of(write.place, self.balances) for write in writes):
            return
        for write in writes:
            raised = write.change in "+=" and self._is_of(write.place, self.balances | self.supply)
            if raised and write.named and not self._is_deployment(paths) and not self._rebooks(paths, write):
                yield write

    def _is_deployment(self, paths: Paths) -> bool:
        """Whether it needs a flag that it sets itself, or that no function ever writes."""
        written = {write.place[1] for write in paths.writes.values() if write.place[0] == "slot"}
        if {slot for slot in paths.flags & written if not self.supply & self.bit.get(slot, 0)}:
            return True
        later = 0
        for _, entry in self._acting():
            later |= self.stored(entry)
        return any(not later & self.bit.get(slot, 0) for slot in paths.flags)

    def _rebooks(self, paths: Paths, write: Write) -> bool:
        """Whether the same holder is marked in another mapping: he is moved from one of two books to the other."""
        marks = (
            other for other in paths.writes.values() if other.place[0] == "map" and other.place[1] != write.place[1]
        )
        return write.change in "=0" and any(
            other.place[2:] == write.place[2:] and other.change in "=0" for other in marks
        )

    def _drains(self, entry: int, paths: Paths) -> Iterator[tuple[Write, str]]:
        writes = list(paths.writes.values())
        spends = any(write.change == "-" and self._is_of(write.place, self.allowances) for write in writes)
        for write in writes:
            if not write.named or write.place[0] != "map":
                continue
            others = self._is_others(entry, write.place[2])
            if self._is_of(write.place, self.balances) and write.change in "-=0":
                if others and not spends and not self._rebooks(paths, write):
                    yield write, "lowers another's balance"
            elif self._is_of(write.place, self.allowances) and write.change in "+=" and others:
                yield write, "allows in another's name"

    def _is_others(self, entry: int, holder: Value) -> bool:
        """Whether a holder is one whom the caller gives, one of a list, or a pair that is told of its balance."""
        if holder in (DATA, MEMORY):
            return True
        if not isinstance(holder, tuple) or holder[0] != "load":
            return False
        return holder[1][0] == "map" or self.program.has_constant(_SYNC)

    def _destroys(self, made: TokenPowers) -> None:
        """SELFDESTRUCT for someone named: all balances cease to be."""
        if not self.program.ahead[0] & Does.DESTROY:
            return
        for function, entry in self._acting():
            if self.program.ahead[entry] & Does.DESTROY:
                pcs = self.runner.run(entry, to_the_end=True).destroyed
                name = function.signature or function.selector
                made.drain.extend(f"{name}: pc {pc}: destroys the contract" for pc, named in pcs.items() if named)

    def _spends_freely(self, made: TokenPowers) -> None:
        """transferFrom that asks for no allowance where its caller is someone named."""
        entry = self.entries.get(_TRANSFER_FROM)
        if entry is None or not self.touched(entry) & (self._settable | self.owner):
            return
        for write in self._paths(entry).writes.values():
            if self._is_of(write.place, self.allowances) and write.change == "-" and write.spared:
                made.drain.append(f"transferFrom: pc {write.pc}: someone needs no allowance")

    @cached_property
    def _settable(self) -> int:
        """What functions touch that look at their caller and write; the books apart."""
        bits = 0
        for _, entry in self._acting():
            if self.program.ahead[entry] & Does.STORE and self.program.ahead[entry] & (Does.CALLER | Does.ORIGIN):
                bits |= self.touched(entry)
        return bits & ~(self.balances | self.supply | self.allowances)

    def _setters(self, place: Value) -> Iterator[int]:
        """Entries of the functions that write a place, or a slot's field, for someone named alone."""
        bit = self.bit.get(-1 - place[1] if place[0] == "map" else place[1], 0)
        kind, field = ("map", 0) if place[0] == "map" else ("slot", (*place, 0)[2])
        for _, entry in self._acting():
            if self.touched(entry) & bit and self.program.ahead[entry] & Does.STORE:
                for write in self._paths(entry).writes.values():
                    is_it = write.place[:2] == (kind, place[1]) and write.bit == field
                    if is_it and write.named and write.change in "=0":
                        yield entry
                        break

    def _is_set_by_someone(self, place: Value, transfer: Paths) -> bool:
        """Whether someone named sets a place that the transfer itself does not write; books apart."""
        if self._is_of(place, self.balances | self.allowances | self.supply):
            return False
        kind, field = ("map", 0) if place[0] == "map" else ("slot", (*place, 0)[2])
        own = {(write.place[0], write.place[1], write.bit) for write in transfer.writes.values()}
        return (kind, place[1], field) not in own and any(self._setters(place))

    def _limits(self, made: TokenPowers) -> None:
        """State that someone named writes and on which a transfer hangs, or the contract that it asks."""
        settable, judged = self._settable, 0
        for entry in (self.entries[selector] for selector in (_TRANSFER, _TRANSFER_FROM) if selector in self.entries):
            if not self.touched(entry) & settable & ~judged:
                continue
            judged |= self.touched(entry)
            paths = self._paths(entry)
            for at in paths.demanded:
                block, _ = paths.conditions[at]
                places = {place for condition in _deciding(paths, at) for place in places_in(condition)}
                deciding = [place for place in places if self._is_set_by_someone(place, paths)]
                if deciding:
                    pc = self.program.starts[block]
                    what = " and ".join(sorted({_described(place) for place in deciding}))
                    made.limit.append(f"pc {pc}: a transfer hangs on {what}, which someone privileged writes")
            for place in sorted(paths.asked):
                if self._is_set_by_someone(place, paths):
                    made.limit.append(f"a transfer asks the contract at {_described(place)}, which someone sets")

    def _rates(self, made: TokenPowers) -> None:
        """Fees of a transfer, and prices for what holders hand over, that someone named sets as high as he likes."""
        entry = self.entries.get(_TRANSFER, self.entries.get(_TRANSFER_FROM))
        fees = self._paths(entry).rates if entry is not None and self.touched(entry) & self._settable else set()
        prices = {rate for _, sale in self._candidates() if self._hands_over(sale) for rate in self._paths(sale).rates}
        wanted = self._bits((fees | prices) & self.bit.keys())
        for function, entry in self._acting():
            paths = self._paths(entry) if self.stored(entry) & wanted else Paths()
            for write in paths.writes.values():
                is_free = write.place[0] == "slot" and write.value == DATA and write.named and not paths.ordered
                text = f"{function.signature or function.selector}: pc {write.pc}: sets a rate without a bound"
                if is_free and write.place[1] in fees | prices:
                    made.drain.append(text)
                if is_free and write.place[1] in fees:
                    made.limit.append(text)

    def _hands_over(self, entry: int) -> bool:
        """Whether the caller's own balance is lowered."""
        writes = self._paths(entry).writes.values()
        return any(w.change == "-" and self._is_of(w.place, self.balances) and w.place[2] == CALLER for w in writes)


def _deciding(paths: Paths, at: int) -> Iterable[Value]:
    """The conditions on which a demand hangs: its own, or, where it asks for someone, those under which it does."""
    condition = paths.conditions[at][1]
    if is_decision(condition):
        return [condition]
    return paths.context(at) if _asks_for_someone(condition, paths.graph.holds(at)) else []


def _asks_for_someone(condition: Value, holds: bool) -> bool:
    """Whether the caller, or a holder whom he gives, must be the one who stands in storage."""
    while isinstance(condition, tuple) and condition[0] == "not":
        condition, holds = condition[1], not holds
    if not isinstance(condition, tuple) or holds != (condition[0] == "eq") or condition[0] not in ("eq", "sub"):
        return False
    one, other = condition[1:]
    return any(side in (CALLER, DATA) and slot_of(who) is not None for side, who in ((one, other), (other, one)))


def _described(place: Value) -> str:
    return f"mapping at slot {place[1]}" if place[0] == "map" else f"slot {place[1]}"
