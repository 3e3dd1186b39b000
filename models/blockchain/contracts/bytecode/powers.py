"""Powers over a token's holders, as far as the bytecode shows them.

Slots are named by the getters that read them: balances by balanceOf, supply by totalSupply, allowances by allowance,
the owner by owner. A function is privileged where it compares its caller with something in storage.
"""

from __future__ import annotations

from functools import cached_property

from models.blockchain.contracts.bytecode import opcodes as op
from models.blockchain.contracts.bytecode.dispatch import Function
from models.blockchain.contracts.bytecode.program import Does, Program
from models.blockchain.contracts.bytecode.storage import NOTHING, touches_of
from models.blockchain.contracts.signatures import selector_of, selectors_of_standard
from models.blockchain.contracts.token import TokenPowers

_BALANCE_OF, _TRANSFER = selector_of("balanceOf(address)"), selector_of("transfer(address,uint256)")
_TRANSFER_FROM = selector_of("transferFrom(address,address,uint256)")
_SHORT = 24
_OWN = {_TRANSFER, _TRANSFER_FROM, selector_of("safeTransferFrom(address,address,uint256)")}


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
        self.touches = touches_of(program)
        self.places = sorted({p for t in self.touches.values() for p in (*t.loads, *t.stores, *t.hashes)})
        self.bit = {place: 1 << i for i, place in enumerate(self.places)}
        self.caller_bit = 1 << len(self.places)
        self.width = len(self.places) + 1
        own = [0] * len(program.first)
        for block, t in self.touches.items():
            bits = self._bits(t.values) | (self.caller_bit if t.compares_caller else 0)
            if t.stores or t.lowered:
                bits |= self._bits(t.stores) << self.width | self._bits(t.lowered) << 2 * self.width
            own[block] = bits
        self.ahead = program.gathered(own)

    def touched(self, entry: int) -> int:
        """The places that a block and the blocks ahead of it touch, as bits."""
        return self.ahead[entry] & (1 << self.width) - 1

    def stored(self, entry: int) -> int:
        return self.ahead[entry] >> self.width & (1 << self.width) - 1

    def lowered(self, entry: int) -> int:
        return self.ahead[entry] >> 2 * self.width

    def _bits(self, places: frozenset[int]) -> int:
        return sum([self.bit[place] for place in places])

    def powers(self) -> TokenPowers:
        made = TokenPowers("erc721" if selector_of("ownerOf(uint256)") in self.entries else "erc20")
        for function in self.functions:
            if function.entry is not None and self._is_privileged(function):
                name = function.signature or function.selector
                if self._changes_balances(function.entry):
                    if self.lowered(function.entry) & self.balances:
                        made.drain.append(f"{name}: privileged, lowers balances")
                    else:
                        made.mint.append(f"{name}: privileged, writes balances")
        self._limits(made)
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

    def _is_privileged(self, function: Function) -> bool:
        if function.mutability in ("view", "pure") or function.selector in selectors_of_standard("erc20") | _OWN:
            return False
        assert function.entry is not None
        return bool(self.touched(function.entry) & (self.caller_bit | self.owner))

    def _changes_balances(self, entry: int) -> bool:
        bits = self.touched(entry)
        writes = self.program.ahead[entry] & Does.STORE
        return bool(bits & self.balances and writes and not bits & self.allowances)

    def _limits(self, made: TokenPowers) -> None:
        settable = 0
        for function in self.functions:
            if function.entry is not None and self._is_privileged(function):
                settable |= self.stored(function.entry)
        known = self.balances | self.supply | self.allowances
        for selector in (_TRANSFER, _TRANSFER_FROM):
            entry = self.entries.get(selector)
            if entry is None:
                continue
            mine = settable & ~known & ~self.stored(entry)
            for block in sorted(self.program.from_block(entry) & self.touches.keys()) if mine else ():
                tested = self._tested(block) & mine
                if tested:
                    place = next(place for place, bit in self.bit.items() if bit & tested)
                    kind = f"mapping at slot {-1 - place}" if place < 0 else f"slot {place}"
                    pc = self.program.starts[block]
                    made.limit.append(f"pc {pc}: a transfer reverts by {kind}, which a privileged function writes")
                    return

    def _tested(self, block: int) -> int:
        """Slots that a block loads before a branch of which one side reverts."""
        touches = self.touches.get(block, NOTHING)
        if not touches.loads or not self._may_revert(block):
            return 0
        return self._bits(touches.loads) & ~self.owner | self._bits(touches.flags)

    def _may_revert(self, block: int, depth: int = 3) -> bool:
        if self.program.ops_of(block)[-1] != op.JUMPI:
            return False
        for target in self.program.after(block):
            ops = self.program.ops_of(target)
            if ops[-1] in (op.REVERT, op.INVALID):
                return True
            if depth > 1 and len(ops) < _SHORT and self._may_revert(target, depth - 1):
                return True
        return False
