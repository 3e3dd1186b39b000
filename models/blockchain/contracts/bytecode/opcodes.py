"""The EVM's instructions, as far as a reading of bytecode needs them.

Source: Ethereum yellow paper, appendix H, with EIP-145, 1014, 1052, 1153, 1344, 3198, 3855, 4844, 5656, 7516.
"""

from __future__ import annotations

from typing import Final

STOP: Final = 0x00
ADD, MUL, SUB, DIV, EXP, SIGNEXTEND = 0x01, 0x02, 0x03, 0x04, 0x0A, 0x0B
EQ, ISZERO, AND, OR, XOR, NOT, SHL, SHR, SHA3 = 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1B, 0x1C, 0x20
ADDRESS, BALANCE, ORIGIN, CALLER, CALLVALUE, SELFBALANCE, GAS = 0x30, 0x31, 0x32, 0x33, 0x34, 0x47, 0x5A
CALLDATALOAD, CALLDATASIZE, CALLDATACOPY, CODECOPY, RETURNDATASIZE = 0x35, 0x36, 0x37, 0x39, 0x3D
BLOCKHASH, TIMESTAMP, NUMBER, DIFFICULTY = 0x40, 0x42, 0x43, 0x44
LOG0 = 0xA0
POP, MLOAD, MSTORE, SLOAD, SSTORE, JUMP, JUMPI = 0x50, 0x51, 0x52, 0x54, 0x55, 0x56, 0x57
JUMPDEST, TSTORE, PUSH0, PUSH1, PUSH4, PUSH20, PUSH32 = 0x5B, 0x5D, 0x5F, 0x60, 0x63, 0x73, 0x7F
CREATE, CALL, CALLCODE, RETURN, DELEGATECALL, CREATE2 = 0xF0, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5
STATICCALL, REVERT, INVALID, SELFDESTRUCT = 0xFA, 0xFD, 0xFE, 0xFF

ORDER: Final = frozenset(range(0x10, 0x14))
"""LT, GT, SLT, SGT."""
HALTS: Final = frozenset({STOP, JUMP, RETURN, REVERT, INVALID, SELFDESTRUCT})
"""After these the next instruction is not reached by falling through."""

EFFECTS: Final = frozenset(
    {SSTORE, TSTORE, *range(0xA0, 0xA5), CREATE, CALL, CALLCODE, DELEGATECALL, CREATE2, SELFDESTRUCT}
)
"""What a view function may not do (Solidity documentation, "View Functions")."""

READS: Final = frozenset(
    {ADDRESS, 0x31, ORIGIN, CALLER, CALLVALUE, 0x3A, 0x3B, 0x3C, 0x3F, *range(0x40, 0x4B), SLOAD, 0x5C, STATICCALL}
)
"""What a pure function may not do (Solidity documentation, "Pure Functions"); GAS is part of calls, so left out."""


def _stack_effects() -> dict[int, tuple[int, int]]:
    """(taken, given) by opcode."""
    table = dict.fromkeys((*range(1, 8), 10, 11, *range(16, 21), *range(22, 25)), (2, 1))
    table |= dict.fromkeys((26, 27, 28, 29, SHA3), (2, 1))
    table |= dict.fromkeys((8, 9, CREATE), (3, 1))
    table |= dict.fromkeys((ISZERO, 25, 30, 49, CALLDATALOAD, 59, 63, 64, 73, MLOAD, SLOAD, 92), (1, 1))
    table |= dict.fromkeys((ADDRESS, *range(50, 53), CALLDATASIZE, 56, 58, RETURNDATASIZE), (0, 1))
    table |= dict.fromkeys((*range(65, 73), 74, 88, 89, 90, PUSH0), (0, 1))
    table |= dict.fromkeys((55, CODECOPY, 62, 94), (3, 0)) | {0x3C: (4, 0)}
    table |= dict.fromkeys((MSTORE, 83, SSTORE, JUMPI, TSTORE, RETURN, REVERT), (2, 0))
    table |= dict.fromkeys((POP, JUMP, SELFDESTRUCT), (1, 0))
    table |= {0xA0 + topics: (2 + topics, 0) for topics in range(5)}
    table |= {CALL: (7, 1), CALLCODE: (7, 1), DELEGATECALL: (6, 1), STATICCALL: (6, 1), CREATE2: (4, 1)}
    return table


STACK: Final = _stack_effects()
"""Items taken from and given to the stack; other PUSHes, DUP and SWAP are told by their opcode, the rest take none."""
