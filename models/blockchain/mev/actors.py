"""Who stands behind a transaction: an account, or a contract of its own; never a router that anyone may call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from models.blockchain.mev.abi import selector
from models.blockchain.mev.events import Swap, Transaction
from models.blockchain.mev.flows import net

KNOWN_ROUTERS = frozenset(
    {
        "0x7a250d5630b4cf539739df2c5dacb4c659f2488d",  # Uniswap v2
        "0xf164fc0ec4e93095b804a4795bbe1e041497b92a",  # Uniswap v2, first
        "0xe592427a0aece92de3edee1f18e0157c05861564",  # Uniswap v3
        "0x68b3465833fb72a70ecdf485e0e4c7bd8665fc45",  # Uniswap v3, second
        "0xef1c6e67703c7bd7107eed8303fbe6ec2554bf6b",  # Uniswap universal
        "0x3fc91a3afd70395cd496c647d5a6cc9d4b2b7fad",  # Uniswap universal, second
        "0x66a9893cc07d91d95644aedd05d03f95e1dba8af",  # Uniswap universal, v4
        "0xd9e1ce17f2641f24ae83637ab66a2cca9c378b9f",  # SushiSwap
        "0x03f7724180aa6b939894b5ca4314783b0b36b329",  # ShibaSwap
        "0x11111112542d85b3ef69ae05771c2dccff4faa26",  # 1inch v3
        "0x1111111254fb6c44bac0bed2854e76f90643097d",  # 1inch v4
        "0x1111111254eeb25477b68fb85ed929f73a960582",  # 1inch v5
        "0x111111125421ca6dc452d289314280a0f8842a65",  # 1inch v6
        "0xdef1c0ded9bec7f1a1670819833240f027b25eff",  # 0x
        "0xdef171fe48cf0115b1d80b88dc8eab59176fee57",  # ParaSwap v5
        "0x881d40237659c251811cec9c364ef91dc08d300c",  # MetaMask
        "0x9008d19f58aabd9ed0d60971565aa8510560ab41",  # CoW Protocol
        "0xba12222222228d8ba445958a75a0704d566bf2c8",  # Balancer v2
        "0x99a58482bd75cbab83b27ec03ca68ff489b5788f",  # Curve
        "0x2f9ec37d6ccfff1cab21733bdadede11c823ccb0",  # Bancor
        "0x6131b5fae19ea4f9d964eac0408e4408b66337b5",  # KyberSwap
    }
)
"""Routers of Ethereum that many use."""

_SINGLE = "(address,address,uint24,address,uint256,uint256,uint256,uint160)"
_SINGLE_2 = "(address,address,uint24,address,uint256,uint256,uint160)"
_ONE_INCH = "(address,address,address,address,uint256,uint256"
_V2_TAIL = "address[],address,uint256"
ROUTER_METHODS = frozenset(
    map(
        selector,
        (
            *(
                f"{name}(uint256,uint256,{_V2_TAIL})"
                for name in (
                    "swapExactTokensForTokens",
                    "swapTokensForExactTokens",
                    "swapTokensForExactETH",
                    "swapExactTokensForETH",
                    "swapExactTokensForTokensSupportingFeeOnTransferTokens",
                    "swapExactTokensForETHSupportingFeeOnTransferTokens",
                )
            ),
            *(
                f"{name}(uint256,{_V2_TAIL})"
                for name in (
                    "swapExactETHForTokens",
                    "swapETHForExactTokens",
                    "swapExactETHForTokensSupportingFeeOnTransferTokens",
                )
            ),
            "swapExactTokensForTokens(uint256,uint256,address[],address)",
            "swapTokensForExactTokens(uint256,uint256,address[],address)",
            *(f"{name}Single({struct})" for name in ("exactInput", "exactOutput") for struct in (_SINGLE, _SINGLE_2)),
            *(f"{name}((bytes,address,uint256,uint256))" for name in ("exactInput", "exactOutput")),
            *(f"{name}((bytes,address,uint256,uint256,uint256))" for name in ("exactInput", "exactOutput")),
            "multicall(bytes[])",
            "multicall(uint256,bytes[])",
            "multicall(bytes32,bytes[])",
            "execute(bytes,bytes[])",
            "execute(bytes,bytes[],uint256)",
            # 1inch
            f"swap(address,{_ONE_INCH},uint256,bytes),bytes)",
            f"swap(address,{_ONE_INCH},uint256),bytes,bytes)",
            f"swap(address,{_ONE_INCH},uint256),bytes)",
            "unoswap(address,uint256,uint256,bytes32[])",
            "unoswap(address,uint256,uint256,uint256[])",
            "unoswapTo(address,address,uint256,uint256,uint256[])",
            "uniswapV3Swap(uint256,uint256,uint256[])",
            "uniswapV3SwapTo(address,uint256,uint256,uint256[])",
            # 0x
            "transformERC20(address,address,uint256,uint256,(uint32,bytes)[])",
            "sellToUniswap(address[],uint256,uint256,bool)",
            "sellToPancakeSwap(address[],uint256,uint256,uint8)",
            "sellEthForTokenToUniswapV3(bytes,uint256,address)",
            "sellTokenForEthToUniswapV3(bytes,uint256,uint256,address)",
            "sellTokenForTokenToUniswapV3(bytes,uint256,uint256,address)",
            "sellToLiquidityProvider(address,address,address,address,uint256,uint256,bytes)",
            # ParaSwap, MetaMask, CoW Protocol
            "simpleSwap((address,address,uint256,uint256,uint256,address[],bytes,uint256[],uint256[],address,address,"
            "uint256,bytes,uint256,bytes16))",
            "swapOnUniswap(uint256,uint256,address[])",
            "swapOnUniswapFork(address,bytes32,uint256,uint256,address[])",
            "swapOnUniswapV2Fork(address,uint256,uint256,address,uint256[])",
            "swap(string,address,uint256,bytes)",
            "settle(address[],uint256[],(uint256,uint256,address,uint256,uint256,uint32,bytes32,uint256,uint256,uint256,"
            "bytes)[],(address,uint256,bytes)[][3])",
            # Balancer, Curve
            "swap((bytes32,uint8,address,address,uint256,bytes),(address,bool,address,bool),uint256,uint256)",
            "batchSwap(uint8,(bytes32,uint256,uint256,uint256,bytes)[],address[],(address,bool,address,bool),int256[],"
            "uint256)",
            "exchange_multiple(address[9],uint256[3][4],uint256,uint256)",
        ),
    )
)
"""What routers offer to everyone; a contract that is called so acts for its caller."""


def routers_of(transactions: Iterable[Transaction]) -> frozenset[str]:
    """Contracts that act for whoever calls them, as far as the block shows it.

    Known ones, those called by a router's method, and those that serve different callers: that hand what they buy
    straight to them, are called with ether to trade, or take one token from their caller and leave him with another.
    """
    found, served = set(KNOWN_ROUTERS), defaultdict(set)
    for transaction in transactions:
        if not transaction.swaps:
            continue
        if transaction.selector in ROUTER_METHODS:
            found.add(transaction.to)
        handed = any(swap.recipient == transaction.sender for swap in transaction.swaps)
        if handed or transaction.value or _traded(transaction):
            served[transaction.to].add(transaction.sender)
    found.update(contract for contract, callers in served.items() if len(callers) > 1)
    return frozenset(found)


def _traded(transaction: Transaction) -> bool:
    """Whether the account itself, and not the contract that it called, gave one token and got another."""
    account = transaction.sender
    own = [transfer for transfer in transaction.transfers if account in (transfer.sender, transfer.recipient)]
    flows = net(own).get(account, {}).values()
    return min(flows, default=0) < 0 < max(flows, default=0)


def actors(transaction: Transaction, swap: Swap, routers: frozenset[str]) -> frozenset[str]:
    """Addresses that stand for whoever makes this swap: the account, and contracts that only it uses.

    A contract that calls the pool and also gets what the pool pays trades for itself, whoever woke it up.
    """
    own = {transaction.sender, transaction.to}
    if swap.sender == swap.recipient:
        own.add(swap.sender)
    return frozenset(own - routers - {""})
