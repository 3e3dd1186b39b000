"""A swap that takes whatever it gets."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.syntax import Expr

_LEAST_PLACE = {"swapExactTokensFor": 1, "swapExactETHFor": 0, "swapExactNATIVEFor": 0, "swapExactAVAXFor": 0}
"""Which argument is the least amount, by how the names of Uniswap v2's and its forks' functions begin."""
_LEAST_NAMES = {"amountOutMinimum", "amountOutMin", "minAmountOut"}


class NoSlippageLimit(Rule):
    id = "no-slippage-limit"
    category = "front_running"
    swc = "SWC-114"
    severity = "medium"
    confidence = "medium"
    title = "A swap without a limit"
    what = "A swap of an exact amount whose least amount out is the number 0."
    why = "whoever trades before it in the same block takes nearly all of what it would have received"
    example = """pragma solidity ^0.8.0;
interface Router { function swapExactETHForTokens(uint, address[] calldata, address, uint) external payable; }
contract Buyer {
    Router router; address[] path;
    function buy() external payable {
        router.swapExactETHForTokens{value: msg.value}(0, path, msg.sender, block.timestamp);
    }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for view in model.leaves:
            for function in view.own_functions:
                for expr in function.expressions():
                    if takes_anything(expr):
                        yield self.at(view, function, expr.line, expr)


def takes_anything(expr: Expr) -> bool:
    """`swapExactETHForTokens(0, ...)`, or `{..., amountOutMinimum: 0}` in Uniswap v3's form."""
    if expr.kind == "options":
        named = zip(expr.labels, expr.parts[1:], strict=False)
        return any(label in _LEAST_NAMES and str(value) == "0" for label, value in named)
    if expr.kind != "call" or expr.callee.kind != "member":
        return False
    place = next((at for start, at in _LEAST_PLACE.items() if expr.callee.text.startswith(start)), None)
    return place is not None and len(expr.arguments) > place and str(expr.arguments[place]) == "0"
