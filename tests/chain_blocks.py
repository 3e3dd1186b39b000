"""Blocks made call by call and log by log, in each form that a caller may have of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from foundation.errors import SobaError
from models.blockchain.mev.abi import selector, topic
from schemas.primitives import NATIVE_TOKEN
from tasks.discovery import find
from tasks.runner import run

WETH = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
FORMS = ("traces", "logs", "both", "swaps")


def account(number: int) -> str:
    return f"0x{number:040x}"


TOKEN, OTHER, POOL, SECOND, BOT, ROUTER, VAULT, OWNER = (
    account(i) for i in (0xA, 0xB, 0x10, 0x11, 0x20, 0x30, 0x40, 0x50)
)


def words(*values: int | str) -> str:
    return "".join(f"{(value if isinstance(value, int) else int(value, 16)) % 2**256:064x}" for value in values)


@dataclass
class Sent:
    """A transaction that is made call by call and log by log."""

    position: int
    sender: str
    to: str
    method: str = "go()"
    value: int = 0
    failed: bool = False
    traces: list[dict[str, Any]] = field(default_factory=list)
    logs: list[dict[str, Any]] = field(default_factory=list)
    swaps: list[dict[str, Any]] = field(default_factory=list)

    @property
    def hash(self) -> str:
        return f"0x{self.position + 1:064x}"

    def __post_init__(self) -> None:
        self.call([], self.sender, self.to, self.method, value=self.value)
        if self.failed:
            self.traces[0]["error"] = "Reverted"

    def call(self, path: list[int], sender: str, to: str, method: str = "", data: str = "", **more: Any) -> None:
        given = (selector(method) if method else "0x") + data
        way = more.get("way", "call")
        action = {"from": sender, "to": to, "input": given, "value": hex(more.get("value", 0)), "callType": way}
        row = {"action": action, "result": {"output": "0x" + more.get("output", "")}, "type": "call", "error": None}
        self.traces.append(
            {**row, "traceAddress": path, "transactionHash": self.hash, "transactionPosition": self.position}
        )

    def log(self, contract: str, event: str, topics: tuple[int | str, ...], *data: int | str) -> None:
        named = [topic(event), *("0x" + words(value) for value in topics)]
        row = {"address": contract, "topics": named, "data": "0x" + words(*data), "logIndex": hex(len(self.logs))}
        self.logs.append(row)

    def top(self) -> int:
        """The number of the next call that the transaction's contract makes itself."""
        return sum(len(trace["traceAddress"]) == 1 for trace in self.traces)

    def move(self, path: list[int], token: str, giver: str, taker: str, amount: int) -> None:
        if token == NATIVE_TOKEN:
            self.call(path, giver, taker, value=amount)
            return
        self.call(path, giver, token, "transfer(address,uint256)", words(taker, amount), output=words(1))
        self.log(token, "Transfer(address,address,uint256)", (giver, taker), amount)

    def swapped(self, pool: str, protocol: str, by: str, to: str, legs: tuple[str, int, str, int], at: int) -> None:
        names = ("tokenIn", "amountIn", "tokenOut", "amountOut")
        ends = {"pool": pool, "protocol": protocol, "sender": by, "recipient": to, "traceAddress": [at]}
        ids = {"transactionHash": self.hash, "transactionIndex": self.position}
        self.swaps.append({**ids, **ends, **dict(zip(names, legs, strict=True))})


Legs = tuple[str, int, str, int]
Trade = Callable[[Sent, str, str, Legs], None]


def uniswap_v2(sent: Sent, pool: str, by: str, legs: Legs, to: str | None = None) -> None:
    token_in, amount_in, token_out, amount_out = legs
    sent.move([sent.top()], token_in, by, pool, amount_in)
    at = sent.top()
    sent.call([at], by, pool, "swap(uint256,uint256,address,bytes)", words(0, amount_out, to or by, 128, 0))
    sent.move([at, 0], token_out, pool, to or by, amount_out)
    event = "Swap(address,uint256,uint256,uint256,uint256,address)"
    sent.log(pool, event, (by, to or by), amount_in, 0, 0, amount_out)
    sent.swapped(pool, "uniswap_v2", by, to or by, legs, at)


def uniswap_v3(sent: Sent, pool: str, by: str, legs: Legs) -> None:
    token_in, amount_in, token_out, amount_out = legs
    at, signature = sent.top(), "swap(address,bool,int256,uint160,bytes)"
    amounts = (amount_in, -amount_out)
    sent.call([at], by, pool, signature, words(by, 1, amount_in, 0, 160, 0), output=words(*amounts))
    sent.move([at, 0], token_out, pool, by, amount_out)
    sent.call([at, 1], pool, by, "uniswapV3SwapCallback(int256,int256,bytes)")
    sent.move([at, 1, 0], token_in, by, pool, amount_in)
    sent.log(pool, "Swap(address,address,int256,int256,uint160,uint128,int24)", (by, by), *amounts, 1, 1, 1)
    sent.swapped(pool, "uniswap_v3", by, by, legs, at)


def curve(kind: str, name: str = "exchange", event: str = "TokenExchange") -> Trade:
    def trade(sent: Sent, pool: str, by: str, legs: Legs) -> None:
        token_in, amount_in, token_out, amount_out = legs
        at = sent.top()
        method = f"{name}({kind},{kind},uint256,uint256)"
        sent.call([at], by, pool, method, words(0, 1, amount_in, 0), output=words(amount_out))
        sent.move([at, 0], token_in, by, pool, amount_in)
        sent.move([at, 1], token_out, pool, by, amount_out)
        sent.log(pool, f"{event}(address,{kind},uint256,{kind},uint256)", (by,), 0, amount_in, 1, amount_out)
        sent.swapped(pool, "curve", by, by, legs, at)

    return trade


def balancer_v1(sent: Sent, pool: str, by: str, legs: Legs) -> None:
    token_in, amount_in, token_out, amount_out = legs
    at, method = sent.top(), "swapExactAmountIn(address,uint256,address,uint256,uint256)"
    sent.call([at], by, pool, method, words(token_in, amount_in, token_out, 0, 9), output=words(amount_out, 1))
    sent.log(
        pool, "LOG_SWAP(address,address,address,uint256,uint256)", (by, token_in, token_out), amount_in, amount_out
    )
    sent.move([at, 0], token_in, by, pool, amount_in)
    sent.move([at, 1], token_out, pool, by, amount_out)
    sent.swapped(pool, "balancer_v1", by, by, legs, at)


def balancer_v2(sent: Sent, pool: str, by: str, legs: Legs) -> None:
    token_in, amount_in, token_out, amount_out = legs
    at, id_ = sent.top(), pool + "0" * 24
    method = "onSwap((uint8,address,address,uint256,bytes32,uint256,address,address,bytes),uint256,uint256)"
    request = words(96, 1, 1, 0, token_in, token_out, amount_in, id_, 0, by, by, 288, 0)
    sent.call([at], by, VAULT, "swap()")
    sent.call([at, 0], VAULT, pool, method, request, output=words(amount_out))
    event = "Swap(bytes32,address,address,uint256,uint256)"
    sent.log(VAULT, event, (id_, token_in, token_out), amount_in, amount_out)
    sent.move([at, 1], token_in, by, VAULT, amount_in)
    sent.move([at, 2], token_out, VAULT, by, amount_out)
    sent.swapped(pool, "balancer_v2", by, by, legs, at)


def bancor(sent: Sent, network: str, by: str, legs: Legs) -> None:
    token_in, amount_in, token_out, amount_out = legs
    at, method = sent.top(), "convertByPath(address[],uint256,uint256,address,address,uint256)"
    data = words(192, amount_in, 1, 0, 0, 0, 3, token_in, OWNER, token_out)
    sent.call([at], by, network, method, data, output=words(amount_out))
    sent.move([at, 0], token_in, by, OWNER, amount_in)
    sent.move([at, 1], token_out, OWNER, by, amount_out)
    event = "Conversion(address,address,address,uint256,uint256,address)"
    sent.log(network, event, (OWNER, token_in, token_out), amount_in, amount_out, by)
    sent.swapped(network, "bancor", by, by, legs, at)


def zero_ex_v4(sent: Sent, exchange: str, by: str, legs: Legs) -> None:
    token_in, amount_in, token_out, amount_out = legs
    order = "(address,address,uint128,uint128,address,address,address,bytes32,uint64,uint256)"
    at, method = sent.top(), f"fillRfqOrder({order},(uint8,uint8,bytes32,bytes32),uint128)"
    sent.call([at], by, exchange, method, words(token_out, token_in, *[0] * 13), output=words(amount_in, amount_out))
    sent.move([at, 0], token_in, by, OWNER, amount_in)
    sent.move([at, 1], token_out, OWNER, by, amount_out)
    event = "RfqOrderFilled(bytes32,address,address,address,address,uint128,uint128,bytes32)"
    sent.log(exchange, event, (), 7, OWNER, by, token_out, token_in, amount_in, amount_out, 0)
    sent.swapped(exchange, "0x", by, by, legs, at)


def zero_ex_v3(sent: Sent, exchange: str, by: str, legs: Legs) -> None:
    token_in, amount_in, token_out, amount_out = legs
    assets = [words(36) + "f47261b0" + words(token) + "0" * 56 for token in (token_out, token_in)]
    order = words(OWNER, *[0] * 9, 14 * 32, 17 * 32, 17 * 32, 17 * 32) + "".join(assets)
    many = "uint256,uint256,uint256,uint256,uint256,uint256"
    method = f"fillOrder((address,address,address,address,{many},bytes,bytes,bytes,bytes),uint256,bytes)"
    at, amounts = sent.top(), (amount_out, amount_in, 0, 0, 0)
    sent.call([at], by, exchange, method, words(96, amount_in, 0) + order, output=words(*amounts))
    sent.move([at, 0], token_in, by, OWNER, amount_in)
    sent.move([at, 1], token_out, OWNER, by, amount_out)
    event = f"Fill(address,address,bytes,bytes,bytes,bytes,bytes32,address,address,{','.join(['uint256'] * 5)})"
    sent.log(exchange, event, (OWNER, 0, 7), 352, 448, 448, 448, by, by, *amounts)
    sent.logs[-1]["data"] += "".join(assets)
    sent.swapped(exchange, "0x", by, by, legs, at)


TRADES: dict[str, Trade] = {
    "uniswap v2": uniswap_v2,
    "uniswap v3": uniswap_v3,
    "curve, old": curve("int128"),
    "curve, new": curve("uint256"),
    "curve, underlying": curve("int128", "exchange_underlying", "TokenExchangeUnderlying"),
    "balancer v1": balancer_v1,
    "balancer v2": balancer_v2,
    "bancor": bancor,
    "0x v3": zero_ex_v3,
    "0x v4": zero_ex_v4,
}
POOLS = {name: trade for name, trade in TRADES.items() if name.split()[0] not in ("bancor", "0x")}


def block(form: str, sents: list[Sent]) -> dict[str, Any]:
    made: dict[str, Any] = {"number": "0x10", "miner": account(99), "baseFeePerGas": "0x1"}
    receipts = [
        {
            "transactionHash": s.hash,
            "transactionIndex": hex(s.position),
            "from": s.sender,
            "to": s.to,
            "status": hex(not s.failed),
        }
        for s in sents
    ]
    if form == "both":
        return block("logs", sents) | {"traces": [trace for s in sents for trace in s.traces]}
    if form == "traces":
        return made | {"traces": [trace for s in sents for trace in s.traces], "receipts": receipts}
    if form == "logs":
        logs = [[] if s.failed else s.logs for s in sents]
        return made | {"receipts": [{**row, "logs": own} for row, own in zip(receipts, logs, strict=True)]}
    transactions = [
        {
            "hash": s.hash,
            "transactionIndex": s.position,
            "from": s.sender,
            "to": s.to,
            "value": s.value,
            "input": selector(s.method),
            "status": int(not s.failed),
        }
        for s in sents
    ]
    return made | {"transactions": transactions, "swaps": [swap for s in sents for swap in s.swaps]}


def detect(form: str, *sents: Sent) -> Any:
    [answer] = run(find("blockchain.detect-mev"), [json.dumps({"block": block(form, list(sents))})])
    assert not isinstance(answer, SobaError), answer
    return json.loads(answer)


BUY, SELL = (WETH, 10**18, TOKEN, 9 * 10**20), (TOKEN, 9 * 10**20, WETH, 10**18 + 12_345)
