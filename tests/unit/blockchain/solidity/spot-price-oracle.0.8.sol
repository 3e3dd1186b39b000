// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
interface P { function getReserves() external view returns (uint112, uint112, uint32); }
interface T { function transfer(address t, uint v) external returns (bool); }
contract Bad1 {
    P p;
    T t;
    mapping(address=>uint) d;
    function f(uint v) external {
        (uint112 a, uint112 b,) = p.getReserves();
        uint price = uint(a) / b;
        d[msg.sender] += v;
        require(t.transfer(msg.sender, v * price));
    }
}
contract Bad2 {
    P p;
    T t;
    mapping(address=>uint) d;
    function price() public view returns (uint) {
        (uint112 a, uint112 b,) = p.getReserves();
        return uint(a) / b;
    }
    function f(uint v) external { d[msg.sender] += v; require(t.transfer(msg.sender, v * price())); }
}
contract Bad3 {
    T x;
    T y;
    address pair;
    mapping(address=>uint) d;
    function f(uint v) external {
        uint price = x.balanceOf(pair) * 1e18 / y.balanceOf(pair);
        d[msg.sender] += v;
        require(y.transfer(msg.sender, v * price));
    }
}
contract Good1 {
    P p;
    T t;
    function f(uint v) external {
        uint32[] memory s = new uint32[](2);
        (int56[] memory c, ) = p.observe(s);
        require(t.transfer(msg.sender, v * uint(int(c[0]))));
    }
}
