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
