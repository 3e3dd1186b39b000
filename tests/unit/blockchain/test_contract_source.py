"""Source: every rule finds its own example, honeypots and token powers are told, broken text gives what it can."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.blockchain.contracts.source.analysis import analyze_source
from models.blockchain.contracts.source.expressions import expression
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.parse import parse
from models.blockchain.contracts.source.rules.base import RULES, IncompleteRule, Rule

SAFE_TOKEN = """pragma solidity ^0.8.20;
contract Token {
    mapping(address => uint256) private balances;
    mapping(address => mapping(address => uint256)) private allowed;
    uint256 public totalSupply;
    constructor() { totalSupply = 1e24; balances[msg.sender] = 1e24; }
    function balanceOf(address who) external view returns (uint256) { return balances[who]; }
    function approve(address to, uint256 value) external returns (bool) {
        allowed[msg.sender][to] = value; return true;
    }
    function transfer(address to, uint256 value) external returns (bool) { _move(msg.sender, to, value); return true; }
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        allowed[from][msg.sender] -= value; _move(from, to, value); return true;
    }
    function _move(address from, address to, uint256 value) internal { balances[from] -= value; balances[to] += value; }
}"""


def with_power(code: str, check: str = "") -> str:
    """The safe token with an owner, another function, and a condition on transfers."""
    text = SAFE_TOKEN.replace("uint256 public totalSupply;", "uint256 public totalSupply; address owner = msg.sender;")
    text = text.replace("{ balances[from] -= value;", "{ " + check + " balances[from] -= value;")
    return text[:-1] + "modifier only { require(msg.sender == owner); _; }" + code + "}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_finds_its_example_at_a_line_of_it(rule: Rule) -> None:
    found = [finding for finding in analyze_source(rule.example).findings if finding.id == rule.id]
    assert found
    assert 1 <= (found[0].line or 0) <= rule.example.count("\n") + 1
    assert (found[0].category, found[0].swc) == (rule.category, rule.swc)


def test_rules_have_different_ids() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES) >= 20


def test_an_incomplete_rule_is_refused_and_says_what_is_missing() -> None:
    with pytest.raises(IncompleteRule, match="why"):
        type("Half", (Rule,), {"id": "half", "title": "t", "what": "w", "example": "e"})


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("!a.send(x)", "unary"),
        ("a == b.c()", "binary"),
        ("x && a[i] > b[j]", "binary"),
        ("a.b{value: 1}(x)", "call"),
        ("x ? a.b() : c.d()", "ternary"),
    ],
)
def test_postfix_forms_bind_to_the_last_operand(text: str, meaning: str) -> None:
    unit = parse(f"contract A {{ function f() {{ {text}; }} }}")
    body = unit.contracts[0].functions[0].body
    assert body is not None
    assert body[0].expressions[0].kind == meaning
    assert str(body[0].expressions[0]) == text


def test_comparison_binds_tighter_than_and() -> None:
    body = parse("contract A { function f() { x && a[i] > b[j]; } }").contracts[0].functions[0].body
    assert body is not None
    assert body[0].expressions[0].text == "&&"


def test_a_safe_token_gives_nobody_power() -> None:
    report = analyze_source(SAFE_TOKEN)
    assert report.token is not None
    assert (report.token.standard, report.token.powers) == ("erc20", [])
    assert [f for f in report.findings if f.severity not in ("info", "low")] == []


@pytest.mark.parametrize(
    ("code", "check", "power"),
    [
        ("function mint(address a, uint256 v) external only { totalSupply += v; balances[a] += v; }", "", "mintable"),
        ("function set(address a, uint256 v) external only { balances[a] = v; }", "", "owner_can_drain"),
        ("function burn(address a, uint256 v) external only { balances[a] -= v; }", "", "owner_can_drain"),
        (
            "mapping(address => bool) bad; function ban(address a) external only { bad[a] = true; }",
            "require(!bad[from]);",
            "transfers_limited",
        ),
        (
            "bool stopped; function stop() external only { stopped = true; }",
            "if (stopped) revert();",
            "transfers_limited",
        ),
    ],
)
def test_each_power_over_a_token_is_seen(code: str, check: str, power: str) -> None:
    token = analyze_source(with_power(code, check)).token
    assert token is not None
    assert power in token.powers


def test_burning_ones_own_tokens_is_no_power() -> None:
    token = analyze_source(with_power("function burn(uint256 v) external { balances[msg.sender] -= v; }")).token
    assert token is not None
    assert token.powers == []


HONEYPOTS = {
    "balance_disorder": "function a() public payable {"
    " if (msg.value >= this.balance) msg.sender.transfer(this.balance); }",
    "hidden_state_update": "bytes32 h; function set(bytes32 x) public payable { h = x; } function get(bytes p) public"
    " payable { if (h == keccak256(p)) { msg.sender.transfer(this.balance); } }",
    "hidden_transfer": "address o; function a() public payable { if (msg.value > 1 ether) {"
    + " " * 200
    + "o.transfer(this.balance);\n msg.sender.transfer(this.balance); } }",
    "uninitialised_struct": "uint secret; struct G { address p; uint n; } function play(uint n) public payable { G g;"
    " g.n = n; if (n == secret) { msg.sender.transfer(this.balance); } }",
    "skip_empty_string_literal": "function log(uint a, bytes32 m, address t) public { t.call.value(a)(); }"
    ' function out(uint a) public { this.log(a, "", msg.sender); }',
    "type_deduction_overflow": "function a() public payable { uint s; for (var i = 0; i < msg.value; i++) { s += 1; }"
    " msg.sender.transfer(s); }",
    "straw_man_contract": "Log log; function Set(address l) public { log = Log(l); } mapping(address => uint) b;"
    " function out(uint a) public { if (b[msg.sender] >= a) { if (msg.sender.call.value(a)()) { b[msg.sender] -= a;"
    " log.add(a); } } }",
}


@pytest.mark.parametrize("technique", HONEYPOTS)
def test_each_honeypot_technique_is_told(technique: str) -> None:
    text = "pragma solidity ^0.4.19; contract Log { function add(uint a) public {} } contract P {"
    report = analyze_source(text + HONEYPOTS[technique] + "}")
    assert technique in report.honeypot.techniques
    assert report.honeypot.score > 0.5


def test_inheritance_disorder_is_told() -> None:
    report = analyze_source("""pragma solidity ^0.4.19;
contract Owned { address owner = msg.sender; modifier onlyOwner { require(msg.sender == owner); _; } }
contract Pot is Owned { address owner; function () public payable { owner = msg.sender; }
  function take() public onlyOwner { msg.sender.transfer(this.balance); } }""")
    assert "inheritance_disorder" in report.honeypot.techniques


def test_a_broken_file_gives_what_can_be_read_and_says_so() -> None:
    report = analyze_source("contract A { function ok() public { x.send(1); } function bad( { } uint $$; }")
    assert "unchecked-call" in {finding.id for finding in report.findings}
    assert any("could not be read" in note for note in report.notes)


def test_standard_json_is_unwrapped() -> None:
    text = '{"sources": {"A.sol": {"content": "contract A { function f() public { x.send(1); } }"}}}'
    for wrapped in (text, "{" + text + "}"):
        report = analyze_source(wrapped)
        assert [f.id for f in report.findings] == ["unchecked-call"]
        assert "A.sol" in report.notes[0]


def test_functions_are_named_as_in_an_abi() -> None:
    text = "contract B {} contract A { struct S { uint a; B b; } enum E { X } function f(S s, E[] e) public {} }"
    assert [f.signature for f in analyze_source(text).functions] == ["f((uint256,address),uint8[])"]


PIECES = ["contract A ", "function f() ", "{", "}", "(", ")", "a.b", "[", "]", "if ", "=", ";", "!", '"', "\0", "é"]


@given(st.lists(st.sampled_from(PIECES), max_size=400).map("".join))
@settings(max_examples=80, deadline=None)
def test_any_text_gets_a_report(text: str) -> None:
    report = analyze_source(text)
    assert all(finding.line and finding.line >= 1 for finding in report.findings)


@pytest.mark.parametrize(
    "body", ["x = " + "(" * 20_000, "x = " + "!" * 20_000 + "a;", "if (a) " * 20_000, "x = a" + " + a" * 20_000 + ";"]
)
def test_deep_nesting_is_bounded(body: str) -> None:
    report = analyze_source("contract A { function f() public { " + body + " } }")
    assert isinstance(report.notes, list)


def test_functions_that_call_each_other_are_unfolded_within_bounds() -> None:
    functions = [f"function f{i}() public {{ " + " ".join(f"f{j}();" for j in range(30)) + " x++; }" for i in range(30)]
    text = "contract A { uint x; " + " ".join(functions) + " }"
    assert Model(parse(text)).leaves[0].flows[0].steps
    assert expression(None).kind == "unknown"


def test_inheritance_by_many_ways_is_followed_within_bounds() -> None:
    text = "".join(f"contract A{i} is A{i + 1}, A{i + 2} {{ function f() public {{ x.send(1); }} }}" for i in range(90))
    assert len(Model(parse(text)).views) == 90


def test_a_base_of_several_comes_after_all_that_inherit_it() -> None:
    model = Model(parse("contract A {} contract B is A {} contract C is A {} contract D is B, C {}"))
    assert [contract.name for contract in model.views[-1].lineage] == ["D", "C", "B", "A"]
