"""Everything that someone privileged can do to those who hold a text's token, or entrust tokens to its pool."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.pool import pool_powers
from models.blockchain.contracts.source.syntax import Expr
from models.blockchain.contracts.source.token import Token, change_of, guards_of, is_fixed_address, token_of
from models.blockchain.contracts.source.token_drain import drains
from models.blockchain.contracts.source.token_limit import limits
from models.blockchain.contracts.source.token_mint import mints
from models.blockchain.contracts.source.token_rate import products
from models.blockchain.contracts.token import TokenPowers, with_pool


def powers_of(model: Model) -> TokenPowers | None:
    """The powers over the text's most derived token, with those over its pool; None where it has neither."""
    token = token_of(model)
    return with_pool(_over_token(token) if token else None, pool_powers(model))


def _over_token(token: Token) -> TokenPowers:
    made = TokenPowers(token.standard)
    limiting = list(limits(token))
    made.mint = list(dict.fromkeys(mints(token)))
    made.drain = list(dict.fromkeys(drains(token)))
    made.limit = list(dict.fromkeys(text for _, text in limiting))
    made.fees = [
        f"{name}: line {product.line}: {product}"[:160] for _, name, product in products(token, token.in_transfers)
    ]
    made.features = {feature for feature, _ in limiting}
    if any(is_fixed_address(side) for side in _compared(token)):
        made.features.add("hidden_owner")
    if _distributes(token):
        made.features.add("privileged_transfer")
    return made


def _compared(token: Token) -> Iterator[Expr]:
    """What callers are compared with."""
    for part in (part for flow in token.others for guard in guards_of(iter(flow.steps)) for part in guard.walk()):
        if part.kind == "binary" and part.text == "==":
            sides = [str(side) for side in part.parts]
            if {"msg.sender", "_msgSender()", "tx.origin"} & set(sides):
                yield from part.parts


def _distributes(token: Token) -> bool:
    """Whether someone privileged has a way of his own to move tokens, his own included."""
    for flow in token.others:
        moved = [s for s in flow.writes() if token.is_balance(s) and token.is_privileged(flow, s)]
        if {"+", "-"} <= {change_of(step) for step in moved}:
            return True
    return False
