// SPDX-License-Identifier: MIT
pragma solidity ^0.4.24;
contract Bad1 {
    address private creator;
    function DynamicPyramid() public { creator = msg.sender; }
    modifier onlyowner { if (msg.sender == creator) _; }
    function collect() onlyowner public { creator.transfer(this.balance); }
}
