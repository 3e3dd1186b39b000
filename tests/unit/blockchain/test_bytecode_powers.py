"""Powers over a token from its bytecode: hand-assembled tokens, agreement with the source, bounded work."""

from __future__ import annotations

import gzip
import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.blockchain.contracts.bytecode.analysis import analyze_bytecodes
from models.blockchain.contracts.bytecode.paths import Runner
from models.blockchain.contracts.bytecode.reading import read_programs
from models.blockchain.contracts.signatures import selector_of
from models.blockchain.contracts.source.analysis import analyze_source
from models.blockchain.contracts.token import TokenPowers
from tests.assembler import OPCODES, assembled

_TO, _AMOUNT, _THIRD = "4 CALLDATALOAD", "24 CALLDATALOAD", "44 CALLDATALOAD"
_BALANCES = "0 MSTORE 1 20 MSTORE 40 0 SHA3"
"""Turns a key into the place of its entry in the mapping at slot 1."""
_FETCH = "0 MLOAD 20 @slot 0 CODECOPY 0 MLOAD SWAP1 0 MSTORE"
_LIST = "0 MSTORE 5 20 MSTORE 40 0 SHA3"
_FAIL = "0 0 REVERT"
_ONLY_OWNER = f"CALLER 0 SLOAD EQ @owner JUMPI {_FAIL} owner:"
_ONLY_LISTED = f"CALLER {_LIST} SLOAD @listed JUMPI {_FAIL} listed:"


def lower(holder: str) -> str:
    return f"{holder} {_BALANCES} DUP1 SLOAD {_AMOUNT} SWAP1 SUB SWAP1 SSTORE"


def raised(holder: str) -> str:
    return f"{holder} {_BALANCES} DUP1 SLOAD {_AMOUNT} ADD SWAP1 SSTORE"


def allowance_of(spender: str) -> str:
    return f"{_TO} 0 MSTORE 2 20 MSTORE 40 0 SHA3 {spender} 0 MSTORE 20 MSTORE 40 0 SHA3"


_STANDARD = {
    "balanceOf(address)": f"{_TO} {_BALANCES} SLOAD 0 MSTORE 20 0 RETURN",
    "owner()": "0 SLOAD 0 MSTORE 20 0 RETURN",
    "totalSupply()": "3 SLOAD 0 MSTORE 20 0 RETURN",
    "allowance(address,address)": f"{allowance_of(_AMOUNT)} SLOAD 0 MSTORE 20 0 RETURN",
}


def token(functions: dict[str, str], check: str = "", spend: str = "", *, is_far: bool = False) -> TokenPowers:
    """A token with further functions (body by signature), a condition on transfers, another way to spend.

    If `is_far`, its balances lie at a slot that no block pushes: it is fetched from behind the code, as solc does.
    """
    spending = spend or f"{allowance_of('CALLER')} DUP1 SLOAD {_THIRD} SWAP1 SUB SWAP1 SSTORE"
    bodies = _STANDARD | {
        "transfer(address,uint256)": f"{check} {lower('CALLER')} {raised(_TO)} STOP",
        "transferFrom(address,address,uint256)": f"{spending} {lower(_TO)} {raised(_AMOUNT)} STOP",
        **functions,
    }
    heads = (f"DUP1 {selector_of(name)[2:]} EQ @f{at} JUMPI" for at, name in enumerate(bodies))
    parts = (
        re.sub(r"(@?)\b(owner|listed|ok|both|on)\b(:?)", rf"\1\g<2>{at}\3", body)
        for at, body in enumerate(bodies.values())
    )
    tails = (f"f{at}: {body}" for at, body in enumerate(parts))
    text = f"0 CALLDATALOAD e0 SHR {' '.join(heads)} {_FAIL} {' '.join(tails)}"
    code = assembled(f"{text.replace('MSTORE 1 20', f'MSTORE {_FETCH} 20')} slot: {'c5' * 31}" if is_far else text)
    found = analyze_bytecodes([code])[0].token
    assert found is not None
    return found


_ENTER = {"enter(address)": f"{_ONLY_OWNER} 1 {_TO} {_LIST} SSTORE STOP"}
_TRUE = f"CALLER {_LIST} SLOAD ISZERO ISZERO 1 EQ ISZERO ISZERO @listed JUMPI {_FAIL} listed:"
"""`require(list[msg.sender] == true)`."""
_ENTER_BY_LIST = {"enter(address)": f"{_TRUE} 1 {_TO} {_LIST} SSTORE STOP"}
_NESTED = "0 MSTORE 5 20 MSTORE 40 0 SHA3 20 MSTORE CALLER 0 MSTORE 40 0 SHA3"
"""Turns a role into the place of the caller's entry for it, in the mapping of mappings at slot 5."""
_FAR = f"0 MSTORE {'c5' * 32} 20 MSTORE 40 0 SHA3"
"""The same for a mapping whose slot is a hash that the compiler worked out."""
_ONLY_FAR = f"CALLER {_FAR} SLOAD @listed JUMPI {_FAIL} listed:"
_ONLY_ROLE = f"7 {_NESTED} SLOAD @listed JUMPI {_FAIL} listed:"
_BOTH = f"{_AMOUNT} ISZERO ISZERO DUP1 ISZERO @ok JUMPI POP CALLER {_LIST} SLOAD ISZERO ok: @both JUMPI {_FAIL} both:"
"""`require(amount > 0 && !list[msg.sender])`, of which the second part is asked only where the first holds."""
_UNLOCKED = f"9 SLOAD ISZERO @ok JUMPI {_FAIL} ok:"
_OPEN = {"a(bool)": f"{_ONLY_OWNER} {_TO} 4 SSTORE STOP"}
_FEE = "6 SLOAD 24 CALLDATALOAD MUL POP"


@pytest.mark.parametrize(
    ("functions", "check", "powers"),
    [
        ({"a(address,uint256)": f"{_ONLY_OWNER} {raised(_TO)} STOP"}, "", ["mintable"]),
        ({"a(uint256)": f"{_ONLY_OWNER} 3 SLOAD {_TO} ADD 3 SSTORE STOP"}, "", ["mintable"]),
        ({"a(address,uint256)": f"{_ONLY_LISTED} {raised(_TO)} STOP"} | _ENTER, "", ["mintable"]),
        ({"a(address,uint256)": f"{_ONLY_OWNER} {lower(_TO)} STOP"}, "", ["owner_can_drain"]),
        ({"a(address)": f"{_ONLY_OWNER} 0 {_TO} {_BALANCES} SSTORE STOP"}, "", ["owner_can_drain"]),
        ({"a(address)": f"{_ONLY_OWNER} 0 NOT {allowance_of('CALLER')} SSTORE STOP"}, "", ["owner_can_drain"]),
        ({"a()": f"{_ONLY_OWNER} CALLER SELFDESTRUCT"}, "", ["owner_can_drain"]),
        ({"a(bool)": f"{_ONLY_OWNER} {_TO} 4 SSTORE STOP"}, f"4 SLOAD ISZERO @ok JUMPI {_FAIL} ok:",
         ["transfers_limited"]),
        ({"a(bool)": f"{_ONLY_OWNER} {_TO} 4 SSTORE STOP"}, "4 SLOAD ISZERO @ok JUMPI 0 0 RETURN ok:",
         ["transfers_limited"]),
        (_ENTER, f"CALLER {_LIST} SLOAD ISZERO @ok JUMPI {_FAIL} ok:", ["transfers_limited"]),
        ({"a(address,uint256)": f"{_TRUE} {raised(_TO)} STOP"} | _ENTER_BY_LIST, "", ["mintable"]),
        ({"a(address,uint256)": f"{_TRUE} {raised(_TO)} STOP"}, f"1 CALLER {_LIST} SSTORE", []),
        ({"a(address,uint256)": f"{_ONLY_ROLE} {raised(_TO)} STOP", "b()": f"{_ONLY_OWNER} 1 7 {_NESTED} SSTORE STOP"},
         "", ["mintable"]),
        ({"a(address,uint256)": f"{_ONLY_ROLE} {raised(_TO)} STOP",
          "b()": f"7 {_NESTED} @on JUMP on: 1 SWAP1 SSTORE STOP"}, "", []),
        ({"a(address,uint256)": f"{_ONLY_FAR} {raised(_TO)} STOP", "b()": f"{_ONLY_OWNER} 1 {_TO} {_FAR} SSTORE STOP"},
         "", ["mintable"]),
        ({"a(address,uint256)": f"{_ONLY_OWNER} 0 ISZERO @ok JUMPI {lower(_THIRD)} ok: {raised(_TO)} STOP"}, "",
         ["mintable"]),
        ({"a(address,uint256)": f"{_ONLY_OWNER} 1 ISZERO @ok JUMPI {lower(_THIRD)} ok: {raised(_TO)} STOP"}, "",
         ["owner_can_drain"]),
        (_ENTER, _BOTH, ["transfers_limited"]),
        ({"a(address,uint256)": f"{_ONLY_OWNER} {_UNLOCKED} 1 9 SSTORE {raised(_TO)} 0 9 SSTORE STOP"}, "",
         ["mintable"]),
        ({"a(address,uint256)": f"{_ONLY_OWNER} {_UNLOCKED} 1 9 SSTORE {raised(_TO)} STOP"}, "", []),
        ({"sync()": f"{_ONLY_OWNER} {lower('8 SLOAD')} STOP"}, "", ["owner_can_drain"]),
        ({"sync()": f"{_ONLY_OWNER} {lower('0 SLOAD')} STOP"}, "", []),
        ({}, f"{_TO} 8 SLOAD EQ ISZERO @ok JUMPI CALLER 0 SLOAD EQ @ok JUMPI {_FAIL} ok:", ["transfers_limited"]),
        ({}, f"CALLER 0 SLOAD EQ DUP1 @ok JUMPI POP {_TO} 8 SLOAD EQ ISZERO ok: @both JUMPI {_FAIL} both:",
         ["transfers_limited"]),
        ({}, f"CALLER 0 SLOAD EQ @ok JUMPI {_FAIL} ok:", ["transfers_limited"]),
        ({}, f"{_TO} 8 SLOAD EQ ISZERO @ok JUMPI {_FAIL} ok:", []),
        ({}, f"CALLER 0 SLOAD EQ DUP1 @ok JUMPI POP 64 {_AMOUNT} LT ok: @both JUMPI {_FAIL} both:", []),
        ({}, f"{_TO} 8 SLOAD EQ ISZERO @ok JUMPI CALLER 9 SLOAD EQ @ok JUMPI {_FAIL} ok:", []),
        (_OPEN, f"4 SLOAD @ok JUMPI CALLER 0 SLOAD EQ @ok JUMPI {_FAIL} ok:", ["transfers_limited"]),
        ({}, f"4 SLOAD @ok JUMPI CALLER 0 SLOAD EQ @ok JUMPI {_FAIL} ok:", []),
        (_OPEN, f"4 SLOAD @ok JUMPI CALLER 0 SLOAD EQ ISZERO @ok JUMPI {_FAIL} ok:", []),
        ({"a(uint256)": f"{_ONLY_OWNER} {_TO} 6 SSTORE STOP"}, _FEE, ["owner_can_drain", "transfers_limited"]),
        ({"a(uint256)": f"{_ONLY_OWNER} {_TO} DUP1 5 LT @ok JUMPI 6 SSTORE STOP ok: {_FAIL}"}, _FEE, []),
        ({"a(uint256)": f"{_ONLY_OWNER} {_TO} 6 SSTORE STOP", "b(uint256)": f"{_FEE} {lower('CALLER')} STOP"},
         "", ["owner_can_drain"]),
        ({"a(uint256)": f"{lower('CALLER')} STOP"}, "", []),
        ({"a(uint256)": f"{_ONLY_OWNER} {lower('CALLER')} STOP"}, "", []),
        ({"a(address,uint256)": f"{_ONLY_OWNER} {lower('CALLER')} {raised(_TO)} STOP"}, "", []),
        ({"a(address,uint256)": f"{_ONLY_LISTED} {raised(_TO)} STOP", "b()": f"1 CALLER {_LIST} SSTORE STOP"}, "", []),
        ({"a(uint256)": f"{_TO} 4 SSTORE STOP"}, f"4 SLOAD ISZERO @ok JUMPI {_FAIL} ok:", []),
    ],
)  # fmt: skip
def test_each_construct_gives_its_power(functions: dict[str, str], check: str, powers: list[str]) -> None:
    assert token(functions, check).powers == powers


@pytest.mark.parametrize(("first", "second"), [("0", "1"), ("1", "0")])
def test_a_number_that_differs_from_path_to_path_settles_no_branch(first: str, second: str) -> None:
    """A local flag: where both values of it meet, both sides of a condition on it count."""
    flag = f"{_AMOUNT} @both JUMPI {first} @on JUMP both: {second} @on JUMP on: 0 ADD @ok JUMPI {_FAIL} ok:"
    assert token({"a(address,uint256)": f"{_ONLY_OWNER} {flag} {raised(_TO)} STOP"}).powers == ["mintable"]


def test_balances_are_found_at_a_slot_that_no_block_tells() -> None:
    """As those of a structure in a namespace (ERC-7201) are."""
    mint = {"a(address,uint256)": f"{_ONLY_OWNER} {raised(_TO)} STOP"}
    take = {"a(address,uint256)": f"{_ONLY_OWNER} {lower(_TO)} STOP"}
    burn = {"a(uint256)": f"{lower('CALLER')} STOP"}
    assert [token(functions, is_far=True).powers for functions in (mint, take, burn)] == [
        ["mintable"],
        ["owner_can_drain"],
        [],
    ]


def test_who_was_entered_once_by_an_initialiser_is_named() -> None:
    """A list that everyone could enter before anyone did, and nobody since, is no list of all."""
    listed = {"a(address,uint256)": f"{_ONLY_LISTED} {raised(_TO)} STOP"}
    once = {"b()": f"9 SLOAD ISZERO @ok JUMPI {_FAIL} ok: 1 9 SSTORE 1 CALLER {_LIST} SSTORE STOP"}
    again = {"c()": "0 9 SSTORE STOP"}
    assert token(listed | once).powers == ["mintable"]
    assert token(listed | once | again).powers == []


def test_a_packed_flag_beside_the_owner_is_told_from_him() -> None:
    """A pause at bit 160 of the owner's slot, as solc packs it, and a change of owner alone, which limits nobody."""
    check = f"0 SLOAD a0 SHR ff AND ISZERO @ok JUMPI {_FAIL} ok:"
    kept = "0 SLOAD ff a0 SHL NOT AND"
    pause = {"pause(bool)": f"{_ONLY_OWNER} {_TO} a0 SHL {kept} OR 0 SSTORE STOP"}
    mask = "f" * 40
    change = {"change(address)": f"{_ONLY_OWNER} {_TO} 0 SLOAD {mask} NOT AND OR 0 SSTORE STOP"}
    assert token(pause, check).powers == ["transfers_limited"]
    assert token(change, check).powers == []


def test_someone_who_needs_no_allowance_can_drain() -> None:
    spend = f"CALLER 0 SLOAD EQ @ok JUMPI {allowance_of('CALLER')} DUP1 SLOAD {_THIRD} SWAP1 SUB SWAP1 SSTORE ok:"
    assert token({"own(address)": f"{_ONLY_OWNER} {_TO} 0 SSTORE STOP"}, spend=spend).powers == ["owner_can_drain"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([*OPCODES.values(), 0x5B, 0x60, 0x61, 0x02, 0x54]), min_size=1, max_size=300))
def test_any_code_is_run_within_bounds(code: list[int]) -> None:
    for program in read_programs([bytes(code)]):
        runner = Runner(program)
        for block in range(min(8, len(program.first))):
            runner.run(block, to_the_end=block % 2 == 0)
        assert runner.left <= 120_000


def test_return_addresses_that_pile_up_end_soon() -> None:
    """Each of 400 blocks leaves its label on the stack or does not, so that no two paths are the same."""
    body = " ".join(f"a{i}: CALLER @c{i} JUMPI @a{i} c{i}:" for i in range(400))
    [program] = read_programs([assembled(f"{body} 1 0 SSTORE STOP")])
    began = time.process_time()
    assert not Runner(program).run(0).complete
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    "word", ["ISZERO", "1 SWAP1 LT", "CALLER ADD", "0 MSTORE 1 20 MSTORE 40 0 SHA3 SLOAD", "a0 SHR"]
)
def test_values_made_of_values_stay_small(word: str) -> None:
    [program] = read_programs([assembled(f"0 SLOAD {' '.join([word] * 3000)} @end JUMPI 1 0 SSTORE end: STOP")])
    paths = Runner(program).run(0, to_the_end=True)
    assert all(len(repr(condition)) < 20_000 for _, condition in paths.conditions)
    assert paths.flags <= {0}


@pytest.mark.data
def test_bytecode_and_source_tell_the_same_of_most_tokens(data_dir: Path) -> None:
    folder = data_dir / "chain" / "contracts"
    sources = json.loads(gzip.decompress((folder / "cgt_source_comment_stripped.json.gz").read_bytes()))
    runtimes = json.loads(gzip.decompress((folder / "cgt_runtime.json.gz").read_bytes()))
    rows = json.loads(gzip.decompress((folder / "cgt_labels.json.gz").read_bytes()))
    pairs = {r["fp_sol"]: r["fp_runtime"] for r in rows if r["fp_sol"] in sources and r["fp_runtime"] in runtimes}
    agreed = judged = 0
    for name, runtime in sorted(pairs.items())[:150]:
        told = analyze_source(sources[name]).token
        read = analyze_bytecodes([bytes.fromhex(runtimes[runtime].removeprefix("0x"))])[0].token
        if told and read and told.standard != "pool":
            judged += 3
            agreed += sum(bool(getattr(told, p)) == bool(getattr(read, p)) for p in ("mint", "drain", "limit"))
    assert judged > 60
    assert agreed >= 0.85 * judged
