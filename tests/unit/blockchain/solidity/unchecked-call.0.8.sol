// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
contract Bad1 {
    function f(address payable t) external { (bool ok, ) = t.call{value: 1}(""); }
}
contract Good1 {
    function f(address payable t) external { (bool ok, ) = t.call{value: 1}(""); require(ok); }
}
contract Good2 {
    function f(address payable t) external {
        (bool ok, bytes memory r) = t.call("");
        if (!ok) revert();
    }
}
contract Good3 {
    function f(address payable t) external returns (bool) { (bool ok, ) = t.call(""); return ok; }
}
contract Bad2 {
    function f(address t) external { bool ok; (ok, ) = t.call(""); }
}
contract Good4 {
    function f(address t) external { bool ok; (ok, ) = t.call(""); require(ok); }
}
contract Bad3 {
    function f(address t) external { (, bytes memory d) = t.call(""); d; }
}
contract Good5 {
    function f(address t) external returns (bool ok) { (ok, ) = t.call(""); }
}
contract Bad4 {
    function f(address t) external { (bool ok, ) = t.call("a"); (ok, ) = t.call("b"); require(ok); }
}
contract Bad5 {
    function f(address t) external { assembly { pop(call(gas(), t, 0, 0, 0, 0, 0)) } }
}
contract Bad6 {
    function f(address t) external { assembly { let ok := call(gas(), t, 0, 0, 0, 0, 0) } }
}
contract Good6 {
    function f(address t) external {
        assembly { let ok := call(gas(), t, 0, 0, 0, 0, 0) if iszero(ok) { revert(0,0) } }
    }
}
