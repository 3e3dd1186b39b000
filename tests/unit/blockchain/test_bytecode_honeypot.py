"""Honeypots from bytecode: each technique that leaves a trace in it, and honest contracts beside them."""

from __future__ import annotations

import pytest

from models.blockchain.contracts.analysis import analyze
from models.blockchain.contracts.bytecode.analysis import analyze_bytecodes
from models.blockchain.contracts.honeypot import Honeypot
from tests.assembler import assembled

_WEALTH = "ADDRESS BALANCE"
_FAIL = "0 0 REVERT"
_REFUSE_VALUE = f"CALLVALUE ISZERO @paid JUMPI {_FAIL} paid:"
_ONLY_OWNER = f"CALLER 0 SLOAD EQ @owner JUMPI {_FAIL} owner:"
_BOOK = "CALLER 0 MSTORE 4 20 MSTORE 40 0 SHA3"
_HASH = "4 CALLDATALOAD 40 MSTORE 20 40 SHA3"


def pay(amount: str, payee: str = "CALLER", gas: str = "8fc") -> str:
    return f"0 0 0 0 {amount} {payee} {gas} CALL POP"


_SET_SECRET = f"{_REFUSE_VALUE} 4 CALLDATALOAD 1 SSTORE STOP"
_PAY_ALL_IF_EQUAL = f"EQ ISZERO @no JUMPI {pay(_WEALTH)} no: STOP"


def told(*bodies: str) -> Honeypot:
    """The verdict on a contract of functions with these bodies; the first line of a body may refuse ether."""
    heads = (f"DUP1 {0x11111111 + at:08x} EQ @f{at} JUMPI" for at in range(len(bodies)))
    parts = (f"f{at}: {_own_labels(body, at)}" for at, body in enumerate(bodies))
    code = assembled(f"0 CALLDATALOAD e0 SHR {' '.join(heads)} {_FAIL} {' '.join(parts)}")
    return analyze_bytecodes([code])[0].honeypot


def _own_labels(body: str, at: int) -> str:
    words = body.split()
    return " ".join(
        f"{word}{at}" if word[0] == "@" else f"{word[:-1]}{at}:" if word[-1] == ":" else word for word in words
    )


_TAKE_ALL = f"{_REFUSE_VALUE} {_ONLY_OWNER} {pay(_WEALTH)} STOP"


@pytest.mark.parametrize(
    ("bodies", "technique"),
    [
        ([f"{_WEALTH} CALLVALUE LT @no JUMPI {pay(_WEALTH)} no: STOP"], "balance_disorder"),
        ([f"{pay(f'CALLVALUE {_WEALTH} ADD')} STOP"], "balance_disorder"),
        (["CALLER 1 SSTORE CALLVALUE 2 SSTORE STOP", _TAKE_ALL], "inheritance_disorder"),
        ([f"{_HASH} 1 SLOAD {_PAY_ALL_IF_EQUAL}", _SET_SECRET], "hidden_state_update"),
        ([f"CALLER 0 SSTORE 0 SLOAD 4 CALLDATALOAD {_PAY_ALL_IF_EQUAL}"], "uninitialised_struct"),
        ([f"{pay('4 CALLDATALOAD', gas='GAS')} {_BOOK} DUP1 SLOAD 4 CALLDATALOAD SWAP1 SUB SWAP1 SSTORE "
          "0 0 0 0 0 3 SLOAD GAS CALL POP STOP"], "straw_man_contract"),
        ([f"{pay(_WEALTH, '0 SLOAD')} {pay(_WEALTH)} STOP"], "hidden_transfer"),
    ],
)  # fmt: skip
def test_each_technique_is_seen(bodies: list[str], technique: str) -> None:
    found = told(*bodies)
    assert technique in found.techniques
    assert 0 < found.score < 1
    assert len(found.reasons) == len(found.techniques)


@pytest.mark.parametrize(
    "bodies",
    [
        ["STOP", _TAKE_ALL],
        ["CALLER 0 SSTORE STOP", _TAKE_ALL],
        [f"{_BOOK} DUP1 SLOAD CALLVALUE ADD SWAP1 SSTORE STOP",
         f"{_BOOK} DUP1 SLOAD 0 {_BOOK} SSTORE POP SLOAD {pay('4 CALLDATALOAD')} STOP"],
        [f"{_HASH} 1 SLOAD {_PAY_ALL_IF_EQUAL}"],
        [f"CALLER 0 SLOAD EQ ISZERO @no JUMPI {pay(_WEALTH, '0 SLOAD')} no: STOP"],
    ],
)  # fmt: skip
def test_honest_contracts_are_let_go(bodies: list[str]) -> None:
    assert told(*bodies).techniques == []


def test_the_source_decides_where_it_is_there() -> None:
    code = assembled(f"0 CALLDATALOAD e0 SHR 11111111 EQ @f JUMPI {_FAIL} f: {pay(f'CALLVALUE {_WEALTH} ADD')} STOP")
    assert analyze(code, None).honeypot.techniques == ["balance_disorder"]
    assert analyze(code, "contract A { function f() public {} }").honeypot.techniques == []
