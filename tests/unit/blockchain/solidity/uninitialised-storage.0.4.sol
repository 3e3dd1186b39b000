// SPDX-License-Identifier: MIT
pragma solidity ^0.4.24;
contract Bad1 {
    address o;
    struct S { address a; }
    function f() public { S s; s.a = msg.sender; }
}
contract Bad2 {
    uint x;
    function f() public { uint[] a; a.push(1); }
}
contract Good1 {
    address o;
    struct S { address a; }
    function f() public { S memory s; s.a = msg.sender; }
}
contract Good2 {
    S[] l;
    struct S { address a; }
    function f() public { S storage s; s = l[0]; s.a = msg.sender; }
}
