"""Chance from what a block's maker chooses or everyone can know."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.declarations import Contract, Function
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.syntax import Expr

_TIME = {"block.timestamp", "now"}
_BLOCK = {"block.number", "block.difficulty", "block.prevrandao", "block.coinbase", "block.gaslimit"} | _TIME
_MIXERS = {"keccak256", "sha3", "sha256", "ripemd160"}


class Randomness(Rule):
    id = "weak-randomness"
    category = "bad_randomness"
    swc = "SWC-120"
    severity = "medium"
    confidence = "medium"
    title = "Weak randomness"
    what = "A block's hash, or a hash or remainder of a block's property, and where the property was stored for it."
    why = "whoever makes the block, or calls from a contract, knows the outcome beforehand"
    example = """pragma solidity ^0.4.19;
contract Dice {
    function roll() public payable {
        if (uint(block.blockhash(block.number - 1)) % 6 == 0) { msg.sender.transfer(this.balance); }
    }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for view in model.views:
            origins = origins_of(view.contract)
            telling = {name for name, given in origins.items() if any(not only_time(value) for _, value in given)}
            used: set[str] = set()
            for function in view.contract.functions:
                for expr in function.expressions():
                    if is_chance(expr, telling):
                        used |= names_in(expr)
                        yield self.at(view, function, expr.line, expr)
            for name in sorted(used & set(origins)):
                for function_, value in origins[name]:
                    yield self.at(view, function_, value.line, f"{name} = {value}")


def is_chance(expr: Expr, origins: set[str]) -> bool:
    """A blockhash, or a block's property, by itself or under a name, that goes through a hash or a remainder."""
    if expr.kind == "call":
        name = str(expr.callee)
        if name in ("blockhash", "block.blockhash"):
            return True
        return name in _MIXERS and (uses_block(expr) or bool(names_in(expr) & origins))
    if expr.kind != "binary" or expr.text != "%":
        return False
    cuts_to_size = expr.parts[1].kind == "binary" and expr.parts[1].text == "**"
    return (uses_block(expr.parts[0]) or bool(names_in(expr.parts[0]) & origins)) and not cuts_to_size


def origins_of(contract: Contract) -> dict[str, list[tuple[Function | None, Expr]]]:
    """Names that are given a block's property: (where, what) of each time."""
    found: dict[str, list[tuple[Function | None, Expr]]] = {}
    for variable in contract.variables:
        if variable.value is not None and uses_block(variable.value):
            found.setdefault(variable.name, []).append((None, variable.value))
    for function in contract.functions:
        for name, value in given_names(function):
            if uses_block(value):
                found.setdefault(name, []).append((function, value))
    return found


def given_names(function: Function) -> Iterator[tuple[str, Expr]]:
    """(name, value) of every local name, member and labelled value of a struct that is set."""
    yield from function.declared.items()
    for expr in function.expressions():
        if expr.kind == "assign" and expr.parts[0].kind in ("name", "member"):
            yield expr.parts[0].text, expr.parts[1]
        elif expr.kind == "options":
            yield from zip(expr.labels, expr.parts[1:], strict=False)


def names_in(expr: Expr) -> set[str]:
    """Names and members' names in an expression."""
    return {part.text for part in expr.walk() if part.kind in ("name", "member")}


def uses_block(expr: Expr) -> bool:
    return any(str(part) in _BLOCK for part in expr.walk() if part.kind in ("name", "member"))


def only_time(expr: Expr) -> bool:
    """Whether nothing but the block's time is in it: stored, it is a date or a part of a name as often as chance."""
    return {str(part) for part in expr.walk() if part.kind in ("name", "member")} & _BLOCK <= _TIME
