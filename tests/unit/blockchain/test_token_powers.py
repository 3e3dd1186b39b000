"""Powers over a token from its source: each construct gives the power that it means, and harmless ones give none."""

from __future__ import annotations

import pytest

from models.blockchain.contracts.source.analysis import analyze_source
from models.blockchain.contracts.token import TokenPowers

_ROLE = "mapping(address => bool) minters; function setMinter(address m) public onlyOwner { minters[m] = true; }"
_WARDS = (
    "mapping(address => uint) wards; constructor() { wards[msg.sender] = 1; } "
    "modifier auth { require(wards[msg.sender] == 1); _; } function rely(address a) public auth { wards[a] = 1; }"
)
_ACCESS_CONTROL = """
    struct RoleData { mapping(address => bool) members; bytes32 adminRole; }
    mapping(bytes32 => RoleData) private _roles; bytes32 constant MINTER = keccak256("MINTER");
    function _msgSender() internal view returns (address) { return msg.sender; }
    function hasRole(bytes32 r, address a) public view returns (bool) { return _roles[r].members[a]; }
    modifier onlyRole(bytes32 r) { _checkRole(r); _; }
    function _checkRole(bytes32 r) internal view { _checkRole(r, _msgSender()); }
    function _checkRole(bytes32 r, address a) internal view { if (!hasRole(r, a)) { revert("no"); } }
    function grantRole(bytes32 r, address a) public onlyRole(0x00) { _roles[r].members[a] = true; }
"""
_PAIR = "function list(Factory f) public onlyOwner { pair = f.createPair(address(this), address(0)); }"
_FIXED_PAIR = "constructor(Factory f) { pair = f.createPair(address(this), address(0)); }"
_FEES = (
    "struct Fees { uint buy; uint sell; } Fees fees; "
    "function setFees(uint a, uint b) public onlyOwner { fees.buy = a; fees.sell = b; }"
)
_FEE = "uint x = v * fee / 100; balances[owner] += x; v -= x;"


def token(state: str = "", check: str = "", first: str = "", spend: str = "", functions: str = "") -> TokenPowers:
    """The safe token with more state, a condition on all transfers, one on `transfer`, another spending, functions."""
    spending = spend or "allowed[f][msg.sender] -= v;"
    found = analyze_source(
        f"""pragma solidity ^0.8.0;
contract T {{
    mapping(address => uint) balances; mapping(address => mapping(address => uint)) allowed;
    uint public totalSupply; address owner; address pair; {state}
    modifier onlyOwner {{ require(msg.sender == owner); _; }}
    function balanceOf(address a) public view returns (uint) {{ return balances[a]; }}
    function _transfer(address f, address t, uint v) internal {{ {check} balances[f] -= v; balances[t] += v; }}
    function transfer(address t, uint v) public returns (bool) {{ {first} _transfer(msg.sender, t, v); return true; }}
    function approve(address s, uint v) public returns (bool) {{ allowed[msg.sender][s] = v; return true; }}
    function transferFrom(address f, address t, uint v) public returns (bool) {{ {spending} _transfer(f, t, v); }}
    {functions}
}}"""
    ).token
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("parts", "powers"),
    [
        ({"state": _ROLE, "functions": "function m(address a) public { require(minters[msg.sender]); balances[a]++; }"},
         ["mintable"]),
        ({"state": _WARDS, "functions": "function mint(address a) public auth { balances[a] += 9; }"}, ["mintable"]),
        ({"state": _ACCESS_CONTROL, "functions": "function m(address a) public onlyRole(MINTER) { balances[a] += 9; }"},
         ["mintable"]),
        ({"functions": "function m(address a) public { address s = msg.sender; require(s == owner); balances[a]++; }"},
         ["mintable"]),
        ({"functions": "function m(uint v) public { if (msg.sender != owner) revert(); totalSupply += v; }"},
         ["mintable"]),
        ({"functions": "function m() public { require(uint160(msg.sender) == 12345); balances[msg.sender]++; }"},
         ["mintable"]),
        ({"functions": "function m() public { require(sha256(abi.encode(msg.sender)) == 0x1); totalSupply++; }"},
         ["mintable"]),
        ({"functions": "function m() public { require(msg.sender == owner || owner == address(0)); totalSupply++; }"},
         ["mintable"]),
        ({"first": "if (msg.sender == owner) { balances[t] += v; return true; }"}, ["mintable"]),
        ({"functions": "function m(uint v) public onlyOwner { assembly { sstore(keccak256(0, 64), balances.slot) } }"},
         ["mintable"]),
        ({"functions": "function burn(address a, uint v) public onlyOwner { balances[a] -= v; }"}, ["owner_can_drain"]),
        ({"functions": "function wipe(address a) public onlyOwner { balances[a] = 0; }"}, ["owner_can_drain"]),
        ({"functions": "function wipe(address a, uint v) public onlyOwner { balances[a] = balances[a] - v + 1; }"},
         ["mintable", "owner_can_drain"]),
        ({"functions": "function force(address a, address b, uint v) public onlyOwner { _transfer(a, b, v); }"},
         ["owner_can_drain"]),
        ({"state": _PAIR, "functions": "function rug(uint v) public onlyOwner { balances[pair] -= v; }"},
         ["owner_can_drain"]),
        ({"functions": "function grant(address a) public onlyOwner { allowed[a][owner] = 2 ** 256 - 1; }"},
         ["owner_can_drain"]),
        ({"spend": "if (msg.sender != owner) { allowed[f][msg.sender] -= v; }"}, ["owner_can_drain"]),
        ({"functions": "function kill() public onlyOwner { selfdestruct(payable(owner)); }"}, ["owner_can_drain"]),
        ({"state": "uint fee; function setFee(uint v) public onlyOwner { fee = v; }", "check": _FEE},
         ["owner_can_drain", "transfers_limited"]),
        ({"state": "bool busy; modifier lock { require(!busy); busy = true; _; busy = false; }",
          "functions": "function m(address a) public lock onlyOwner { balances[a]++; }"}, ["mintable"]),
        ({"functions": "function m(address a) public onlyOwner { move(address(0), a); } "
          "function move(address f, address t) internal { balances[t]++; if (f != address(0)) { balances[f]--; } }"},
         ["mintable"]),
        ({"check": "allowed[f][owner] = 2 ** 256 - 1;"}, ["owner_can_drain"]),
        ({"check": "allowed[t][0x1111111111111111111111111111111111111111] = 2 ** 256 - 1;"}, ["owner_can_drain"]),
        ({"state": "uint fee; function setFee(uint v) public onlyOwner { require(v <= 100); fee = v; }",
          "check": _FEE}, ["owner_can_drain", "transfers_limited"]),
        ({"state": "uint fee; function setFee(uint v) public onlyOwner { require(v >= 1); fee = v; }", "check": _FEE},
         ["owner_can_drain", "transfers_limited"]),
        ({"state": _FEES, "check": "uint r = fees.sell; balances[owner] += v * r / 100;"},
         ["owner_can_drain", "transfers_limited"]),
        ({"state": "uint price; function setPrice(uint v) public onlyOwner { price = v; }",
          "functions": "function sell(uint v) public { balances[msg.sender] -= v; send(v * price); }"},
         ["owner_can_drain"]),
    ],
)  # fmt: skip
def test_each_construct_gives_its_power(parts: dict[str, str], powers: list[str]) -> None:
    assert token(**parts).powers == powers


@pytest.mark.parametrize(
    ("state", "check", "feature"),
    [
        ("bool paused; function pause(bool b) public onlyOwner { paused = b; }", "require(!paused);", "pause"),
        ("bool open; function go() public onlyOwner { open = true; }", "require(open || f == owner);",
         "trading_switch"),
        ("mapping(address => bool) bots; function bot(address a) public onlyOwner { bots[a] = true; }",
         "if (bots[f]) revert();", "blacklist"),
        ("uint most; function setMost(uint v) public onlyOwner { most = v; }", "if (f != owner) require(v <= most);",
         "amount_limit"),
        ("mapping(address => uint) last; uint wait; function setWait(uint v) public onlyOwner { wait = v; }",
         "require(block.timestamp > last[f] + wait); last[f] = block.timestamp;", "cooldown"),
        ("Guard guard; function setGuard(Guard g) public onlyOwner { guard = g; }", "guard.check(f, t, v);",
         "external_check"),
        (_FIXED_PAIR, "require(t != pair || f == owner);", "owner_only"),
        (_FIXED_PAIR, "if (t == pair) require(f == owner);", "owner_only"),
        (_FIXED_PAIR, "if (t == pair && f != owner) revert();", "owner_only"),
        ("mapping(address => bool) bad; function ban(address a) public onlyOwner { bad[a] = true; } "
         "function may(address a) internal view returns (bool) { if (bad[a]) { return false; } return true; }",
         "require(may(f));", "blacklist"),
    ],
)  # fmt: skip
def test_how_transfers_are_limited_is_named(state: str, check: str, feature: str) -> None:
    found = token(state, check)
    assert found.powers == ["transfers_limited"]
    assert feature in found.features


@pytest.mark.parametrize(
    "parts",
    [
        {"state": "mapping(address => bool) claimed;",
         "functions": "function claim() public { require(!claimed[msg.sender]); claimed[msg.sender] = true; "
         "balances[msg.sender]++; }"},
        {"state": "mapping(address => uint) stakes;",
         "functions": "function stake(uint v) public { stakes[msg.sender] += v; } "
         "function leave() public { require(stakes[msg.sender] > 0); balances[msg.sender]++; }"},
        {"state": "mapping(address => bool) bad; function ban(address a) public onlyOwner { bad[a] = true; }",
         "functions": "function buy() public payable { require(!bad[msg.sender]); balances[msg.sender]++; }"},
        {"state": "bool ready;",
         "functions": "function init(address o) public { require(!ready); ready = true; balances[o] = 1000; }"},
        {"functions": "function mine() public { require(tx.origin == msg.sender); balances[msg.sender] += 1; }"},
        {"functions": "function m() public { require(I(msg.sender).isFriend(msg.sender)); balances[msg.sender]++; }"},
        {"functions": "function move(address a, uint v) public { require(msg.sender == a); _transfer(a, owner, v); }"},
        {"functions": "function burnFrom(address a, uint v) public { allowed[a][msg.sender] -= v; balances[a] -= v; }"},
        {"functions": "function burn(uint v) public onlyOwner { balances[msg.sender] -= v; totalSupply -= v; }"},
        {"functions": "function gift(address[] memory l, uint v) public onlyOwner { _transfer(msg.sender, l[0], v); }"},
        {"state": "uint fee; function setFee(uint v) public onlyOwner { require(v <= 5); fee = v; }", "check": _FEE},
        {"state": "uint fee; function setFee(uint v) public onlyOwner { if (v > 50) revert(); fee = v; }",
         "check": _FEE},
        {"state": "struct Fees { uint buy; uint least; } Fees fees; "
         "function setLeast(uint v) public onlyOwner { fees.least = v; }", "check": "v = v * fees.buy / 100;"},
        {"check": "allowed[address(this)][owner] = v;"},
        {"check": "require(t != owner);"},
        {"check": "if (t != owner) { balances[t] += v; balances[f] -= v; return; }"},
        {"state": _FIXED_PAIR, "check": "require(t != pair);"},
        {"state": "bool done;",
         "functions": "function m(address a) public onlyOwner { require(!done); done = true; balances[a]++; }"},
        {"state": "uint constant most = 100;", "check": "require(v <= most);"},
    ],
)  # fmt: skip
def test_what_gives_nobody_power_over_others_is_let_go(parts: dict[str, str]) -> None:
    assert token(**parts).powers == []


def test_moving_ones_own_tokens_by_a_privileged_function_is_only_a_feature() -> None:
    found = token(functions="function gift(address a, uint v) public onlyOwner { _transfer(msg.sender, a, v); }")
    assert found.features == {"privileged_transfer"}


_POOL = """pragma solidity ^0.8.0;
contract Pool {{
    IERC20 stake; address owner; mapping(address => uint) public staked;
    modifier onlyOwner {{ require(msg.sender == owner); _; }}
    function deposit(uint v) public {{ stake.transferFrom(msg.sender, address(this), v); staked[msg.sender] += v; }}
    function withdraw(uint v) public {{ staked[msg.sender] -= v; stake.transfer(msg.sender, v); }}
    {}
}}"""


@pytest.mark.parametrize(
    ("function", "drained"),
    [
        ("function rescue(IERC20 t, uint v, address to) public onlyOwner { t.transfer(to, v); }", True),
        ("function rescue(address t, uint v) public onlyOwner { IERC20(t).transfer(owner, v); }", True),
        ("function sweep() public onlyOwner { stake.transfer(owner, stake.balanceOf(address(this))); }", True),
        ("function run(address t, bytes memory d) public onlyOwner { t.call(d); }", True),
        ("function rescue(IERC20 t, uint v) public onlyOwner { require(t != stake); t.transfer(owner, v); }", False),
        ("function rescue(IERC20 t, uint v) public onlyOwner { if (block.timestamp < 9) { require(t != stake); } "
         "t.transfer(owner, v); }", True),
        ("function setOwner(address o) public onlyOwner { owner = o; }", False),
    ],
)  # fmt: skip
def test_what_others_put_into_a_pool_can_be_taken(function: str, drained: bool) -> None:
    found = analyze_source(_POOL.format(function)).token
    assert found is not None
    assert (found.standard, bool(found.drain)) == ("pool", drained)


def test_locals_that_are_declared_by_one_another_name_nobody() -> None:
    """Neither a circle nor a pyramid of declarations costs more than a few steps."""
    circle = "function m(uint v) public { address x = y; address y = x; require(msg.sender == x); balances[x] += v; }"
    assert token(functions=circle).powers == []
    layers = " ".join(f"uint a{i + 1} = {' + '.join([f'a{i}'] * 300)};" for i in range(6))
    pyramid = f"function m(uint a0) public {{ {layers} require(uint160(msg.sender) == a6); balances[pair] += a6; }}"
    assert token(functions=pyramid).powers == []


_ONE_MOVE = """pragma solidity ^0.8.20;
contract T {{
    mapping(address holder => uint256 amount) books; uint256 public totalSupply; address owner;
    modifier onlyOwner() {{ require(msg.sender == owner); _; }}
    function balanceOf(address a) external view returns (uint256) {{ return books[a]; }}
    function transfer(address to, uint256 v) external returns (bool) {{ _move(msg.sender, to, v); return true; }}
    function _move(address from, address to, uint256 v) internal {{
        if (from == address(0)) {{ totalSupply += v; }}
        else {{ uint256 had = books[from]; require(had >= v); unchecked {{ books[from] = had - v; }} }}
        if (to == address(0)) {{ totalSupply -= v; }} else {{ books[to] += v; }}
    }}
    function _burn(address a, uint256 v) internal {{
        if (a == address(0)) {{ revert(); }}
        _move(a, address(0), v);
    }}
    {}
}}"""


@pytest.mark.parametrize(
    ("function", "powers"),
    [
        ("function a(address to, uint256 v) external onlyOwner { _move(address(0), to, v); }", ["mintable"]),
        ("function a(address of_, uint256 v) external onlyOwner { _burn(of_, v); }", ["owner_can_drain"]),
        ("function a(uint256 v) external { _burn(msg.sender, v); }", []),
        (
            "function a(address f, address t, uint256 v) external onlyOwner "
            "{ require(f != address(0) && t != address(0)); require(f != address(0)); _move(f, t, v); }",
            ["owner_can_drain"],
        ),
    ],
)
def test_of_a_move_from_or_to_nobody_the_branches_that_run_count(function: str, powers: list[str]) -> None:
    found = analyze_source(_ONE_MOVE.format(function)).token
    assert found is not None
    assert found.powers == powers


def test_what_is_assigned_later_settles_no_branch() -> None:
    function = (
        "function a(address f, address t, uint256 v) external onlyOwner "
        "{ require(f != address(0)); f = address(0); _move(f, t, v); }"
    )
    found = analyze_source(_ONE_MOVE.format(function)).token
    assert found is not None
    assert "mintable" in found.powers
