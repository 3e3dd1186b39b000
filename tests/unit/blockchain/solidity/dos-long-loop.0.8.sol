// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
contract Bad1 {
    address[] m;
    mapping(address=>uint) p;
    function j() external { m.push(msg.sender); }
    function f() external { for (uint i; i < m.length; i++) p[m[i]] += 1; }
}
contract Bad2 {
    address[] m;
    mapping(address=>uint) p;
    function j() external { m.push(msg.sender); }
    function f() external { uint n = m.length; for (uint i; i < n; i++) p[m[i]] += 1; }
}
contract Good1 {
    address owner = msg.sender;
    address[] m;
    mapping(address=>uint) p;
    function j() external { require(msg.sender == owner); m.push(msg.sender); }
    function f() external { for (uint i; i < m.length; i++) p[m[i]] += 1; }
}
