"""What is known of a contract as it goes over the wire."""

from __future__ import annotations

from typing import Any

from models.blockchain.contracts.analysis import Report
from models.blockchain.contracts.bytecode.dispatch import Function
from models.blockchain.contracts.bytecode.layout import storage_layout
from models.blockchain.contracts.bytecode.metadata import Metadata
from models.blockchain.contracts.bytecode.proxies import Proxy
from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.honeypot import Honeypot
from models.blockchain.contracts.liquidity import Liquidity
from models.blockchain.contracts.scoring import risk_level, with_powers
from models.blockchain.contracts.token import TokenPowers
from schemas.contract import (
    CompilerMetadata,
    FindingFacts,
    HoneypotFacts,
    ProxyFacts,
    Selector,
    StorageSlot,
    TokenFacts,
)
from schemas.liquidity import LiquidityFacts

_EVIDENCE = 5


def facts(report: Report, pools: list[Liquidity] | None) -> dict[str, Any]:
    """The fields of the answer by name, the address and the storage layout apart."""
    read = report.bytecode
    score = with_powers(report.risk_score, {risk for pool in pools or () for risk in pool.risks})
    return {
        "kind": report.kind,
        "standards": report.standards,
        "selectors": [_selector(function) for function in report.functions],
        "proxy": _proxy(read.proxy) if read.proxy else None,
        "metadata": _metadata(read.metadata) if read.metadata else None,
        "token": _token(report.token) if report.token else None,
        "findings": [_finding(finding) for finding in report.findings],
        "honeypot": _honeypot(report.honeypot),
        "liquidity": None if pools is None else [_liquidity(pool) for pool in pools],
        "risk_score": score,
        "risk_level": risk_level(score),
        "notes": report.notes,
    }


def slots(code: bytes) -> list[StorageSlot] | None:
    """The storage layout of a code; None for code beyond what a chain accepts."""
    found = storage_layout(code)
    return None if found is None else [StorageSlot.model_construct(**slot) for slot in found]


def _selector(function: Function) -> Selector:
    selector, signature, arguments, mutability, _ = function
    return {"selector": selector, "signature": signature, "arguments": arguments, "mutability": mutability}


def _proxy(found: Proxy) -> ProxyFacts:
    return {"standard": found.standard, "implementation": found.implementation, "slot": found.slot}


def _metadata(found: Metadata) -> CompilerMetadata:
    return {
        "compiler": found.compiler,
        "ipfs": found.ipfs,
        "swarm": found.swarm,
        "experimental": found.experimental,
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


def _honeypot(found: Honeypot) -> HoneypotFacts:
    return {
        "detected": bool(found.techniques),
        "score": found.score,
        "techniques": found.techniques,
        "reasons": found.reasons,
    }


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
