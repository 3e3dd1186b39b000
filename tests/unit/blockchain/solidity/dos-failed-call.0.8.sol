// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
contract Bad1 {
    address payable[] p;
    function j() external payable { p.push(payable(msg.sender)); }
    function f() external { for (uint i; i < p.length; i++) { p[i].transfer(1); } }
}
contract Bad2 {
    address payable[] p;
    function j() external payable { p.push(payable(msg.sender)); }
    function f() external {
        for (uint i; i < p.length; i++) { (bool ok,) = p[i].call{value: 1}(""); require(ok); }
    }
}
contract Good1 {
    address payable[] p;
    function j() external payable { p.push(payable(msg.sender)); }
    function f() external {
        for (uint i; i < p.length; i++) { (bool ok,) = p[i].call{value: 1}(""); if (!ok) continue; }
    }
}
contract Bad3 {
    address payable king;
    uint bid;
    function f() external payable {
        require(msg.value > bid);
        king.transfer(bid);
        king = payable(msg.sender);
        bid = msg.value;
    }
}
contract Bad4 {
    address payable king;
    uint bid;
    function f() external payable {
        require(msg.value > bid);
        (bool ok,) = king.call{value: bid}("");
        require(ok);
        king = payable(msg.sender);
        bid = msg.value;
    }
}
contract Good2 {
    mapping(address=>uint) d;
    function f() external {
        uint v = d[msg.sender];
        d[msg.sender] = 0;
        payable(msg.sender).transfer(v);
    }
}
