"""Blocks cut into steps for a symbolic run: what each instruction makes of the stack is settled once, not at every run.

Four or more DUP, SWAP and POP in a row become one step (it is faster from there on), and so do the masks that
compilers put on every address.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from models.blockchain.contracts.bytecode import opcodes as op
from models.blockchain.contracts.bytecode.words import BINARY, SOURCES, UNARY, Value

PUSH, DUP, SWAP, POP, SHUFFLE, APPLY, REPLACE, LOAD, MASK, MSTORE, SHA3, MUL, LESS, SSTORE, CALL, CODE, OTHER = range(
    17
)
"""Kinds of steps, and what comes with each: PUSH a value; DUP and SWAP an index into the stack; SHUFFLE a Shuffle;
APPLY a function of two operands and REPLACE one of one; MUL and LESS are APPLY with something to note; SSTORE its place
in the block; CALL its place and opcode; CODE where in the code the word stands that it pushes; OTHER how many items it
takes and gives."""
_ADDRESS_MASK = (1 << 160) - 1
Step = tuple[int, Any]
_CACHED_BYTES = 400
_MAX_TOKENS = 16_384
_ENDS = frozenset(bytes([opcode]) for opcode in (*op.HALTS, op.JUMPI))
_PLACED = frozenset(bytes([opcode]) for opcode in (op.SSTORE, op.CALL, op.CALLCODE, op.DELEGATECALL, op.STATICCALL))
"""Instructions of which it matters where they stand."""
_FREE_MEMORY = b"\x60\x40\x51"
"""PUSH1 0x40, MLOAD."""
_ZEROS = (rb"\x5f", rb"\x60\x00")
_PLACE = b"\x51\x60\x20\x61"
_FETCHED = [zero.join([b"", re.escape(_PLACE) + b"..", rb"\x39", rb"\x51\x90", rb"\x52"]) for zero in _ZEROS]
"""How solc fetches a constant that it keeps once, behind the code: by CODECOPY to where memory begins, saving that."""
_MASKED = (b"\x73" + b"\xff" * 20 + b"\x16", b"\x60\x01\x60\x01\x60\xa0\x1b\x03\x16")
"""AND with an address's mask, pushed whole or computed: 1, 1, 160, SHL, SUB."""
_TOKENS = re.compile(
    b"|".join(
        [
            *_FETCHED,
            rb"[\x50\x80-\x9f]{4,64}",
            rb"[^\x60-\x7f]",
            re.escape(_FREE_MEMORY),
            re.escape(_MASKED[1]),
            rb"\x60.",
            rb"\x61..",
            re.escape(_MASKED[0]),
            *(b"\\x%02x.{%d}" % (op.PUSH0 + width, width) for width in range(3, 33)),
            rb"[\x60-\x7f].*",
        ]
    ),
    re.DOTALL,
)


class Shuffle(NamedTuple):
    """What a run of DUP, SWAP and POP makes of the top of the stack."""

    depth: int
    """How many items it takes."""
    given: Callable[[list[Value]], tuple[Value, ...]]


class Block(NamedTuple):
    """The steps of a block, less the instruction that ends it."""

    steps: list[Step]
    end: int
    """JUMP, JUMPI or what halts; JUMPDEST where control falls through to the next block."""


def block_of(code: bytes) -> Block:
    return _kept(code) if len(code) <= _CACHED_BYTES else _read(code)


def _read(code: bytes) -> Block:
    tokens: list[bytes] = _TOKENS.findall(code)
    end = code[-1] if len(tokens[-1]) == 1 and tokens[-1] in _ENDS else op.JUMPDEST
    try:
        steps = [_STEPS[token] for token in tokens]
    except KeyError:
        steps = _learnt(tokens)
    if not _PLACED.isdisjoint(tokens):
        at = 0
        for i, token in enumerate(tokens):
            if token in _PLACED:
                steps[i] = (SSTORE, at) if token[0] == op.SSTORE else (CALL, (at, token[0]))
            at += len(token)
    return Block(steps[code[0] == op.JUMPDEST : None if end == op.JUMPDEST else -1], end)


_kept = lru_cache(maxsize=32_768)(_read)
_STEPS: dict[bytes, Step] = {}
"""The step of each token that was met."""


def _learnt(tokens: list[bytes]) -> list[Step]:
    if len(_STEPS) > _MAX_TOKENS:
        _STEPS.clear()
    _STEPS.update({token: _step(token) for token in tokens if token not in _STEPS})
    return [_STEPS[token] for token in tokens]


def _step(token: bytes) -> Step:
    first = token[0]
    if token in _MASKED:
        return (MASK, _ADDRESS_MASK)
    if token == _FREE_MEMORY:
        return (PUSH, UNARY[op.MLOAD](0x40))
    zero, fetched, place = token.partition(_PLACE)
    if fetched and zero in (b"\x5f", b"\x60\x00"):
        return (CODE, int.from_bytes(place[:2], "big"))
    if op.PUSH1 <= first <= op.PUSH32:
        return (PUSH, int.from_bytes(token[1:], "big"))
    if len(token) > 1:
        return _shuffled(token)
    return _moved(first) if first == op.POP or 0x80 <= first <= 0x9F else _computed(first)


def _moved(opcode: int) -> Step:
    if opcode == op.POP:
        return (POP, None)
    return (DUP, 0x7F - opcode) if opcode < 0x90 else (SWAP, 0x8E - opcode)


def _shuffled(run: bytes) -> Step:
    """Followed on the places of the items: the stack below is as deep as it is looked at."""
    items = list(range(-17 - len(run), 0))
    lowest = len(items)
    for opcode in run:
        kind, index = _moved(opcode)
        if kind == POP:
            items.pop()
            lowest = min(lowest, len(items))
        else:
            lowest = min(lowest, len(items) + index)
            if kind == DUP:
                items.append(items[index])
            else:
                items[-1], items[index] = items[index], items[-1]
    depth = 17 + len(run) - lowest
    return (SHUFFLE, Shuffle(depth, _getter(items[lowest:])))


def _getter(places: list[int]) -> Callable[[list[Value]], tuple[Value, ...]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda items: tuple([items[place] for place in places])


def _computed(opcode: int) -> Step:
    if opcode in (op.MSTORE, op.SHA3):
        return (MSTORE if opcode == op.MSTORE else SHA3, None)
    if opcode in BINARY:
        return (MUL if opcode == op.MUL else LESS if opcode in op.ORDER else APPLY, BINARY[opcode])
    taken, given = op.STACK.get(opcode, (0, 0))
    if (taken, given) == (0, 1):
        return (PUSH, SOURCES.get(opcode))
    if opcode == op.SLOAD:
        return (LOAD, None)
    if (taken, given) == (1, 1):
        return (REPLACE, UNARY[opcode])
    return (OTHER, (taken, given))
