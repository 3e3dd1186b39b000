// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
interface R {
    function swapExactTokensForTokens(uint a, uint m, address[] calldata p, address t, uint d) external;
}
contract Bad1 {
    R r;
    address[] p;
    function f(uint a) external { r.swapExactTokensForTokens(a, 0, p, msg.sender, block.timestamp); }
}
