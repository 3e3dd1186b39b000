// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
contract Bad1 {
    address s;
    function f(uint v, bytes32 h, uint8 a, bytes32 b, bytes32 d) external {
        require(ecrecover(keccak256(abi.encode(v)), a, b, d) == s);
        payable(msg.sender).transfer(v);
    }
}
contract Bad2 {
    address s;
    function f(uint v, uint8 a, bytes32 b, bytes32 d) external {
        address who = ecrecover(keccak256(abi.encode(v)), a, b, d);
        require(who == s);
        payable(msg.sender).transfer(v);
    }
}
contract Bad3 {
    using ECDSA for bytes32;
    address s;
    function f(uint v, bytes calldata sig) external {
        bytes32 h = keccak256(abi.encode(v));
        require(h.recover(sig) == s);
        payable(msg.sender).transfer(v);
    }
}
contract Bad4 {
    address s;
    function f(uint v, bytes calldata sig) external {
        require(ECDSA.recover(keccak256(abi.encode(v)), sig) == s);
        payable(msg.sender).transfer(v);
    }
}
contract Good1 {
    address s;
    mapping(address=>uint) nonces;
    function f(uint v, uint8 a, bytes32 b, bytes32 d) external {
        address who = ecrecover(keccak256(abi.encode(v, nonces[msg.sender]++)), a, b, d);
        require(who == s);
        payable(msg.sender).transfer(v);
    }
}
contract Good2 {
    address s;
    mapping(bytes32=>bool) used;
    function f(uint v, uint8 a, bytes32 b, bytes32 d) external {
        bytes32 h = keccak256(abi.encode(v));
        require(!used[h]);
        used[h] = true;
        require(ecrecover(h, a, b, d) == s);
        payable(msg.sender).transfer(v);
    }
}
contract Bad5 {
    address s;
    function rec(bytes32 h, uint8 a, bytes32 b, bytes32 d) internal pure returns (address) {
        return ecrecover(h, a, b, d);
    }
    function f(uint v, uint8 a, bytes32 b, bytes32 d) external {
        require(rec(keccak256(abi.encode(v)), a, b, d) == s);
        payable(msg.sender).transfer(v);
    }
}
