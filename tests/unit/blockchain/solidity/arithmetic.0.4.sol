// SPDX-License-Identifier: MIT
pragma solidity ^0.4.24;
library SafeMath {
    function sub(uint a, uint b) internal returns (uint) { assert(b <= a); return a - b; }
}
contract Good1 {
    using SafeMath for uint;
    mapping(address=>uint) b;
    function f(uint v) public { b[msg.sender] = b[msg.sender].sub(v); }
}
contract Bad1 {
    uint8 lives = 3;
    function lose() public { lives--; }
}
contract Bad2 {
    mapping(address=>uint) points;
    function miss() public { points[msg.sender] -= 10; }
}
contract Bad3 {
    uint[] list;
    function shorten() public { list.length--; }
}
contract Good2 {
    function f(uint n) public { for (uint i = 0; i < n; i++) { } }
}
contract Good3 {
    uint count;
    function f() public { uint count = 0; count++; }
}
contract Bad4 {
    uint8 round;
    function next() public { round = round + 1; }
}
contract Good4 {
    uint start;
    uint end;
    function f() public { end = start + 1; }
}
