// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
contract Good1 {
    mapping(address=>bool) admins;
    constructor() { admins[msg.sender] = true; }
    function addAdmin(address a) external { require(admins[msg.sender]); admins[a] = true; }
    function k() external { require(admins[msg.sender]); selfdestruct(payable(msg.sender)); }
}
contract Bad1 {
    function k(address payable t) external { selfdestruct(t); }
}
contract Bad2 {
    function k() external { _k(); }
    function _k() internal { selfdestruct(payable(msg.sender)); }
}
contract Good2 {
    address owner = msg.sender;
    function k() external { if (msg.sender != owner) revert(); selfdestruct(payable(owner)); }
}
contract Bad3 {
    function k() external { assembly { selfdestruct(caller()) } }
}
