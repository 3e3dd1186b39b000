// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
contract Bad1 {
    mapping(address=>uint) b;
    function f(uint v) external { unchecked { b[msg.sender] -= v; } }
}
contract Good1 {
    mapping(address=>uint) b;
    function f(uint v) external { require(b[msg.sender] >= v); unchecked { b[msg.sender] -= v; } }
}
contract Good2 {
    function f(uint n) external { for (uint i; i < n;) { unchecked { ++i; } } }
}
contract Good3 {
    mapping(address=>uint) b;
    function f(uint v) external { b[msg.sender] -= v; }
}
