// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
contract Bad1 {
    receive() external payable {}
    function w() external { payable(msg.sender).transfer(address(this).balance); }
}
contract Bad2 {
    receive() external payable {}
    function w(address payable t) external {
        (bool ok,) = t.call{value: address(this).balance}("");
        require(ok);
    }
}
contract Bad3 {
    receive() external payable {}
    function w(address payable t, uint v) external { t.transfer(v); }
}
contract Good1 {
    address owner = msg.sender;
    receive() external payable {}
    function w() external {
        require(owner == msg.sender);
        payable(msg.sender).transfer(address(this).balance);
    }
}
contract Good2 {
    mapping(address=>uint) b;
    receive() external payable { b[msg.sender] += msg.value; }
    function w(uint v) external { b[msg.sender] -= v; payable(msg.sender).transfer(v); }
}
