"""Arguments of functions that no standard names, from how their code reads them."""

from __future__ import annotations

import pytest

from models.blockchain.contracts.bytecode.dispatch import functions_of
from models.blockchain.contracts.bytecode.reading import read_programs
from tests.assembler import assembled

CALL = "0 0 0 0 0 0 0 CALL POP "
TEXT = "4 CALLDATALOAD POP 24 CALLDATALOAD 4 ADD CALLDATALOAD POP "
COMPARED = "DUP1 ISZERO ISZERO @set JUMPI 0 0 REVERT set: 0 SSTORE STOP"


def arguments_of(body: str) -> tuple[str, ...]:
    code = assembled(f"0 CALLDATALOAD e0 SHR DUP1 12345678 EQ @f JUMPI 0 0 REVERT f: {body}")
    [function], _ = functions_of(read_programs([code])[0])
    return function.arguments


@pytest.mark.parametrize(
    ("body", "arguments"),
    [
        ("4 CALLDATALOAD ff AND POP 24 CALLDATALOAD POP 44 CALLDATALOAD POP STOP", "uint8 bytes32 bytes32"),
        ("4 CALLDATALOAD ff AND POP 24 CALLDATALOAD POP STOP", "uint8 uint256"),
        (TEXT + "STOP", "uint256 string"),
        (TEXT + CALL + "STOP", "uint256 bytes"),
        (f"4 CALLDATALOAD @body JUMP body: {COMPARED}", "uint256"),
        ("4 CALLDATALOAD ISZERO ISZERO @body JUMP body: 0 SSTORE STOP", "bool"),
        (f"4 CALLDATALOAD {COMPARED}", "bool"),
    ],
    ids=["v, r, s", "no signature", "text", "data that is handed on", "number", "first decoder", "second decoder"],
)
def test_what_solc_does_tells_what_it_was_given(body: str, arguments: str) -> None:
    assert arguments_of(body) == tuple(arguments.split())
