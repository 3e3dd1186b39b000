"""Which events are known, and what a log says once decoded.

Built in: ERC-20, ERC-721, ERC-1155, pools and factories of Uniswap v2 and v3, WETH. More come from JSON ABI files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from models.data.abi import WORD, Codec, Data, LayoutMismatch, codec, decode_sequence
from models.data.checksum import keccak

_BUILT_IN = """
Transfer(address indexed from, address indexed to, uint256 value)
Transfer(address indexed from, address indexed to, uint256 indexed tokenId)
Approval(address indexed owner, address indexed spender, uint256 value)
Approval(address indexed owner, address indexed approved, uint256 indexed tokenId)
ApprovalForAll(address indexed owner, address indexed operator, bool approved)
TransferSingle(address indexed operator, address indexed from, address indexed to, uint256 id, uint256 value)
TransferBatch(address indexed operator, address indexed from, address indexed to, uint256[] ids, uint256[] values)
URI(string value, uint256 indexed id)
PairCreated(address indexed token0, address indexed token1, address pair, uint256 arg3)
Sync(uint112 reserve0, uint112 reserve1)
Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out, address indexed to)
Mint(address indexed sender, uint256 amount0, uint256 amount1)
Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to)
PoolCreated(address indexed token0, address indexed token1, uint24 indexed fee, int24 tickSpacing, address pool)
Initialize(uint160 sqrtPriceX96, int24 tick)
Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick)
Mint(address sender, address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount, uint256 amount0, uint256 amount1)
Burn(address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount, uint256 amount0, uint256 amount1)
Collect(address indexed owner, address recipient, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount0, uint128 amount1)
CollectProtocol(address indexed sender, address indexed recipient, uint128 amount0, uint128 amount1)
Flash(address indexed sender, address indexed recipient, uint256 amount0, uint256 amount1, uint256 paid0, uint256 paid1)
IncreaseObservationCardinalityNext(uint16 observationCardinalityNextOld, uint16 observationCardinalityNextNew)
SetFeeProtocol(uint8 feeProtocol0Old, uint8 feeProtocol1Old, uint8 feeProtocol0New, uint8 feeProtocol1New)
Deposit(address indexed dst, uint256 wad)
Withdrawal(address indexed src, uint256 wad)
"""  # noqa: E501 - one event a line, as the contracts declare them


@dataclass(frozen=True)
class Layout:
    """One event as its contract declares it: what stands in the topics, what in the data."""

    name: str
    signature: str
    names: tuple[str, ...]
    indexed: tuple[bool, ...]
    codecs: tuple[Codec, ...]

    @property
    def topic(self) -> bytes:
        return keccak(self.signature.encode())

    def decode(self, topics: Sequence[bytes], data: bytes) -> dict[str, Any]:
        """The arguments by name; raises LayoutMismatch. An indexed dynamic value is its hash, as the log has it."""
        if len(topics) != 1 + sum(self.indexed):
            raise LayoutMismatch("the number of topics differs")
        inline = [c for c, indexed in zip(self.codecs, self.indexed, strict=True) if not indexed]
        if not any(c.dynamic for c in inline) and len(data) != sum(c.head for c in inline):
            raise LayoutMismatch("the length of the data differs")
        from_data, from_topics = iter(decode_sequence(inline, Data(data))), iter(topics[1:])
        return {
            name: _topic_value(c, next(from_topics)) if indexed else next(from_data)
            for name, c, indexed in zip(self.names, self.codecs, self.indexed, strict=True)
        }


Table = Mapping[bytes, Sequence[Layout]]
"""Layouts by first topic."""


def decode(table: Table, topics: Sequence[bytes], data: bytes) -> dict[str, Any] | None:
    """`{name, signature, args}` by the first layout that fits; None where none is known for the first topic.

    Raises LayoutMismatch where layouts are known and none fits.
    """
    layouts = table.get(topics[0], ()) if topics else ()
    fault: LayoutMismatch | None = None
    for layout in layouts:
        try:
            return {"name": layout.name, "signature": layout.signature, "args": layout.decode(topics, data)}
        except LayoutMismatch as found:
            fault = found
    if fault:
        raise fault
    return None


@lru_cache(maxsize=4)
def known_events(folder: Path | None = None) -> Table:
    """The built-in events, and those of every *.json in `folder` (JSON ABIs, or artifacts with an `abi`)."""
    layouts = [_layout(_declared(line)) for line in _BUILT_IN.strip().splitlines()]
    for path in sorted(folder.glob("*.json")) if folder else ():
        layouts += _from_file(path)
    table: dict[bytes, list[Layout]] = {}
    for layout in layouts:
        table.setdefault(layout.topic, []).append(layout)
    return table


def _topic_value(kind: Codec, topic: bytes) -> Any:
    return "0x" + topic.hex() if kind.dynamic or kind.head != WORD else kind.decode(Data(topic), 0)


def _from_file(path: Path) -> list[Layout]:
    try:
        content = json.loads(path.read_bytes())
        entries = content["abi"] if isinstance(content, dict) else content
        return [_layout(e) for e in entries if e["type"] == "event" and not e.get("anonymous")]
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise ValueError(f"{path} is not a JSON ABI: {fault!r}") from None


def _layout(entry: Mapping[str, Any]) -> Layout:
    inputs: Iterable[Mapping[str, Any]] = entry["inputs"]
    codecs = tuple(codec(i["type"], i.get("components", ())) for i in inputs)
    names = tuple(str(i.get("name") or f"arg{n}") for n, i in enumerate(inputs))
    signature = f"{entry['name']}({','.join(c.name for c in codecs)})"
    return Layout(entry["name"], signature, names, tuple(bool(i["indexed"]) for i in inputs), codecs)


def _declared(line: str) -> dict[str, Any]:
    name, _, rest = line.partition("(")
    words = [part.split() for part in rest.removesuffix(")").split(",")]
    inputs = [{"type": w[0], "name": w[-1], "indexed": "indexed" in w} for w in words]
    return {"type": "event", "name": name, "inputs": inputs}
