"""Bytecode: selectors, mutability, proxies, metadata, weaknesses."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from models.blockchain.contracts.bytecode.analysis import BytecodeReport, analyze_bytecodes
from models.blockchain.contracts.bytecode.metadata import cut_runtime, read_metadata
from models.blockchain.contracts.bytecode.reading import read_programs
from models.blockchain.contracts.signatures import known_signatures, sections, selector_of

ADDRESS = "be" * 20
CLONE = f"363d3d373d3d3d363d73{ADDRESS}5af43d82803e903d91602b57fd5bf3"


def analyze_bytecode(code: bytes) -> BytecodeReport:
    return analyze_bytecodes([code])[0]


def slot(name: str) -> str:
    return f"{int.from_bytes(keccak(name.encode()), 'big') - 1:064x}"


def forwarder(target: str) -> bytes:
    """A fallback that hands everything to the address that `target` leaves on the stack."""
    return bytes.fromhex(f"6080604052366000803760006000366000{target}5af4600080fd00")


@pytest.mark.parametrize(
    ("code", "standard", "implementation"),
    [
        (bytes.fromhex(CLONE), "eip-1167", "0x" + ADDRESS),
        (forwarder(f"7f{slot('eip1967.proxy.implementation')}54"), "eip-1967", None),
        (forwarder(f"7f{slot('eip1967.proxy.beacon')}54"), "eip-1967-beacon", None),
        (forwarder(f"7f{keccak(b'PROXIABLE').hex()}54"), "eip-1822", None),
        (forwarder(f"7f{keccak(b'diamond.standard.diamond.storage').hex()}54"), "eip-2535", None),
        (forwarder("600354") + bytes(256), "custom", None),
    ],
)
def test_proxies_are_told_apart(code: bytes, standard: str, implementation: str | None) -> None:
    proxy = analyze_bytecode(code).proxy
    assert proxy is not None
    assert (proxy.standard, proxy.implementation) == (standard, implementation)


def test_a_custom_proxy_names_its_slot() -> None:
    proxy = analyze_bytecode(forwarder("600354") + bytes(256)).proxy
    assert proxy is not None
    assert proxy.slot == f"0x{3:064x}"


def function(selector: str, body: str, check: str) -> bytes:
    """One function behind a dispatcher, the test of CALLVALUE given as `check`."""
    head = bytes.fromhex(f"6060604052600035{'60e060020a'}900463{selector}14601e57").ljust(0x1E, b"\0")
    return head + bytes.fromhex("5b" + check + body)


@pytest.mark.parametrize(
    ("check", "body", "mutability"),
    [
        ("3461000257", "600054600052602060 00f3", "view"),
        ("3461000257", "602a600055 00", "nonpayable"),
        ("", "602a600055 00", "payable"),
        ("348015602857600080fd5b", "600054600052602060 00f3", "view"),
    ],
)
def test_payability_follows_the_test_of_callvalue_of_every_compiler(check: str, body: str, mutability: str) -> None:
    [found] = analyze_bytecode(function("12345678", body, check)).functions
    assert (found.selector, found.mutability) == ("0x12345678", mutability)


def test_metadata_names_compiler_and_file() -> None:
    record = bytes.fromhex("a2646970667358221220") + bytes(range(32)) + bytes.fromhex("64736f6c63430008130033")
    metadata, end = read_metadata(b"\0" * 10 + record)
    assert metadata is not None
    assert (metadata.compiler, end) == ("0.8.19", 10)
    assert metadata.ipfs and metadata.ipfs.startswith("Qm")


def test_creation_code_is_cut_to_its_runtime() -> None:
    runtime = bytes.fromhex("6080604052600080fd00")
    creation = bytes.fromhex("6080604052348015600f57600080fd5b50600a80601d6000396000f3fe") + runtime
    assert cut_runtime(creation) == runtime
    assert cut_runtime(runtime) is None
    assert "creation code" in analyze_bytecode(creation).notes[0]


def test_open_selfdestruct_is_critical_and_a_guarded_one_is_not() -> None:
    open_ = analyze_bytecode(function("12345678", "33ff", "3461000257"))
    assert [(f.id, f.severity) for f in open_.findings] == [("unprotected-selfdestruct", "critical")]
    guarded = analyze_bytecode(function("12345678", "600054331460305700".ljust(26, "0") + "5b33ff", "3461000257"))
    assert "critical" not in {f.severity for f in guarded.findings}


def test_no_code_says_so() -> None:
    report = analyze_bytecode(b"")
    assert report.functions == []
    assert "empty" in report.notes[0]


@given(st.binary(min_size=1, max_size=3000))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_cut_into_blocks_that_cover_them(code: bytes) -> None:
    [program] = read_programs([code])
    assert len(program.first) == len(program.reached) and program.reached[0]
    assert program.pcs[0] == 0 and program.pcs[-1] < len(code)
    analyze_bytecode(code)


def deployed(data_dir: Path) -> list[dict[str, Any]]:
    path = data_dir / "chain" / "selectors" / "onchain_runtime_with_abi.json.gz"
    rows: list[dict[str, Any]] = json.loads(gzip.decompress(path.read_bytes()))
    return [row for row in rows if hashlib.sha256(row["address"].encode()).digest()[0] % 2]


@pytest.mark.data
def test_selectors_arguments_and_mutability_of_deployed_contracts(data_dir: Path) -> None:
    rows = deployed(data_dir)[:80]
    exact = arguments = mutability = total = scored = 0
    for row in rows:
        runtime = bytes.fromhex(row["runtime"].removeprefix("0x"))
        found = {f.selector[2:]: f for f in analyze_bytecode(runtime).functions}
        exact += set(found) == set(row["functions"])
        for selector, truth in row["functions"].items():
            signature = truth["signature"]
            total += 1
            arguments += signature[signature.index("(") + 1 : -1] == ",".join(found[selector].arguments)
            if not row["compiler"].startswith(("v0.1", "v0.2", "v0.3")):
                scored += 1
                mutability += truth["mutability"] == found[selector].mutability
    assert exact == len(rows)
    assert arguments / total > 0.95
    assert mutability / scored > 0.95


def test_known_signatures_are_canonical_and_stand_for_one_selector_each() -> None:
    names = [words[0] for file in ("signatures.txt", "interfaces.txt") for s in sections(file).values() for words in s]
    assert len(set(map(selector_of, names))) == len(set(names)) == len(known_signatures())
    kind = r"(?:u?int(?:[1-9]\d?|1\d\d|2[0-5]\d)|address|bool|string|bytes(?:[1-9]|[12]\d|3[0-2])?|T)(?:\[\d*\])*"
    for name in names:
        types = name[name.index("(") :]
        while (shorter := re.sub(rf"\((?:{kind}(?:,{kind})*)?\)", "T", types)) != types:
            types = shorter
        assert types == "T", name


def test_selectors_are_computed_from_signatures() -> None:
    assert selector_of("transfer(address,uint256)") == "0xa9059cbb"
