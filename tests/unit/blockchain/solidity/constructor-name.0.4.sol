// SPDX-License-Identifier: MIT
pragma solidity ^0.4.24;
contract Bad1 {
    address o;
    function bad1() public { o = msg.sender; }
}
