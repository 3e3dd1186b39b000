"""Which selector is decoded how: the swap functions of each protocol and its forks."""

from __future__ import annotations

from collections.abc import Sequence

from models.blockchain.mev.abi import selector
from models.blockchain.mev.decoders import (
    Decoder,
    concentrated,
    order,
    order_of_assets,
    paid_through,
    pair,
    path,
    trade,
    vault_hop,
    weighted_in,
    weighted_out,
)

ORDER_BOOKS = frozenset({"0x", "1inch", "bancor"})
"""Protocols whose `pool` is one contract for all markets: there is no price of a pool to push."""

_CURVE = [
    f"{name}({types}{more})"
    for name in ("exchange", "exchange_underlying", "exchange_received")
    for types in ("int128,int128,uint256,uint256", "uint256,uint256,uint256,uint256")
    for more in ("", ",bool", ",address", ",bool,address")
]
_ZERO_EX_ORDERS = {
    "LimitOrder": "(address,address,uint128,uint128,uint128,address,address,address,address,bytes32,uint64,uint256)",
    "RfqOrder": "(address,address,uint128,uint128,address,address,address,bytes32,uint64,uint256)",
    "OtcOrder": "(address,address,uint128,uint128,address,address,address,uint256)",
}
_ZERO_EX = [
    f"{verb}{kind}{more[0]}({order},(uint8,uint8,bytes32,bytes32),uint128{more[1]})"
    for kind, order in _ZERO_EX_ORDERS.items()
    for verb, tails in {
        "fill": (("", ""), ("ForEth", "")),
        "fillOrKill": (("", ""),),
        "_fill": (("", ",address"), ("", ",address,address"), ("", ",address,bool,address")),
    }.items()
    for more in tails
]
_ASSETS = "(address,address,address,address,uint256,uint256,uint256,uint256,uint256,uint256,bytes,bytes,bytes,bytes)"
_RFQ = "(uint256,address,address,address,address,uint256,uint256)"
_LIMIT = "(uint256,address,address,address,address,address,uint256,uint256,uint256,bytes)"
_PACKED = "(uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256)"
_REQUEST = "(uint8,address,address,uint256,bytes32,uint256,address,address,bytes)"

TABLE: tuple[tuple[str, Decoder, Sequence[str]], ...] = (
    ("uniswap_v2", pair, ["swap(uint256,uint256,address,bytes)"]),
    ("uniswap_v3", concentrated, ["swap(address,bool,int256,uint160,bytes)"]),
    ("curve", paid_through, _CURVE),
    ("balancer_v1", weighted_in, ["swapExactAmountIn(address,uint256,address,uint256,uint256)"]),
    ("balancer_v1", weighted_out, ["swapExactAmountOut(address,uint256,address,uint256,uint256)"]),
    (
        "balancer_v2",
        vault_hop,
        [f"onSwap({_REQUEST},uint256,uint256)", f"onSwap({_REQUEST},uint256[],uint256,uint256)"],
    ),
    (
        "bancor",
        path,
        [
            "convertByPath(address[],uint256,uint256,address,address,uint256)",
            "convertByPath2(address[],uint256,uint256,address)",
            "convert(address[],uint256,uint256)",
            "convert2(address[],uint256,uint256,address,uint256)",
            "convertFor(address[],uint256,uint256,address)",
            "convertFor2(address[],uint256,uint256,address,address,uint256)",
            "claimAndConvert(address[],uint256,uint256)",
            "claimAndConvert2(address[],uint256,uint256,address,uint256)",
        ],
    ),
    ("bancor", trade, ["tradeBySourceAmount(address,address,uint256,uint256,uint256,address)"]),
    ("0x", order(0, 1, taken_first=True), _ZERO_EX),
    ("0x", order_of_assets, [f"{name}({_ASSETS},uint256,bytes)" for name in ("fillOrder", "fillOrKillOrder")]),
    (
        "1inch",
        order(1, 2, taken_first=False),
        [
            f"fillOrderRFQ({_RFQ},bytes,uint256,uint256)",
            f"fillOrderRFQ({_RFQ},bytes,uint256)",
            f"fillOrderRFQTo({_RFQ},bytes,uint256,uint256,address)",
            f"fillOrderRFQTo({_RFQ},bytes,uint256,address)",
            f"fillOrderRFQToWithPermit({_RFQ},bytes,uint256,uint256,address,bytes)",
            f"fillOrderRFQToWithPermit({_RFQ},bytes,uint256,address,bytes)",
            f"fillOrderRFQCompact({_RFQ},bytes32,bytes32,uint256)",
        ],
    ),
    (
        "1inch",
        order(1, 2, taken_first=False, nested=True),
        [
            f"fillOrder({_LIMIT},bytes,bytes,uint256,uint256,uint256)",
            f"fillOrderTo({_LIMIT},bytes,bytes,uint256,uint256,uint256,address)",
        ],
    ),
    (
        "1inch",
        order(3, 4, taken_first=False),
        [
            f"fillOrder({_PACKED},bytes32,bytes32,uint256,uint256)",
            f"fillOrderArgs({_PACKED},bytes32,bytes32,uint256,uint256,bytes)",
            f"fillContractOrder({_PACKED},bytes,uint256,uint256)",
            f"fillContractOrderArgs({_PACKED},bytes,uint256,uint256,bytes)",
        ],
    ),
)
DECODERS: dict[str, tuple[str, Decoder]] = {
    selector(signature): (protocol, decode) for protocol, decode, signatures in TABLE for signature in signatures
}
