// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
interface IERC20 { function transfer(address a, uint v) external returns (bool); }
contract Bad1 {
    IERC20 t;
    function f() external { t.transfer(msg.sender, 1); }
}
contract Bad2 {
    function f(address t) external { IERC20(t).transferFrom(msg.sender, address(this), 1); }
}
contract Good1 {
    IERC20 t;
    function f() external { require(t.transfer(msg.sender, 1)); }
}
contract Good2 {
    IERC20 t;
    function f() external { t.safeTransfer(msg.sender, 1); }
}
contract Bad3 {
    IERC20 t;
    function f() external { bool ok = t.transfer(msg.sender, 1); }
}
