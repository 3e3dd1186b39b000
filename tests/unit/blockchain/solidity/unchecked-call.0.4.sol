// SPDX-License-Identifier: MIT
pragma solidity ^0.4.24;
contract Bad1 {
    function f(address t) public { t.call.value(1)(); }
}
contract Bad2 {
    function f(address t) public { bool ok = t.send(1); }
}
contract Bad9 {
    function f(address to) public { to.call.value(1); }
}
