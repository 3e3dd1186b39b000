"""Every fault has its code and path; decoded values are exact; no event brings the check down."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.data.abi import Data, LayoutMismatch, codec, decode_sequence
from models.data.checksum import checksum, keccak
from models.data.known_events import decode, known_events
from tasks.data.validate_blockchain_event import EXAMPLE, Request, Result, validate_blockchain_event
from tasks.discovery import find
from tasks.runner import run


def judge(event: dict[str, Any]) -> Result:
    [result] = validate_blockchain_event([Request(event=event)])
    return result


def word(value: int) -> str:
    return f"{value % 2**256:064x}"


def topic_of(signature: str) -> str:
    return "0x" + keccak(signature.encode()).hex()


HOLDER, OTHER = "0x" + "00" * 12 + "aa" * 20, "0x" + "00" * 12 + "bb" * 20
NOW = int(time.time() * 1000)


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"chainId": "1"}, "chainId", "WRONG_TYPE"),
        ({"chainId": True}, "chainId", "WRONG_TYPE"),
        ({"chainId": 0}, "chainId", "OUT_OF_RANGE"),
        ({"blockNumber": "0x10"}, "blockNumber", "WRONG_TYPE"),
        ({"blockNumber": -1}, "blockNumber", "OUT_OF_RANGE"),
        ({"blockNumber": 10**30}, "blockNumber", "OUT_OF_RANGE"),
        ({"blockNumber": None}, "blockNumber", "WRONG_TYPE"),
        ({"blockHash": "0x12"}, "blockHash", "INVALID_HASH"),
        ({"transactionHash": "0x" + "zz" * 32}, "transactionHash", "INVALID_HASH"),
        ({"logIndex": 1.5}, "logIndex", "WRONG_TYPE"),
        ({"address": "0x12"}, "address", "INVALID_ADDRESS"),
        ({"address": EXAMPLE["address"].replace("A0b", "a0b")}, "address", "INVALID_CHECKSUM"),  # type: ignore[attr-defined]
        ({"topics": "0x"}, "topics", "WRONG_TYPE"),
        ({"topics": [HOLDER] * 5}, "topics", "TOO_MANY_TOPICS"),
        ({"topics": [HOLDER, "0x12"]}, "topics.1", "INVALID_HASH"),
        ({"topics": [HOLDER, 7]}, "topics.1", "WRONG_TYPE"),
        ({"data": "12"}, "data", "INVALID_HEX"),
        ({"data": "0x" + "g" * 64}, "data", "INVALID_HEX"),
        ({"data": "0x" + "a" * 63}, "data", "INVALID_DATA_LENGTH"),
        ({"data": "0x" + "a" * 66}, "data", "INVALID_DATA_LENGTH"),
        ({"data": "0x" + "1\n" * 32}, "data", "INVALID_HEX"),
        ({"timestamp": NOW + 3_600_000}, "timestamp", "FUTURE_TIMESTAMP"),
        ({"timestamp": "2999-01-01T00:00:00Z"}, "timestamp", "FUTURE_TIMESTAMP"),
        ({"timestamp": NOW // 1000}, "timestamp", "TIMESTAMP_UNIT"),
        ({"timestamp": NOW * 1000}, "timestamp", "TIMESTAMP_UNIT"),
        ({"timestamp": NOW * 1000_000}, "timestamp", "TIMESTAMP_UNIT"),
        ({"timestamp": -1}, "timestamp", "OUT_OF_RANGE"),
        ({"timestamp": "yesterday"}, "timestamp", "WRONG_TYPE"),
        ({"removed": 1}, "removed", "WRONG_TYPE"),
        ({"transactionIndex": 3}, "transactionIndex", "UNKNOWN_FIELD"),
    ],
)
def test_a_fault_has_its_code_and_its_path(change: dict[str, Any], path: str, code: str) -> None:
    result = judge({**EXAMPLE, **change})
    assert (result.valid, result.event, result.decoded) == (False, None, None)
    assert [(f.path, f.code) for f in result.errors] == [(path, code)]


def test_all_faults_are_named_at_once() -> None:
    result = judge({"chainId": 0, "data": 1})
    assert [f.code for f in result.errors] == ["OUT_OF_RANGE", *["MISSING_FIELD"] * 6, "WRONG_TYPE"]


@pytest.mark.parametrize("address", [str.lower, lambda a: "0x" + a[2:].upper(), str])
def test_addresses_of_one_case_need_no_checksum(address: Any) -> None:
    result = judge({**EXAMPLE, "address": address(EXAMPLE["address"])})
    assert result.valid
    assert result.event
    assert result.event.address == str(EXAMPLE["address"]).lower()


def test_a_removed_event_is_valid_and_warned_of() -> None:
    result = judge({**EXAMPLE, "removed": True})
    assert result.valid
    assert [w.code for w in result.warnings] == ["REMOVED"]
    assert result.decoded


def decoded(topics: list[str], data: str) -> dict[str, Any] | str:
    result = judge({**EXAMPLE, "topics": topics, "data": data})
    assert result.valid
    if result.decoded is None:
        return result.warnings[0].code
    return {"signature": result.decoded.signature, **result.decoded.args}


TRANSFER = topic_of("Transfer(address,address,uint256)")
SWAP_V3 = "Swap(address,address,int256,int256,uint160,uint128,int24)"


@pytest.mark.parametrize(
    ("topics", "data", "expected"),
    [
        ([TRANSFER, HOLDER, OTHER], word(2**256 - 1), {"value": str(2**256 - 1)}),
        ([TRANSFER, HOLDER, OTHER, "0x" + word(7)], "", {"tokenId": "7"}),
        ([topic_of("Deposit(address,uint256)"), HOLDER], word(5), {"dst": "0x" + "aa" * 20, "wad": "5"}),
        (
            [topic_of(SWAP_V3), HOLDER, OTHER],
            word(-5) + word(6) + word(2**160 - 1) + word(1) + word(-887272),
            {"amount0": "-5", "amount1": "6", "sqrtPriceX96": str(2**160 - 1), "tick": "-887272"},
        ),
        (
            [topic_of("TransferBatch(address,address,address,uint256[],uint256[])"), HOLDER, HOLDER, OTHER],
            word(64) + word(160) + word(2) + word(1) + word(2) + word(2) + word(10) + word(20),
            {"ids": ["1", "2"], "values": ["10", "20"]},
        ),
        (
            [topic_of("URI(string,uint256)"), "0x" + word(1)],
            word(32) + word(3) + "c3a962".ljust(64, "0"),
            {"value": "éb"},
        ),
        ([topic_of("ApprovalForAll(address,address,bool)"), HOLDER, OTHER], word(1), {"approved": True}),
    ],
)
def test_known_events_decode_exactly(topics: list[str], data: str, expected: dict[str, Any]) -> None:
    found = decoded(topics, "0x" + data)
    assert isinstance(found, dict)
    assert {name: found[name].lower() if name == "dst" else found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("topics", "data", "code"),
    [
        ([], "", "UNKNOWN_EVENT"),
        (["0x" + "12" * 32], word(1), "UNKNOWN_EVENT"),
        ([TRANSFER], word(1) * 3, "LAYOUT_MISMATCH"),
        ([TRANSFER, HOLDER, OTHER], "", "LAYOUT_MISMATCH"),
        ([TRANSFER, HOLDER, OTHER], word(1) * 2, "LAYOUT_MISMATCH"),
        ([TRANSFER, "0x" + "11" * 32, OTHER], word(1), "LAYOUT_MISMATCH"),
        ([topic_of("Sync(uint112,uint112)")], word(2**112) + word(1), "LAYOUT_MISMATCH"),
        ([topic_of("ApprovalForAll(address,address,bool)"), HOLDER, OTHER], word(2), "LAYOUT_MISMATCH"),
        ([topic_of("URI(string,uint256)"), "0x" + word(1)], word(2**255) + word(1), "LAYOUT_MISMATCH"),
        ([topic_of("URI(string,uint256)"), "0x" + word(1)], word(32) + word(2) + "ff" * 32, "LAYOUT_MISMATCH"),
    ],
)
def test_what_cannot_be_decoded_stays_valid_with_a_warning(topics: list[str], data: str, code: str) -> None:
    assert decoded(topics, "0x" + data) == code


def test_checksums_are_those_of_the_standard() -> None:
    for address in (
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ):
        assert checksum(address[2:].lower()) == address


def test_events_of_abi_files_are_known_too(tmp_path: Path) -> None:
    pair = {
        "name": "pair",
        "type": "tuple",
        "components": [{"name": "a", "type": "uint8"}, {"name": "b", "type": "bytes"}],
    }
    inputs = [{**pair, "indexed": False}, {"name": "note", "type": "string", "indexed": True}]
    (tmp_path / "own.json").write_text(json.dumps({"abi": [{"type": "event", "name": "Own", "inputs": inputs}]}))
    table = known_events(tmp_path)
    data = bytes.fromhex(word(32) + word(9) + word(64) + word(1) + "ab".ljust(64, "0"))
    topics = [keccak(b"Own((uint8,bytes),string)"), b"\x07" * 32]
    found = decode(table, topics, data)
    assert found
    assert found["args"] == {"pair": {"a": "9", "b": "0xab"}, "note": "0x" + "07" * 32}
    (tmp_path / "bad.json").write_text("[1]")
    with pytest.raises(ValueError, match=r"bad\.json"):
        known_events.__wrapped__(tmp_path)


def test_data_that_refers_to_itself_does_not_unfold_without_end() -> None:
    level = word(30) + word(30 * 32) * 30  # thirty times the array that follows
    nested = bytes.fromhex(word(32) + level * 5 + word(0))
    kind = codec("uint256[][][][][]")
    with pytest.raises(LayoutMismatch):
        decode_sequence([kind], Data(nested))


TEXTS = st.text("0x9aZ é\n\0", max_size=70)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
JSON = SCALARS | st.lists(SCALARS, max_size=4) | st.dictionaries(TEXTS, SCALARS, max_size=2)


@settings(deadline=None)
@given(st.fixed_dictionaries({}, optional={name: JSON | st.just(value) for name, value in EXAMPLE.items()}))
def test_no_event_brings_the_check_down(event: dict[str, Any]) -> None:
    [answer] = run(find("data.validate-blockchain-event"), [json.dumps({"event": event})])
    assert isinstance(answer, bytes), answer
    result = json.loads(answer)
    assert result["valid"] == (not result["errors"])


@settings(deadline=None)
@given(st.lists(st.binary(min_size=32, max_size=32), max_size=4), st.binary(max_size=256), st.data())
def test_no_log_brings_the_decoder_down(topics: list[bytes], data: bytes, draw: st.DataObject) -> None:
    table = known_events()
    first = draw.draw(st.sampled_from(sorted(table)))
    try:
        found = decode(table, [first, *topics], data)
    except LayoutMismatch:
        return
    assert found
