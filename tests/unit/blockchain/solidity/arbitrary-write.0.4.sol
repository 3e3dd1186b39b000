// SPDX-License-Identifier: MIT
pragma solidity ^0.4.24;
contract Bad1 {
    uint[] a;
    function pop() public { require(0 <= a.length); a.length--; }
    function up(uint i, uint v) public { a[i] = v; }
}
