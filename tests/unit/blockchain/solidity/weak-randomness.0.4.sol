// SPDX-License-Identifier: MIT
pragma solidity ^0.4.24;
contract Bad1 {
    uint seed = block.number;
    function play() public { if (uint(keccak256(abi.encodePacked(seed))) % 2 == 0) msg.sender.transfer(1); }
}
contract Bad2 {
    struct Bet { uint block_; }
    mapping(address=>Bet) bets;
    function bet() public payable { bets[msg.sender] = Bet({block_: block.number + 1}); }
    function play() public { if (uint(blockhash(bets[msg.sender].block_)) % 2 == 0) msg.sender.transfer(1); }
}
contract Good1 {
    mapping(bytes32=>uint) orders;
    function order(uint amount) public { uint at = now; orders[keccak256(abi.encodePacked(msg.sender, at))] = amount; }
}
contract Good2 {
    uint last;
    function f() public { last = block.number; }
}
