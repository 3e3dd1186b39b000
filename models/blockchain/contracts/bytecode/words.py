"""Words of a symbolic run: what a stack item or a memory word stands for, and what instructions make of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from models.blockchain.contracts.bytecode import opcodes as op

_WORD = (1 << 256) - 1
_SELECTOR_BITS = 224
"""Bits of a word after a selector."""
_MAX_DEPTH = 4
_MASKS = frozenset((1 << bits) - 1 for bits in range(8, 257, 8))
Value = Any
"""An int, None for unknown, or a tuple of a kind and its operands.

caller (or origin), this, value (what the call pays), wealth (this contract's ether), gas (what is left), data (the
call's input), memory (an item of an array), hash (of anything but a mapping's key), pointer (the end of used memory
plus a number); add, sub, mul, or, eq, less, not; load of a place; rest: a slot less the field at a bit, as a packed
write keeps it. Places are ("slot", n), from some bit on ("slot", n, bit), ("flag", n, bit) for one byte of it,
("map", slot, key) and ("map", slot, key, second key).
"""
CALLER: Value = ("caller",)
THIS: Value = ("this",)
DATA: Value = ("data",)
MEMORY: Value = ("memory",)
PAID: Value = ("value",)
WEALTH: Value = ("wealth",)
HASH: Value = ("hash",)
GAS: Value = ("gas",)


def stripped(condition: Value) -> Value:
    while condition.__class__ is tuple and condition[0] == "not":
        condition = condition[1]
    return condition


def telling(word: Value) -> Value:
    """A selector (as it stands in memory before its arguments) or what may be an address; None for other words.

    What calls by name put into memory is the selector alone; `abi.encodeWithSelector` joins it with what stood there.
    """
    if word.__class__ is tuple and word[0] == "or":
        word = next((part for part in word[1:] if part.__class__ is int), None)
    if word.__class__ is int:
        return word >> _SELECTOR_BITS if word and not word & ((1 << _SELECTOR_BITS) - 1) else None
    return word if word in (CALLER, DATA, THIS) or (word.__class__ is tuple and word[0] == "load") else None


def places_in(value: Value) -> Iterator[Value]:
    """The places whose values a value is made of."""
    if value.__class__ is tuple:
        if value[0] == "load":
            yield value[1]
        else:
            for part in value[1:]:
                yield from places_in(part)


def is_decision(condition: Value) -> bool:
    """Whether it asks for what is written somewhere: not if two addresses are the same, nor if a product overflows."""
    inner = stripped(condition)
    if inner.__class__ is not tuple or _is_made_with(inner, ("mul", "or")):
        return False
    return inner[0] not in ("eq", "sub") or any(side.__class__ is int for side in inner[1:])


def _is_made_with(value: Value, names: tuple[str, ...]) -> bool:
    if value.__class__ is not tuple or value[0] == "load":
        return False
    return value[0] in names or any(_is_made_with(part, names) for part in value[1:])


def slot_of(value: Value) -> int | None:
    """The slot that a value was loaded from."""
    if value.__class__ is tuple and value[0] == "load" and value[1][0] != "map":
        return int(value[1][1])
    return None


def is_settled(value: Value) -> bool:
    """An address in the code or in a slot of its own: the caller has no say in it."""
    return (isinstance(value, int) and value > 0) or (
        isinstance(value, tuple) and value[0] == "load" and value[1][0] == "slot"
    )


def field_written(slot: int, value: Value) -> int:
    """The bit at which a packed field is put into what is kept of its slot; 0 where the whole slot is written."""
    if value.__class__ is tuple:
        if value[0] == "rest" and value[1] == slot:
            return int(value[2])
        return max((field_written(slot, part) for part in value[1:] if part.__class__ is tuple), default=0)
    return 0


def change_of(place: Value, value: Value) -> str:
    """What a write does to what stands at a place: `+`, `-`, `=`, or `0` where it clears it or a field of it."""
    before = ("load", place)
    if value == 0 or value in (before, ("or", 0, before)):
        return "0"
    if isinstance(value, tuple) and value[0] in ("add", "sub"):
        if value[0] == "sub":
            return "-" if _holds(value[1], before) else "="
        return "+" if before in value[1:] else "="
    return "="


def _holds(value: Value, part: Value) -> bool:
    return value == part or (isinstance(value, tuple) and any(_holds(inner, part) for inner in value[1:]))


def _is_pointer(value: Value) -> bool:
    return value.__class__ is tuple and value[0] == "pointer"


def _is_place(value: Value) -> bool:
    return isinstance(value, tuple) and value[0] == "map"


def _shallow(value: Value, depth: int = _MAX_DEPTH) -> Value:
    """A value cut at a depth, so that sums of sums and lists of lists do not grow."""
    if value.__class__ is not tuple or len(value) == 1:
        return value
    if depth == 0:
        return None
    if value[0] == "load":
        place = value[1]
        if place[0] != "map":
            return value
        return ("load", (*place[:2], *[_shallow(key, depth - 1) for key in place[2:]]))
    return (value[0], *[_shallow(part, depth - 1) for part in value[1:]])


def element(memory: dict[int, Value]) -> Value:
    """The place Keccak-256(key . slot) of a mapping's entry; of a mapping in a mapping, with both keys."""
    key, slot = memory.get(0), memory.get(0x20)
    if isinstance(slot, int):
        return ("map", slot, _shallow(key))
    if isinstance(slot, tuple) and slot[0] == "map" and len(slot) == 3:
        return (*slot, _shallow(key))
    return HASH


def loaded(slot: Value) -> Value:
    place = ("slot", slot) if isinstance(slot, int) else slot
    return ("load", place) if isinstance(place, tuple) and place[0] in ("slot", "map") else None


def _negated(value: Value) -> Value:
    if value is None or isinstance(value, int):
        return None if value is None else int(value == 0)
    twice = value[0] == "not" and isinstance(value[1], tuple) and value[1][0] == "not"
    return value[1] if twice else ("not", value)


def _added(first: Value, second: Value) -> Value:
    if first.__class__ is int and second.__class__ is int:
        return (first + second) & _WORD
    if int in (first.__class__, second.__class__):
        base, by = (second, first) if first.__class__ is int else (first, second)
        if _is_place(base):
            return base
        if _is_pointer(base):
            return ("pointer", base[1] + by)
    return ("add", _shallow(first), _shallow(second))


def _subtracted(first: Value, second: Value) -> Value:
    if first.__class__ is int and second.__class__ is int:
        return (first - second) & _WORD
    if _is_pointer(first) and _is_pointer(second):
        return first[1] - second[1]
    return ("sub", _shallow(first), _shallow(second))


def _joined(name: str, folded: Callable[[int, int], Value]) -> Callable[[Value, Value], Value]:
    """An operation of two values that is told by its name, or worked out where both are known."""

    def join(first: Value, second: Value) -> Value:
        if first.__class__ is int and second.__class__ is int:
            return folded(first, second)
        return (name, _shallow(first), _shallow(second))

    return join


def _shifted(is_right: bool, folded: Callable[[int, int], Value]) -> Callable[[Value, Value], Value]:
    """SHL or SHR by a constant: a value stands for itself; of a slot, it is known from which bit on it is read."""

    def shift(by: Value, value: Value) -> Value:
        if by.__class__ is int and value.__class__ is int:
            return folded(by, value)
        return _moved(value, by, is_right)

    return shift


def _moved(value: Value, bits: Value, is_right: bool) -> Value:
    if not isinstance(bits, int) or value.__class__ is not tuple:
        return None
    if is_right and value[0] == "load" and value[1][0] == "slot":
        return ("load", ("slot", value[1][1], bits))
    return value


def _divided(value: Value, by: Value) -> Value:
    if value.__class__ is int and by.__class__ is int:
        return value // by if by else 0
    return _moved(value, by.bit_length() - 1 if isinstance(by, int) else None, is_right=True)


def _masked(first: Value, second: Value) -> Value:
    if first.__class__ is int and second.__class__ is int:
        return first & second
    mask, value = (first, second) if isinstance(first, int) else (second, first)
    if not isinstance(mask, int):
        return ("or", _shallow(first), _shallow(second))
    is_slot = value.__class__ is tuple and value[0] == "load" and value[1][0] == "slot"
    if mask in _MASKS:
        return ("load", ("flag", value[1][1], (*value[1], 0)[2])) if is_slot and mask == 0xFF else value
    if is_slot:
        hole = ~mask & _WORD
        return ("rest", value[1][1], (hole & -hole).bit_length() - 1)
    return _shallow(value)


def _power(first: Value, second: Value) -> Value:
    return pow(first, second, 1 << 256) if first.__class__ is int and second.__class__ is int else None


def _unknown(*_: Value) -> Value:
    return None


_TWO = [opcode for opcode, effect in op.STACK.items() if effect == (2, 1) and opcode != op.SHA3]
BINARY: dict[int, Callable[[Value, Value], Value]] = dict.fromkeys(_TWO, _unknown) | {
    op.ADD: _added,
    op.SUB: _subtracted,
    op.MUL: _joined("mul", lambda first, second: (first * second) & _WORD),
    op.DIV: _divided,
    op.EXP: _power,
    op.SIGNEXTEND: _shifted(is_right=False, folded=_unknown),
    op.EQ: _joined("eq", lambda first, second: int(first == second)),
    op.AND: _masked,
    op.OR: _joined("or", _unknown),
    op.XOR: _joined("sub", _unknown),
    op.SHL: _shifted(is_right=False, folded=lambda by, value: (value << by) & _WORD if by < 256 else 0),
    op.SHR: _shifted(is_right=True, folded=_unknown),
    **dict.fromkeys(op.ORDER, _joined("less", _unknown)),
}
"""What an instruction makes of two items, the topmost first, where one of them at least is known."""
_ONE = [opcode for opcode, effect in op.STACK.items() if effect == (1, 1)]
UNARY: dict[int, Callable[[Value], Value]] = dict.fromkeys(_ONE, _unknown) | {
    op.CALLDATALOAD: lambda _: DATA,
    op.BALANCE: lambda of: WEALTH if of == THIS else None,
    op.MLOAD: lambda place: MEMORY if place != 0x40 else ("pointer", 0),
    op.ISZERO: _negated,
    op.NOT: lambda value: ~value & _WORD if isinstance(value, int) else None,
}
SOURCES: dict[int, Value] = {
    op.CALLER: CALLER,
    op.ORIGIN: CALLER,
    op.ADDRESS: THIS,
    op.CALLVALUE: PAID,
    op.GAS: GAS,
    op.SELFBALANCE: WEALTH,
    op.PUSH0: 0,
}
"""What instructions give that take nothing; others give what is unknown."""
