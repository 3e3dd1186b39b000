// SPDX-License-Identifier: MIT
pragma solidity ^0.4.24;
contract Bad1 {
    address o;
    function bad1() public { o = msg.sender; }
}
contract Bad2 {
    address o;
    function constructor() public { o = msg.sender; }
}
contract Good1 {
    function good1(uint a) public returns (uint) { return a; }
}
contract Good2 {
    address o;
    function Good2() public { o = msg.sender; }
}
