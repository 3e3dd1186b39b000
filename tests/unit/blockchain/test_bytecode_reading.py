"""Bytecodes read together: the same as each alone, and as a reading one instruction at a time."""

from __future__ import annotations

import gzip
import json
import re
from functools import reduce
from operator import or_
from pathlib import Path

import evmole
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.blockchain.contracts.bytecode.analysis import analyze_bytecodes
from models.blockchain.contracts.bytecode.program import Does
from models.blockchain.contracts.bytecode.reading import read_programs

PARTS = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"\x5b", b"\x56", b"\x57", b"\x00", b"\x54", b"\x55", b"\x60\x60\x60", b"\x61\x60", b"\x7f"]),
    st.integers(0, 90).map(lambda label: bytes([0x60, label, 0x57])),
)
CODES = st.lists(PARTS, min_size=1, max_size=40).map(b"".join).filter(bool)


def instructions(code: bytes) -> list[int]:
    places, at = [], 0
    while at < len(code):
        places.append(at)
        at += 1 + max(0, code[at] - 0x5F) * (0x60 <= code[at] <= 0x7F)
    return places


@given(st.lists(CODES, min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_a_batch_reads_like_each_code_alone(codes: list[bytes]) -> None:
    for code, program in zip(codes, read_programs(codes), strict=True):
        assert program.code == code
        assert program.pcs.tolist() == instructions(code)
        assert program.ops == bytes(code[pc] for pc in program.pcs)
        [alone] = read_programs([code])
        assert [program.after(block) for block in range(len(program.first))] == [
            alone.after(block) for block in range(len(alone.first))
        ]
        assert program.ahead == alone.ahead


@given(st.lists(CODES, min_size=1, max_size=3))
@settings(max_examples=100, deadline=None)
def test_what_lies_ahead_is_what_the_blocks_that_can_be_reached_do(codes: list[bytes]) -> None:
    for program in read_programs(codes):
        does = program.does.tolist()
        for block in range(len(program.first)):
            ahead = program.from_block(block)
            assert program.ahead[block] == reduce(or_, (does[other] for other in ahead))
            assert all(block in program.to_block(other) for other in ahead)
        assert set(program.reached.nonzero()[0].tolist()) == program.from_block(0)


def test_labels_pushed_one_byte_wider_than_needed_are_followed() -> None:
    code = bytes.fromhex("61000757000000" + "5b60016000555b") + bytes(20)
    [program] = read_programs([code])
    assert program.ahead[0] & Does.STORE


def test_codes_that_differ_in_their_metadata_only_share_all_but_that() -> None:
    code = bytes.fromhex("60003560e01c8063123456781460145700" + "00" * 3 + "5b60043560005560006000f3fe")

    def with_hash(digit: int) -> bytes:
        return code + bytes.fromhex("a165627a7a72305820") + bytes([digit] * 32) + bytes.fromhex("0029")

    one, other = analyze_bytecodes([with_hash(1), with_hash(2)])
    assert one.metadata and other.metadata
    assert (one.metadata.swarm, other.metadata.swarm) == ("01" * 32, "02" * 32)
    assert one.functions is other.functions
    assert [(f.selector, f.arguments) for f in one.functions] == [("0x12345678", ("uint256",))]


HOSTILE = {
    "labels": b"\x5b" * 100_000,
    "pushes": b"\x60" * 100_000,
    "overlapping pushes": b"\x61\x60\x60" * 100_000,
    "back edges": b"\x5b" + b"\x62\x00\x00\x00\x57" * 60_000,
    "one long block": b"\x5b" + b"\xf1" * 300_000,
    "calls": (b"\x5b" + b"\x60\x00" * 6 + b"\x5a\xf1\x50\x60\x00\x55\x00") * 15_000,
}


def test_hostile_neighbours_change_no_answer() -> None:
    good = bytes.fromhex("60003560e01c8063123456781460145700" + "00" * 3 + "5b600054600052602060 00f3fe")
    [alone] = analyze_bytecodes([good])
    *_, beside = analyze_bytecodes([*HOSTILE.values(), good])
    assert beside == alone


def read_alike(arguments: str) -> str:
    """Arguments with one name for types among which something else than evmole decides."""
    return re.sub("bytes32|bool", "uint256", arguments).replace("string", "bytes")


@pytest.mark.data
def test_a_shorter_dispatcher_changes_no_arguments(data_dir: Path) -> None:
    path = data_dir / "chain" / "bytecode" / "token_bytecode_sample_1000.json.gz"
    codes = [bytes.fromhex(code.removeprefix("0x")) for code in json.loads(gzip.decompress(path.read_bytes())).values()]
    for code, report in zip(codes[:150], analyze_bytecodes(codes[:150]), strict=True):
        theirs = evmole.contract_info(code, selectors=True, arguments=True).functions or []
        expected = {f"0x{function.selector}": read_alike(function.arguments or "") for function in theirs}
        for function in report.functions:
            if function.signature is None:
                assert read_alike(",".join(function.arguments)) == expected[function.selector]
