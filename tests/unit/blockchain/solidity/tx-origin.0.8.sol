// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
contract Bad1 {
    address owner = msg.sender;
    function f() external { require(tx.origin == owner); }
}
contract Good1 {
    function f() external { require(tx.origin == msg.sender); }
}
contract Bad2 {
    mapping(address=>bool) adm;
    function f() external { require(adm[tx.origin]); }
}
