"""`blockchain.analyze-contract`: what a contract does, who may abuse it, and how risky it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from schemas.base import Wire
from schemas.contract import (
    Bytecode,
    CompilerMetadata,
    FindingFacts,
    HoneypotFacts,
    ProxyFacts,
    Selector,
    StorageSlot,
    TokenFacts,
)
from schemas.liquidity import LiquidityFacts, PoolLog
from tasks.operation import operation

if TYPE_CHECKING:
    from models.blockchain.contracts.analysis import Report

MAX_SOURCE = 2_000_000


def _checked(address: str) -> str:
    from models.data.checksum import checksum_holds

    if not checksum_holds(address):
        raise ValueError("wrong EIP-55 checksum: expected the right case, or lower case throughout")
    return address.lower()


CheckedAddress = Annotated[str, StringConstraints(pattern=r"^0[xX][0-9a-fA-F]{40}$"), AfterValidator(_checked)]


class Request(Wire):
    """A contract's bytecode, its source, or both, and what its pools logged."""

    address: CheckedAddress | None = None
    """Where it is deployed; mixed case must be the right EIP-55 checksum. It changes nothing in the answer."""
    bytecode: Bytecode | None = None
    """Runtime code, or creation code, as hex with or without 0x; `0x` for an address without code."""
    source: str | None = Field(None, max_length=MAX_SOURCE)
    """Solidity: one file, several files one after the other, or a compiler's standard JSON input."""

    logs: list[PoolLog] = Field(default_factory=list, max_length=50_000)
    """Logs of the token's Uniswap v2 pools (Sync, and Transfer of the pool's own token) as eth_getLogs gives them, from
    each pool's first on; others are passed over."""

    storage_layout: bool = False
    """Whether to read the storage layout from the bytecode too, which takes up to a second for some contracts."""

    @model_validator(mode="after")
    def _has_something_to_read(self) -> Request:
        if self.bytecode is None and self.source is None and not self.logs:
            raise ValueError("give bytecode, source, logs or several of them")
        return self


class Result(Wire):
    """What the contract is, what it does, and what is wrong with it."""

    address: str | None
    kind: str
    """empty, proxy, contract, or the most telling of `standards`."""
    standards: list[str]
    selectors: list[Selector]
    proxy: ProxyFacts | None
    metadata: CompilerMetadata | None
    token: TokenFacts | None
    findings: list[FindingFacts]
    honeypot: HoneypotFacts
    storage: list[StorageSlot] | None
    """Where `storageLayout` asked for it and the code is of a size that a chain accepts."""
    liquidity: list[LiquidityFacts] | None
    """One entry for each pool of `logs`; null where none were given."""
    risk_score: float = Field(ge=0, le=100)
    risk_level: str
    """low, medium, high or critical."""
    notes: list[str]
    """What could not be read, and what was assumed."""


def _load() -> None:
    from models.blockchain.contracts.analysis import analyze

    analyze(b"", "contract A {}")


@operation(
    queue="blockchain",
    time_limit=30,
    batch_size=64,
    max_bytes=8_000_000,
    cache_ttl=3600,
    parallel=True,
    load=_load,
    examples=[
        {
            "address": "0xbebebebebebebebebebebebebebebebebebebebe",
            "bytecode": "0x363d3d373d3d3d363d73bebebebebebebebebebebebebebebebebebebebe5af43d82803e903d91602b57fd5bf3",
        },
        {
            "source": "pragma solidity ^0.4.19;\n\ncontract Bank {\n    mapping(address => uint) balances;\n\n"
            "    function put() public payable { balances[msg.sender] += msg.value; }\n\n"
            "    function take(uint amount) public {\n        require(balances[msg.sender] >= amount);\n"
            "        require(msg.sender.call.value(amount)());\n        balances[msg.sender] -= amount;\n    }\n}\n",
        },
    ],
)
def analyze_contract(requests: list[Request]) -> list[Result]:
    """Say what a contract does, who may abuse it, and how risky it is.

    The bytecodes of a batch are read together, equal ones once.
    """
    from models.blockchain.contracts.analysis import analyze_all

    given = [(request.bytecode, request.source) for request in requests]
    contracts = list(dict.fromkeys(given))
    reports = dict(zip(contracts, analyze_all(contracts), strict=True))
    return [_result(request, reports[contract]) for request, contract in zip(requests, given, strict=True)]


def _result(request: Request, report: Report) -> Result:
    from models.blockchain.contracts.liquidity import liquidity_of, logs_of
    from models.blockchain.contracts.report import facts, slots

    pools = liquidity_of(logs_of(request.logs)) if request.logs else None
    storage = slots(request.bytecode) if request.storage_layout and request.bytecode is not None else None
    return Result.model_construct(address=request.address, storage=storage, **facts(report, pools))
