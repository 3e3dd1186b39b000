// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
contract Bad1 {
    uint end;
    function f() external { require(block.timestamp >= end); payable(msg.sender).transfer(1); }
}
contract Good1 {
    function f(uint deadline) external {
        require(block.timestamp <= deadline);
        payable(msg.sender).transfer(1);
    }
}
