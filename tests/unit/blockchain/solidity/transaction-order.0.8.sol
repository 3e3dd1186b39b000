// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
contract Bad1 {
    bytes32 h;
    function f(string calldata s) external {
        require(h == keccak256(abi.encodePacked(s)));
        payable(msg.sender).transfer(1 ether);
    }
}
