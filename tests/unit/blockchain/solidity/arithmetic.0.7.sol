// SPDX-License-Identifier: MIT
pragma solidity ^0.7.0;
contract Bad1 {
    mapping(address=>uint) b;
    function f(uint v) external { b[msg.sender] -= v; }
}
