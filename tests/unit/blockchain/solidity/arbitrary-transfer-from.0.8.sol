// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
interface IERC20 { function transferFrom(address a, address b, uint v) external returns (bool); }
contract Bad1 {
    IERC20 t;
    function f(address from, uint v) external { require(t.transferFrom(from, msg.sender, v)); }
}
contract Good1 {
    IERC20 t;
    function f(uint v) external { require(t.transferFrom(msg.sender, address(this), v)); }
}
