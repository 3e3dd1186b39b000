"""What a function takes, as far as its code tells: evmole's guess, made likelier by what compilers and standards do.

evmole (github.com/cdump/evmole, MIT) runs a function once and knows its arguments by how they are read. How solc's
decoders read them: Solidity documentation, "Contract ABI Specification" and "Layout of Call Data".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import evmole

from models.blockchain.contracts.bytecode import opcodes as op
from models.blockchain.contracts.bytecode.program import Does, Program
from models.blockchain.contracts.signatures import known_signatures

_DISPATCHER_STEP = re.compile(rb"\x80\x63(.{4})[\x10\x11\x14]\x61..\x57", re.DOTALL)
"""DUP1, PUSH4 selector, LT, GT or EQ, PUSH2 label, JUMPI."""
_BOOL_DECODED = re.compile(rb"\x35\x80?\x15\x15")
"""CALLDATALOAD, ISZERO, ISZERO; with a DUP1 between where the result is compared with what was loaded."""
_NEXT_BLOCKS, _OPENING = 4, 1000
"""Blocks that a function's first one leads to, and instructions of each, among which its arguments are decoded."""
_SIGNED = ("uint8", "uint256", "uint256")


def guessed_arguments(
    program: Program, found: Sequence[evmole.Function], entries: Sequence[int | None]
) -> dict[str, tuple[str, ...]]:
    """Arguments by selector, those apart whose signature is known and those that read no call data, having none."""
    known = known_signatures()
    asked = {
        bytes.fromhex(item.selector): item.bytecode_offset
        for item, entry in zip(found, entries, strict=True)
        if f"0x{item.selector}" not in known and (entry is None or program.ahead[entry] & Does.INPUT)
    }
    if not asked:
        return {}
    code = _with_dispatcher_for(asked, program.code, {item.selector for item in found})
    read = evmole.contract_info(code, selectors=True, arguments=True).functions or []
    guesses = {item.selector: item.arguments or "" for item in read}
    places = {item.selector: entry for item, entry in zip(found, entries, strict=True)}
    return {f"0x{selector}": _corrected(program, places.get(selector), guess) for selector, guess in guesses.items()}


def _corrected(program: Program, entry: int | None, guess: str) -> tuple[str, ...]:
    """A guess of evmole's, made likelier by what the function does."""
    made = _likely(guess)
    if entry is None:
        return made
    if made[-1:] == ("bytes",) and not _may_hand_on(program, entry):
        made = (*made[:-1], "string")
    if "bool" in made and _decodes_no_bool(program, entry, len(made)):
        made = tuple("uint256" if part == "bool" else part for part in made)
    return made


def _may_hand_on(program: Program, entry: int) -> bool:
    """Whether a function calls another contract, or is of a program that calls some by STATICCALL."""
    return program.ahead[entry] & (Does.CALL | Does.DELEGATE) != 0 or op.STATICCALL in program.ops


def _decodes_no_bool(program: Program, entry: int, words: int) -> bool:
    """Whether a function reads its arguments at once, none of them as solc's first ABI decoder reads a bool.

    That one makes each bool 0 or 1 where it is loaded; a number is negated twice only later, to be compared with zero,
    as evmole does not tell. The second decoder reads arguments in functions of its own, or compares what it made.
    """
    blocks = (entry, *program.after(entry)[:_NEXT_BLOCKS])
    ops = b"".join([program.ops_of(block)[:_OPENING] for block in blocks])
    return ops.count(op.CALLDATALOAD) >= words and not _BOOL_DECODED.search(ops)


def _with_dispatcher_for(asked: dict[bytes, int], code: bytes, selectors: set[str]) -> bytes:
    """The code with a dispatcher for some of its functions alone, given with their places.

    evmole walks through the dispatcher once for each function, which takes it longer than most functions themselves.
    Code of which the dispatcher is not that of solc, or leaves no room for another, stays as it is.
    """
    step = _DISPATCHER_STEP.search(code)
    if step is None or step[1].hex() not in selectors or max(asked.values()) > 0xFFFF:
        return code
    steps = [b"\x80\x63%b\x14\x61%b\x57" % (name, place.to_bytes(2, "big")) for name, place in asked.items()]
    head = code[: step.start()] + b"".join(steps) + bytes([op.STOP])
    return head + code[len(head) :] if len(head) <= min(asked.values()) else code


@lru_cache(maxsize=8192)
def _likely(arguments: str) -> tuple[str, ...]:
    """evmole's guess, with two words after a uint8 taken for the rest of a signature: v, r and s of EIP-2612.

    Its `bytes` is any byte string: it may be data where it follows plain values, as in the callbacks of ERC-721, 777
    and 1363; else it is text as a rule.
    """
    parts = split_arguments(f"({arguments})")
    for at in range(len(parts) - 2):
        if parts[at : at + 3] == _SIGNED:
            parts = (*parts[: at + 1], "bytes32", "bytes32", *parts[at + 3 :])
    is_data = len(parts) > 1 and parts.count("bytes") == 1 and parts[-1] == "bytes"
    return parts if is_data else tuple("string" if part == "bytes" else part for part in parts)


@lru_cache(maxsize=8192)
def split_arguments(text: str) -> tuple[str, ...]:
    """`(uint256,(address,bytes)[])` as `uint256` and `(address,bytes)[]`."""
    parts, depth, begin = [], 0, 1
    for at, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if (letter == "," and depth == 1) or (letter == ")" and depth == 0):
            parts.append(text[begin:at])
            begin = at + 1
    return tuple(part for part in parts if part)
