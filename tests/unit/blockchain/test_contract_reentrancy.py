"""Reentrancy in its forms: what hands control over, what is stale meanwhile, and what keeps the callee out."""

from __future__ import annotations

import pytest

from models.blockchain.contracts.source.analysis import analyze_source

BANK = """pragma solidity ^0.8.0;
contract Bank {
    mapping(address => uint) balances; bool busy; address owner = msg.sender;
    modifier locked() { require(!busy, "busy"); busy = true; _; busy = false; }
    modifier onlyOwner() { require(msg.sender == owner); _; }
    function put() external payable { balances[msg.sender] += msg.value; }
    function give(address to, uint amount) external GIVES { balances[msg.sender] -= amount; balances[to] += amount; }
    function take() external TAKES {
        uint amount = balances[msg.sender];
        PAY
        _forget(msg.sender);
    }
    function _forget(address who) internal { balances[who] = 0; }
}"""
FORWARDS = '(bool ok, ) = msg.sender.call{value: amount}(""); require(ok);'


def bank(gives: str = "", takes: str = "", pay: str = FORWARDS) -> str:
    return BANK.replace("GIVES", gives).replace("TAKES", takes).replace("PAY", pay)


def found(text: str) -> dict[str, int | None]:
    return {f.id: f.line for f in analyze_source(text).findings if f.category == "reentrancy"}


def test_another_function_is_the_way_in_where_the_first_is_locked() -> None:
    assert found(bank(takes="locked")) == {"cross-function-reentrancy": 10}


@pytest.mark.parametrize("pay", ["payable(msg.sender).sendValue(amount);", "Address.sendValue(msg.sender, amount);"])
def test_a_library_that_forwards_all_gas_hands_control_over(pay: str) -> None:
    assert found(bank(takes="locked", pay=pay)) == {"cross-function-reentrancy": 10}


@pytest.mark.parametrize(
    "text",
    [
        bank(gives="locked", takes="locked"),
        bank(gives="nonReentrant", takes="nonReentrant"),
        bank(gives="onlyOwner", takes="locked"),
        bank(takes="onlyOwner"),
        bank(pay="payable(msg.sender).transfer(amount);"),
        bank(pay="require(payable(msg.sender).send(amount));"),
        bank(pay=f"balances[msg.sender] = 0; {FORWARDS}").replace("        _forget(msg.sender);\n", ""),
    ],
    ids=["one lock", "lock by name", "other is the owner's", "owner's own", "transfer", "send", "effects first"],
)
def test_locks_little_gas_and_effects_first_keep_the_callee_out(text: str) -> None:
    assert found(text) == {}


def test_a_lock_of_another_name_keeps_nobody_out() -> None:
    text = bank(gives="other", takes="locked").replace(
        "modifier onlyOwner",
        "bool idle; modifier other() { require(!idle); idle = true; _; idle = false; } modifier onlyOwner",
    )
    assert set(found(text)) == {"cross-function-reentrancy"}


def test_without_a_lock_the_function_itself_is_the_way_in() -> None:
    assert found(bank()) == {"reentrancy": 10}


CALLBACK = """pragma solidity ^0.8.0;
interface Hook { function onClaim() external MUTABILITY; function isReady() external view returns (bool); }
contract Gifts {
    mapping(address => bool) got; mapping(address => bool) listed; uint given;
    function claim(Hook hook) external {
        require(!got[msg.sender]CHECK);
        hook.CALL();
        got[msg.sender] = true; given += 1;
    }
}"""


def gifts(call: str = "onClaim", mutability: str = "", check: str = "") -> str:
    return CALLBACK.replace("CALL", call).replace("MUTABILITY", mutability).replace("CHECK", check)


def test_a_contract_of_the_callers_choice_can_pass_a_check_again() -> None:
    assert found(gifts()) == {"reentrancy-callback": 7}


@pytest.mark.parametrize(
    "text",
    [
        gifts(call="isReady"),
        gifts(mutability="view"),
        gifts(check=" && listed[address(hook)]").replace("listed[address(hook)]", "listed[hook]"),
        gifts().replace("function claim(Hook hook)", "Hook hook; function claim()"),
    ],
    ids=["a question", "view", "a listed contract", "a contract of its own"],
)
def test_calls_that_cannot_come_back_or_are_trusted_are_none(text: str) -> None:
    assert found(text) == {}


def test_a_safe_mint_asks_the_receiver() -> None:
    text = """pragma solidity ^0.8.0;
import "ERC721.sol";
contract Drop is ERC721 {
    mapping(address => uint) minted; uint next;
    function mint() external {
        require(minted[msg.sender] < 1);
        _safeMint(msg.sender, next++);
        minted[msg.sender] += 1;
    }
}"""
    assert found(text) == {"reentrancy-callback": 7}


def test_entries_of_a_called_token_are_its_own_affair() -> None:
    text = """pragma solidity ^0.8.0;
interface IERC20 { function transferFrom(address a, address b, uint v) external returns (bool); }
contract Desk {
    mapping(address => mapping(address => uint)) books;
    function put(address token, uint amount) external {
        require(books[token][msg.sender] + amount < 1000);
        require(IERC20(token).transferFrom(msg.sender, address(this), amount));
        books[token][msg.sender] += amount;
    }
}"""
    assert found(text) == {}


POOL = """pragma solidity ^0.8.0;
contract Pool {
    uint supply; mapping(address => uint) shares; bool busy;
    modifier locked() { require(!busy); busy = true; _; busy = false; }
    function take(uint amount) external locked {
        shares[msg.sender] -= amount;
        (bool ok, ) = msg.sender.call{value: amount}(""); require(ok);
        supply -= amount;
    }
    function price() external view returns (uint) { return VIEW; }
}"""


def test_a_price_is_wrong_while_a_payment_runs() -> None:
    assert found(POOL.replace("VIEW", "address(this).balance * 1e18 / supply")) == {"read-only-reentrancy": 7}


@pytest.mark.parametrize("view", ["supply", "shares[msg.sender]", "address(this).balance", "supply / 2"])
def test_a_view_of_one_thing_alone_fits(view: str) -> None:
    assert found(POOL.replace("VIEW", view)) == {}


def test_a_view_that_asks_for_the_lock_does_not_answer_meanwhile() -> None:
    text = POOL.replace("{ return VIEW;", "{ require(!busy); return address(this).balance / supply;")
    assert found(text) == {}
