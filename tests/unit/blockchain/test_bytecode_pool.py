"""Powers over a pool from its bytecode: hand-assembled contracts that take tokens in, and such as only look like it."""

from __future__ import annotations

import re

import pytest

from models.blockchain.contracts.bytecode.analysis import analyze_bytecodes
from models.blockchain.contracts.signatures import selector_of
from models.blockchain.contracts.token import TokenPowers
from tests.assembler import assembled

_FIRST, _SECOND = "4 CALLDATALOAD", "24 CALLDATALOAD"
_STAKED = "1 SLOAD"
"""The token that is put in, of which slot 1 holds the address."""
_RECORD = "CALLER 0 MSTORE 7 20 MSTORE 40 0 SHA3"
"""The place of the caller's record in the mapping at slot 7."""
_FAIL = "0 0 REVERT"
_ONLY_OWNER = f"CALLER 0 SLOAD EQ @on JUMPI {_FAIL} on:"
_TRANSFER, _TRANSFER_FROM = "transfer(address,uint256)", "transferFrom(address,address,uint256)"
_APPROVE = "approve(address,uint256)"


def ask(token: str, signature: str, *words: str) -> str:
    """A call of a token with what it is told in memory from 0x80 on."""
    puts = " ".join(f"{word} {0x84 + 32 * at:x} MSTORE" for at, word in enumerate(words))
    return f"{_selector(signature)} 80 MSTORE {puts} 0 0 64 80 0 {token} GAS CALL POP"


def ask_encoded(token: str, signature: str, *words: str) -> str:
    """The same as `abi.encodeWithSelector` does it: the selector is joined last with what stands there."""
    puts = " ".join(f"{word} {0x84 + 32 * at:x} MSTORE" for at, word in enumerate(words))
    return f"{puts} 80 MLOAD {_selector(signature)} OR 80 MSTORE 0 0 64 80 0 {token} GAS CALL POP"


def _selector(signature: str) -> str:
    return selector_of(signature)[2:] + "0" * 56


_DEPOSIT = f"{ask(_STAKED, _TRANSFER_FROM, 'CALLER', 'ADDRESS', _FIRST)} {_FIRST} {_RECORD} SSTORE STOP"
_LOWER = f"{_RECORD} DUP1 SLOAD {_FIRST} SWAP1 SUB SWAP1 SSTORE"
_HAS_ENOUGH = f"{_FIRST} {_RECORD} SLOAD LT ISZERO @enough JUMPI {_FAIL} enough:"


def pool(functions: dict[str, str], deposit: str = _DEPOSIT) -> TokenPowers | None:
    bodies = {"deposit(uint256)": deposit, **functions}
    heads = (f"DUP1 {selector_of(name)[2:]} EQ @f{at} JUMPI" for at, name in enumerate(bodies))
    own = (re.sub(r"(@?)\b(on|enough|other)\b(:?)", rf"\1\g<2>{at}\3", body) for at, body in enumerate(bodies.values()))
    tails = (f"f{at}: {body}" for at, body in enumerate(own))
    code = assembled(f"0 CALLDATALOAD e0 SHR {' '.join(heads)} {_FAIL} {' '.join(tails)}")
    return analyze_bytecodes([code])[0].token


@pytest.mark.parametrize(
    "body",
    [
        f"{_ONLY_OWNER} {ask(_STAKED, _TRANSFER, 'CALLER', _FIRST)} STOP",
        f"{_ONLY_OWNER} {ask(_FIRST, _TRANSFER, 'CALLER', _SECOND)} STOP",
        f"{_ONLY_OWNER} {ask_encoded(_FIRST, _TRANSFER, 'CALLER', _SECOND)} STOP",
        f"{ask(_STAKED, _APPROVE, '2 SLOAD', _FIRST)} STOP",
    ],
)
def test_someone_who_takes_what_others_put_in_can_drain(body: str) -> None:
    found = pool({"a(address,uint256)": body, "b(address)": f"{_ONLY_OWNER} {_FIRST} 2 SSTORE STOP"})
    assert found is not None
    assert (found.standard, found.powers) == ("pool", ["owner_can_drain"])


@pytest.mark.parametrize(
    "body",
    [
        f"{_LOWER} {ask(_STAKED, _TRANSFER, 'CALLER', _FIRST)} STOP",
        f"{_HAS_ENOUGH} {ask(_FIRST, _TRANSFER, 'CALLER', _FIRST)} STOP",
        f"{ask(_FIRST, _TRANSFER, 'CALLER', _SECOND)} STOP",
        f"{_ONLY_OWNER} {_FIRST} {_STAKED} EQ ISZERO @other JUMPI {_FAIL} other: "
        f"{ask(_FIRST, _TRANSFER, 'CALLER', _SECOND)} STOP",
        f"{_ONLY_OWNER} {ask('3 SLOAD', _TRANSFER, 'CALLER', _FIRST)} STOP",
        f"{ask(_STAKED, _APPROVE, '2 SLOAD', _FIRST)} STOP",
    ],
)
def test_what_pays_out_or_spares_what_was_put_in_is_let_go(body: str) -> None:
    found = pool({"a(address,uint256)": body})
    assert found is not None
    assert (found.standard, found.powers) == ("pool", [])


@pytest.mark.parametrize(
    "deposit",
    [
        f"{ask(_STAKED, _TRANSFER_FROM, 'CALLER', _SECOND, _FIRST)} {_FIRST} {_RECORD} SSTORE STOP",
        f"{ask(_STAKED, _TRANSFER_FROM, 'CALLER', 'ADDRESS', _FIRST)} STOP",
        f"{_FIRST} {_RECORD} SSTORE STOP",
    ],
)
def test_who_takes_nothing_in_or_records_nobody_is_no_pool(deposit: str) -> None:
    takes = f"{_ONLY_OWNER} {ask(_FIRST, _TRANSFER, 'CALLER', _SECOND)} STOP"
    assert pool({"a(address,uint256)": takes}, deposit) is None
