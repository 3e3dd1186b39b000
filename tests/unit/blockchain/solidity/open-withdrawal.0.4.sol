// SPDX-License-Identifier: MIT
pragma solidity ^0.4.24;
contract Bad1 {
    function gift() public payable { msg.sender.transfer(1 ether); }
}
contract Bad2 {
    function gift(address to) public { require(to.call.value(100)()); }
}
contract Good1 {
    mapping(address=>bool) had;
    function gift() public { had[msg.sender] = true; msg.sender.transfer(1 ether); }
}
contract Good2 {
    function change() public payable { msg.sender.transfer(msg.value); }
}
contract Good3 {
    address owner = msg.sender;
    function gift() public { require(msg.sender == owner); msg.sender.transfer(1 ether); }
}
contract Good4 {
    function nothing() public { msg.sender.transfer(0); }
}
