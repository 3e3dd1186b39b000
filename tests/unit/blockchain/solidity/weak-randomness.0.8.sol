// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
contract Bad1 {
    function f() external {
        uint r = uint(keccak256(abi.encodePacked(block.prevrandao, block.timestamp, msg.sender))) % 10;
        if (r == 1) payable(msg.sender).transfer(1);
    }
}
contract Bad2 {
    function f() external {
        bytes32 h = blockhash(block.number - 1);
        if (uint(h) % 2 == 0) payable(msg.sender).transfer(1);
    }
}
