// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
contract Bad1 {
    function f() external { require(address(this).balance == 1 ether); }
}
