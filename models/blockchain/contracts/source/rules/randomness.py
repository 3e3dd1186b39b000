"""Chance from what a block's maker chooses or everyone can know."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.syntax import Expr

_BLOCK = {"block.number", "block.difficulty", "block.prevrandao", "block.coinbase", "block.gaslimit"}
_BLOCK |= {"block.timestamp", "now"}
_MIXERS = {"keccak256", "sha3", "sha256", "ripemd160"}


class Randomness(Rule):
    id = "weak-randomness"
    category = "bad_randomness"
    swc = "SWC-120"
    severity = "medium"
    confidence = "medium"
    title = "Weak randomness"
    what = "A block's hash, or a hash or remainder of a block's property."
    why = "whoever makes the block, or calls from a contract, knows the outcome beforehand"
    example = """pragma solidity ^0.4.19;
contract Dice {
    function roll() public payable {
        if (uint(block.blockhash(block.number - 1)) % 6 == 0) { msg.sender.transfer(this.balance); }
    }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for view in model.views:
            for function in view.contract.functions:
                for expr in function.expressions():
                    if is_chance(expr):
                        yield self.at(view, function, expr.line, expr)


def is_chance(expr: Expr) -> bool:
    """A blockhash, or a block's property that goes through a hash or a remainder."""
    if expr.kind == "call":
        name = str(expr.callee)
        if name in ("blockhash", "block.blockhash"):
            return True
        return name in _MIXERS and uses_block(expr)
    if expr.kind != "binary" or expr.text != "%":
        return False
    cuts_to_size = expr.parts[1].kind == "binary" and expr.parts[1].text == "**"
    return uses_block(expr.parts[0]) and not cuts_to_size


def uses_block(expr: Expr) -> bool:
    return any(str(part) in _BLOCK for part in expr.walk() if part.kind in ("name", "member"))
