// SPDX-License-Identifier: MIT
pragma solidity ^0.4.24;
contract B { uint x; }
contract Bad1 is B {
    uint x;
}
