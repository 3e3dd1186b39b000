"""EVM code from words, for tests that need a construct and nothing else."""

from __future__ import annotations

OPCODES = {
    "STOP": 0, "ADD": 1, "MUL": 2,
    "SUB": 3, "LT": 0x10, "GT": 0x11, "EQ": 0x14, "ISZERO": 0x15, "AND": 0x16, "OR": 0x17,
    "NOT": 0x19, "SHL": 0x1B, "SHR": 0x1C, "SHA3": 0x20, "CALLER": 0x33, "CALLDATALOAD": 0x35,
    "CODECOPY": 0x39, "MLOAD": 0x51, "MSTORE": 0x52,
    "SLOAD": 0x54, "SSTORE": 0x55, "JUMP": 0x56, "JUMPI": 0x57, "DUP1": 0x80, "SWAP1": 0x90,
    "POP": 0x50, "RETURN": 0xF3, "REVERT": 0xFD, "CALL": 0xF1, "DELEGATECALL": 0xF4, "BALANCE": 0x31, "ADDRESS": 0x30,
    "CALLVALUE": 0x34, "GAS": 0x5A, "SELFDESTRUCT": 0xFF,
}  # fmt: skip


def assembled(text: str) -> bytes:
    """Hex numbers are pushed, `@name` is the place of `name:`, a JUMPDEST."""
    words = text.split()
    sizes = [
        3 if word[0] == "@" else 1 if word[-1] == ":" or word in OPCODES else 1 + len(_hex(word)) for word in words
    ]
    places = {word[:-1]: sum(sizes[:at]) for at, word in enumerate(words) if word[-1] == ":"}
    return b"".join(_code_of(word, places) for word in words)


def _hex(word: str) -> bytes:
    return bytes.fromhex(word.zfill(len(word) + len(word) % 2))


def _code_of(word: str, places: dict[str, int]) -> bytes:
    if word[0] == "@":
        return b"\x61" + places[word[1:]].to_bytes(2, "big")
    if word[-1] == ":":
        return b"\x5b"
    return bytes([OPCODES[word]]) if word in OPCODES else bytes([0x5F + len(_hex(word))]) + _hex(word)
