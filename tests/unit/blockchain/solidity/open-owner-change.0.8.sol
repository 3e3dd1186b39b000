// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
contract Bad1 {
    address owner;
    function initialize(address o) external { owner = o; }
    function w() external {
        require(msg.sender == owner);
        payable(msg.sender).transfer(address(this).balance);
    }
}
contract Good1 {
    address owner;
    modifier initializer() { _; }
    function initialize(address o) external initializer { owner = o; }
    function w() external { require(msg.sender == owner); payable(msg.sender).transfer(1); }
}
contract Good2 {
    address owner;
    bool done;
    function initialize(address o) external { require(!done); done = true; owner = o; }
    function w() external { require(msg.sender == owner); }
}
contract Bad2 {
    address private _owner;
    function owner() public view returns (address) { return _owner; }
    modifier onlyOwner() { require(owner() == msg.sender); _; }
    function setOwner(address o) external { _owner = o; }
    function k() external onlyOwner { }
}
contract Good3 {
    address owner;
    error No();
    modifier onlyOwner() { if (msg.sender != owner) revert No(); _; }
    function setOwner(address o) external onlyOwner { owner = o; }
}
contract Bad3 {
    mapping(address=>bool) admins;
    function addAdmin(address a) external { admins[a] = true; }
    function k() external { require(admins[msg.sender]); selfdestruct(payable(msg.sender)); }
}
contract Good4 {
    mapping(address=>bool) admins;
    constructor() { admins[msg.sender] = true; }
    function addAdmin(address a) external { require(admins[msg.sender]); admins[a] = true; }
    function k() external { require(admins[msg.sender]); selfdestruct(payable(msg.sender)); }
}
contract Good5 {
    mapping(address=>bool) joined;
    function join() external payable { joined[msg.sender] = true; }
    function k() external { require(joined[msg.sender]); }
}
