"""Hostile sources: whatever multiplies in a text is followed within bounds, and the notes say what was not."""

from __future__ import annotations

import json

import pytest

from models.blockchain.contracts.source.analysis import analyze_source
from models.blockchain.contracts.source.comments import without_comments

HEAD = "pragma solidity ^0.4.19; contract A { uint x; mapping(address => uint) b; "


def called_by_each_other(count: int) -> str:
    calls = "".join(f"f{i}();" for i in range(count))
    return HEAD + "".join(f"function f{i}() public {{ {calls} x++; }}" for i in range(count)) + "}"


def nested_bodies_that_call(depth: int) -> str:
    """Deep statements, deep expressions and calls between functions: each alone is allowed, all together are not."""
    inner = "if (x > 1) { " * depth + "x = " + "g(" * depth + "f<next>()" + ")" * depth + ";" + "}" * depth
    functions = [
        f"function f{i}() public returns (uint) {{ {inner.replace('<next>', str(i + 1))} }}" for i in range(12)
    ]
    return HEAD + "".join(functions) + "}"


FOLLOWED_IN_PART = {
    "functions that all call each other": called_by_each_other(60),
    "calls in deep bodies and deep expressions": nested_bodies_that_call(30),
    "modifiers that run what they modify eight times": HEAD
    + "modifier m() { _; _; _; _; _; _; _; _; } function f() public "
    + "m " * 30
    + "{ x++; } }",
    "thousands of conditions around every step": HEAD
    + "function f(uint a) public { "
    + "require(a > x); " * 4000
    + "b[msg.sender] = a; " * 2000
    + "} }",
    "more steps than are kept": HEAD + "function f(uint a) public { " + "x = a; " * 2000 + "} }",
}


@pytest.mark.parametrize("shape", FOLLOWED_IN_PART)
def test_what_multiplies_is_followed_in_part_with_a_note(shape: str) -> None:
    report = analyze_source(FOLLOWED_IN_PART[shape])
    assert any("followed in part" in note for note in report.notes)
    assert report.functions


def test_a_long_function_does_not_spoil_the_others() -> None:
    report = analyze_source(
        HEAD
        + "function f(uint a) public { "
        + "x = a; " * 2000
        + "} function g() public { selfdestruct(msg.sender); } }"
    )
    assert "open-selfdestruct" in {finding.id for finding in report.findings}


def test_a_large_base_of_many_contracts_is_looked_at_for_the_last_ones() -> None:
    base = HEAD + "".join(f"function f{i}(uint a) public {{ x = a{' + x' * 60}; }}" for i in range(150)) + "}"
    report = analyze_source(base + "".join(f"contract C{i} is A {{}} " for i in range(60)))
    assert any("contracts are judged" in note for note in report.notes)
    assert "arithmetic" in {finding.id for finding in report.findings}


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "function f() public " + "m " * 5000 + "{ x++; } modifier m { _; } }",
        HEAD + "function f() public { " + "if (x == 1) { x = 2; } else " * 3000 + "{ x = 3; } } }",
        HEAD + "function f() public { " + "unchecked { " * 3000 + "x++; " + "}" * 3000 + "} }",
        HEAD + "function f() public { x = " + "a ? 1 : " * 4000 + "2; } }",
        HEAD + "function f() public { " + "bool a = msg.sender.call(); " * 2000 + "} }",
        "".join(f"contract C{i} is C{(i * 7 + 1) % 300}, C{(i * 3 + 2) % 300} {{ }} " for i in range(300)),
        HEAD
        + "address o; address p; function transfer(address to, uint v) public { "
        + "require(to != p || msg.sender == o); " * 2000
        + "b[msg.sender] -= v; b[to] += v; } "
        + "function f() public { require(msg.sender == o); } " * 2000
        + "}",
        "/* " + "* /" * 30_000,
        HEAD + "/*" * 30_000,
        'contract A { string s = "' + "a" * 90_000,
        "pragma solidity " + " " * 90_000,
    ],
    ids=[
        "modifiers",
        "else-if",
        "blocks",
        "ternaries",
        "results",
        "cycles",
        "demands",
        "comment",
        "comments",
        "string",
        "pragma",
    ],
)
def test_nothing_overflows_the_stack_or_takes_the_square_of_its_size(text: str) -> None:
    assert isinstance(analyze_source(text).notes, list)


def test_file_names_of_a_standard_input_may_hold_anything() -> None:
    sources = {f"\ud800{i}.sol": {"content": f"contract C{i} {{ }} // \udfff"} for i in range(3)}
    report = analyze_source(json.dumps({"sources": sources}))
    assert "C0" not in report.notes[0]
    assert report.notes[0].encode()


def test_comments_and_open_strings_are_blanks_of_the_same_size() -> None:
    text = """a "//x" b // c "\n/* d\n e */ f '/*' g "h\ni \"'" j /* k"""
    made = without_comments(text)
    assert len(made) == len(text)
    assert made.split() == ["a", '"//x"', "b", "f", "'/*'", "g", "i", """\"'\"""", "j"]


def test_structs_of_structs_do_not_multiply_in_a_signature() -> None:
    structs = "".join(f"struct S{i} {{ " + "".join(f"S{i - 1} m{j}; " for j in range(30)) + "} " for i in range(1, 6))
    functions = "function f(S1 s) public {} function g(S5 s) public {}"
    report = analyze_source(f"contract A {{ struct S0 {{ uint a; }} {structs} {functions} }}")
    assert [f.signature[:12] for f in report.functions] == ["f(((uint256)"]


def test_a_long_text_is_read_like_a_short_one() -> None:
    text = "contract A { string s = 'é'; function f() public { x.send(1); } }"
    short, long = analyze_source(text), analyze_source("\n" * 100_000 + text)
    assert [f.evidence for f in short.findings] == [f.evidence for f in long.findings] == ["A.f: x.send(1)"]
    assert long.findings[0].line == 100_001


@pytest.mark.parametrize("bases", ["A", "B"])
def test_contracts_that_inherit_each_other_are_judged(bases: str) -> None:
    text = f"contract A is {bases} {{ function f() public {{ selfdestruct(msg.sender); }} }} contract B is A {{ }}"
    report = analyze_source(text)
    assert "open-selfdestruct" in {finding.id for finding in report.findings}


def test_a_text_of_too_many_words_is_read_in_part_with_a_note() -> None:
    before = "function kill() public { selfdestruct(msg.sender); } "
    report = analyze_source(HEAD + before + "function f() public { " + "a[b];" * 200_000 + "} }")
    assert "line 1: the first 500,000 words and signs are read, the rest is not" in report.notes
    assert "open-selfdestruct" in {finding.id for finding in report.findings}


def test_more_functions_than_are_told_are_counted() -> None:
    report = analyze_source(HEAD + "".join(f"address public a{i}; " for i in range(1500)) + "}")
    assert len(report.functions) == 1000
    assert "1500 functions: those after the first 1000 are left out" in report.notes


def test_a_function_of_more_arguments_than_any_machine_takes_is_left_out() -> None:
    report = analyze_source(HEAD + "function f(" + "int," * 20_000 + "int) public {} function g(int) public {} }")
    assert [function.signature for function in report.functions] == ["g(int256)"]


@pytest.mark.parametrize(
    "sources",
    [None, 5, [{"content": "contract A {}"}], {"a.sol": {"urls": ["https://example.org/a.sol"]}}, {"a": None, "b": 1}],
)
def test_a_standard_input_without_texts_says_so(sources: object) -> None:
    report = analyze_source(json.dumps({"language": "Solidity", "sources": sources}))
    assert report.notes[0].startswith("the JSON input has no sources with their content")


def test_files_that_import_each_other_are_read_once() -> None:
    files = {
        "/a.sol": {"content": 'import "b.sol"; import "/a.sol"; contract A { function f() public {} }'},
        "b.sol": {"content": 'import "/a.sol"; contract B is A { function g() public { selfdestruct(msg.sender); } }'},
    }
    report = analyze_source(json.dumps({"sources": files}))
    assert [(finding.id, finding.line) for finding in report.findings] == [("open-selfdestruct", 2)]
