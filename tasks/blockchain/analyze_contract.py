"""`blockchain.analyze-contract`: what a contract does, who may abuse it, and how risky it is."""

from __future__ import annotations

from binascii import unhexlify
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints, WithJsonSchema, model_validator
from typing_extensions import TypedDict

from foundation.errors import InvalidInput, SobaError
from schemas.base import Wire
from schemas.liquidity import LiquidityFacts, PoolLog
from tasks.operation import operation

if TYPE_CHECKING:
    from models.blockchain.contracts.analysis import Report
    from models.blockchain.contracts.bytecode.metadata import Metadata
    from models.blockchain.contracts.bytecode.proxies import Proxy
    from models.blockchain.contracts.finding import Finding
    from models.blockchain.contracts.honeypot import Honeypot
    from models.blockchain.contracts.liquidity import Liquidity
    from models.blockchain.contracts.token import TokenPowers

Contract = tuple[bytes | None, str | None]
"""Code and source."""
MAX_CODE_BYTES = 1_000_000
MAX_SOURCE = 2_000_000
_EVIDENCE = 5
HexCode = Annotated[
    str,
    Field(max_length=2 * MAX_CODE_BYTES + 2),
    WithJsonSchema({"type": "string", "maxLength": 2 * MAX_CODE_BYTES + 2, "pattern": "^(0[xX])?[0-9a-fA-F]*$"}),
]
"""The pattern is left to the decoding, which looks at every digit anyway."""
CasedAddress = Annotated[str, StringConstraints(pattern=r"^0[xX][0-9a-fA-F]{40}$")]


class Request(Wire):
    """A contract's bytecode, its source, or both, and what its pools logged."""

    address: CasedAddress | None = None
    """Where it is deployed; mixed case must be the right EIP-55 checksum. It changes nothing in the answer."""
    bytecode: HexCode | None = None
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


class Selector(TypedDict):
    """One external function of the runtime."""

    selector: str
    signature: str | None
    """Where the function is a well-known one, or the source declares it."""
    arguments: tuple[str, ...]
    mutability: str
    """payable, nonpayable, view or pure."""


class ProxyFacts(TypedDict):
    """How calls are handed to another contract's code."""

    standard: str
    """eip-1167, eip-1967, eip-1967-beacon, eip-1822, eip-2535, zeppelinos, gnosis-safe or custom."""
    implementation: str | None
    """Address of the code, where it is part of the bytecode."""
    slot: str | None
    """Storage slot that holds that address (or the beacon's)."""


class CompilerMetadata(TypedDict):
    """What the compiler appended to the bytecode."""

    compiler: str | None
    ipfs: str | None
    swarm: str | None
    experimental: bool


class StorageSlot(Wire):
    """One variable of the storage layout, as evmole reads it."""

    slot: str
    offset: int
    """Bytes from the slot's low end."""
    type: str
    reads: list[str]
    """Selectors of the functions that read it."""
    writes: list[str]


class TokenFacts(Wire):
    """What someone privileged can do to the holders of a token."""

    standard: str
    """erc20, erc721, erc1155, or pool for a contract that holds others' tokens without being one."""
    mintable: bool
    """Someone privileged can raise a balance or the supply after deployment."""
    owner_can_drain: bool
    """Someone privileged can move or burn others' tokens."""
    transfers_limited: bool
    """Someone privileged can stop or limit others' transfers or sales."""
    fees_changeable: bool
    """Someone privileged can change what a transfer costs; told from source only."""
    features: list[str]
    """blacklist, pause, trading_switch, amount_limit, cooldown, unbounded_fee, external_check, hidden_owner,
    privileged_transfer; told from source only."""
    evidence: list[str]
    """Function, and the line or program counter, of each."""


class FindingFacts(TypedDict):
    """One weakness at one place."""

    id: str
    category: str
    """One of the ten DASP categories."""
    swc: str | None
    severity: str
    """info, low, medium, high or critical."""
    confidence: str
    line: int | None
    """1-based, of the statement at fault, where source was given."""
    message: str
    evidence: str
    function: str | None
    """Name or selector of the function at fault."""


class HoneypotFacts(TypedDict):
    """Whether the contract baits its callers into losing what they send."""

    detected: bool
    score: Annotated[float, Field(ge=0, le=1)]
    techniques: list[str]
    reasons: list[str]


class Result(Wire):
    """What the contract is, what it does, and what is wrong with it."""

    address: str | None
    kind: str
    """empty, proxy, library, contract, or the most telling of `standards`."""
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
def analyze_contract(requests: list[Request]) -> list[Result | SobaError]:
    """Say what a contract does, who may abuse it, and how risky it is.

    The bytecodes of a batch are read together, equal ones once.
    """
    from models.blockchain.contracts.analysis import analyze_all

    given = [_given(request) for request in requests]
    contracts = list(dict.fromkeys(contract for contract in given if not isinstance(contract, SobaError)))
    reports = dict(zip(contracts, analyze_all(contracts), strict=True))
    return [
        contract if isinstance(contract, SobaError) else _result(request, reports[contract])
        for request, contract in zip(requests, given, strict=True)
    ]


def _given(request: Request) -> Contract | SobaError:
    try:
        _check_address(request.address)
        return _code_of(request.bytecode) if request.bytecode is not None else None, request.source
    except InvalidInput as error:
        return error


def _code_of(text: str) -> bytes:
    digits = text[2:] if text[:2] in ("0x", "0X") else text
    if len(digits) % 2:
        raise InvalidInput.at("bytecode", "an odd number of hex digits: expected two for each byte")
    try:
        return unhexlify(digits)
    except ValueError:
        raise InvalidInput.at("bytecode", "expected hex digits, with or without 0x") from None


def _check_address(address: str | None) -> None:
    if address is None or address[2:] in (address[2:].lower(), address[2:].upper()):
        return
    from models.blockchain.contracts.address import has_right_checksum

    if not has_right_checksum(address):
        raise InvalidInput.at("address", "wrong EIP-55 checksum: expected the right case, or lower case throughout")


def _result(request: Request, report: Report) -> Result:
    from models.blockchain.contracts.scoring import risk_level, with_powers

    read = report.bytecode
    pools = _pools(request) if request.logs else []
    score = with_powers(report.risk_score, {risk for pool in pools for risk in pool.risks})
    return Result.model_construct(
        address=request.address.lower() if request.address else None,
        kind=report.kind,
        standards=report.standards,
        selectors=[
            {"selector": selector, "signature": signature, "arguments": arguments, "mutability": mutability}
            for selector, signature, arguments, mutability, _ in report.functions
        ],
        proxy=_proxy(read.proxy) if read.proxy else None,
        metadata=_metadata(read.metadata) if read.metadata else None,
        token=_token(report.token) if report.token else None,
        findings=[_finding(finding) for finding in report.findings],
        honeypot=_honeypot(report.honeypot),
        storage=_storage(request) if request.storage_layout and request.bytecode else None,
        liquidity=[_liquidity(pool) for pool in pools] if request.logs else None,
        risk_score=score,
        risk_level=risk_level(score),
        notes=report.notes,
    )


def _pools(request: Request) -> list[Liquidity]:
    from models.blockchain.contracts.liquidity import Log, liquidity_of
    from models.blockchain.mev.calls import quantity

    return liquidity_of(
        Log(
            address=log["address"],
            topics=log["topics"],
            data=log["data"],
            place=(quantity(log.get("block_number")), quantity(log.get("log_index"))),
            transaction=log.get("transaction_hash"),
        )
        for log in request.logs
        if not log.get("removed")
    )


def _liquidity(pool: Liquidity) -> LiquidityFacts:
    holder, amount = pool.largest_holder or (None, 0)
    removal = pool.largest_removal
    reserve0, reserve1 = pool.reserves or (None, None)
    return LiquidityFacts.model_construct(
        pool=pool.pool,
        supply=pool.supply,
        burned=pool.burned,
        locked=pool.locked,
        largest_holder=holder,
        largest_amount=amount,
        removed=removal.amount,
        removed_share=round(removal.share, 9),
        removed_block=removal.block if removal.amount else None,
        removed_transaction=removal.transaction,
        pulled=pool.pulled,
        reserve0=reserve0,
        reserve1=reserve1,
        complete=pool.complete,
    )


def _storage(request: Request) -> list[StorageSlot] | None:
    from models.blockchain.contracts.bytecode.layout import storage_layout

    slots = storage_layout(_code_of(request.bytecode or ""))
    return None if slots is None else [StorageSlot.model_construct(**slot) for slot in slots]


def _finding(found: Finding) -> FindingFacts:
    return {
        "id": found.id,
        "category": found.category,
        "swc": found.swc,
        "severity": found.severity,
        "confidence": found.confidence,
        "line": found.line,
        "message": found.message,
        "evidence": found.evidence,
        "function": found.function,
    }


def _proxy(found: Proxy) -> ProxyFacts:
    return {"standard": found.standard, "implementation": found.implementation, "slot": found.slot}


def _metadata(found: Metadata) -> CompilerMetadata:
    return {
        "compiler": found.compiler,
        "ipfs": found.ipfs,
        "swarm": found.swarm,
        "experimental": found.experimental,
    }


def _honeypot(found: Honeypot) -> HoneypotFacts:
    return {
        "detected": bool(found.techniques),
        "score": found.score,
        "techniques": found.techniques,
        "reasons": found.reasons,
    }


def _token(powers: TokenPowers) -> TokenFacts:
    return TokenFacts.model_construct(
        standard=powers.standard,
        mintable=bool(powers.mint),
        owner_can_drain=bool(powers.drain),
        transfers_limited=bool(powers.limit),
        fees_changeable=bool(powers.fees),
        features=sorted(powers.features),
        evidence=[
            text for found in (powers.mint, powers.drain, powers.limit, powers.fees) for text in found[:_EVIDENCE]
        ],
    )
