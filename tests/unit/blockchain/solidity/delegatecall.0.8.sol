// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
contract Bad1 {
    function f(address t, bytes calldata d) external { (bool ok,) = t.delegatecall(d); require(ok); }
}
contract Good1 {
    address immutable impl;
    constructor(address i) { impl = i; }
    fallback() external payable { (bool ok,) = impl.delegatecall(msg.data); require(ok); }
}
contract Bad2 {
    address impl;
    function set(address i) external { impl = i; }
    fallback() external payable { (bool ok,) = impl.delegatecall(msg.data); require(ok); }
}
