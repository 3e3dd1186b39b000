// SPDX-License-Identifier: MIT
pragma solidity ^0.4.24;
contract Bad1 {
    mapping(address=>uint) b;
    function transfer(address t, uint v) public { b[msg.sender] -= v; b[t] += v; }
}
contract Good1 {
    mapping(address=>uint) b;
    modifier s { require(msg.data.length >= 68); _; }
    function transfer(address t, uint v) public s { b[msg.sender] -= v; b[t] += v; }
}
