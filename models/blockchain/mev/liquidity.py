"""Liquidity put in and taken out, read from the calls of a transaction: Uniswap v2 and v3 and their forks."""

from __future__ import annotations

from collections.abc import Sequence

from models.blockchain.mev.abi import Truncated, address, selector, word
from models.blockchain.mev.calls import Call
from models.blockchain.mev.events import Liquidity

_MINT_V3 = selector("mint(address,int24,int24,uint128,bytes)")
_BURN_V3 = selector("burn(int24,int24,uint128)")
_MINT_V2 = selector("mint(address)")
_BURN_V2 = selector("burn(address)")
_POSITION_MANAGER = frozenset(
    map(
        selector,
        (
            "mint((address,address,uint24,int24,int24,uint256,uint256,uint256,uint256,address,uint256))",
            "increaseLiquidity((uint256,uint256,uint256,uint256,uint256,uint256))",
            "decreaseLiquidity((uint256,uint128,uint256,uint256,uint256))",
            "multicall(bytes[])",
        ),
    )
)
_EMPTY = "0" * 64
SELECTORS = frozenset({_MINT_V3, _BURN_V3, _MINT_V2, _BURN_V2})
"""The calls that are looked at."""


def liquidity_of(calls: Sequence[Call], transaction: int, origin: str) -> list[Liquidity]:
    """Mints and burns of one transaction whose sender is `origin`; burns of nothing (to collect fees) left out."""
    found = []
    for call in calls:
        try:
            change = _change(call, transaction, origin)
        except Truncated:
            continue
        if change:
            found.append(change)
    return found


def _change(call: Call, transaction: int, origin: str) -> Liquidity | None:
    kind, data = call.selector, call.data
    if kind == _MINT_V3:
        owner, ticks = address(data, 0), (word(data, 1), word(data, 2))
        return Liquidity(transaction, True, call.to, owner, ticks, _provider(call, owner))
    if kind == _BURN_V3 and word(data, 2) != _EMPTY:
        ticks = (word(data, 0), word(data, 1))
        return Liquidity(transaction, False, call.to, call.sender, ticks, _provider(call, call.sender))
    if kind in (_MINT_V2, _BURN_V2):
        return Liquidity(transaction, kind == _MINT_V2, call.to, origin, (), origin)
    return None


def _provider(call: Call, owner: str) -> str:
    """The owner, or who called it where it manages positions for others."""
    above = call.parent
    while above and (above.to != owner or above.sender == owner):
        above = above.parent
    return above.sender if above and above.selector in _POSITION_MANAGER else owner
