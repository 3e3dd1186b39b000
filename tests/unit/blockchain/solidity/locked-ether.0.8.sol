// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
contract Bad1 {
    receive() external payable {}
}
contract Bad2 {
    constructor() payable {}
    function f() external {}
}
contract Good1 {
    address payable o;
    receive() external payable {}
    function w() external { o.transfer(1); }
}
interface IERC20 { function transfer(address a, uint v) external returns (bool); }
contract Bad3 {
    IERC20 t;
    receive() external payable {}
    function w() external { require(t.transfer(msg.sender, 1)); }
}
