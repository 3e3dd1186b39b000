// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
contract Bad1 {
    function w(uint s, uint v) external { assembly { sstore(s, v) } }
}
