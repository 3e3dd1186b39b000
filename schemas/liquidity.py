"""What is told of a token's pools, and the logs that it is told from."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, with_config
from typing_extensions import TypedDict

from schemas.base import Wire
from schemas.block import ROWS, Amount, HexAddress, HexHash, Quantity


class _PoolLogKey(TypedDict):
    address: HexAddress
    topics: Annotated[list[HexHash], Field(max_length=4)]
    data: Annotated[str, StringConstraints(pattern=r"^0[xX][0-9a-fA-F]*$", to_lower=True, max_length=4_096)]


@with_config(ROWS)
class PoolLog(_PoolLogKey, total=False):
    """One log; ordered by block and index where both are given, and passed over where it was removed again."""

    block_number: Quantity | None
    log_index: Quantity | None
    transaction_hash: HexHash | None
    removed: bool | None


class LiquidityFacts(Wire):
    """Who can take the liquidity of one pool, after all the logs given; amounts in units of the pool's own token."""

    pool: str
    supply: Amount
    burned: Amount
    """What lies with nobody, and can never be taken."""
    locked: Amount
    """What lies with a known locker, and cannot be taken before a time that the logs do not tell."""
    largest_holder: str | None
    """Who holds most of the rest; null where nobody holds any."""
    largest_amount: Amount
    removed: Amount
    """The largest part that one transaction burned, for the reserves."""
    removed_share: float = Field(ge=0, le=1)
    """Of the supply before it."""
    removed_block: int | None
    removed_transaction: str | None
    pulled: bool
    """Whether one transaction burned at least nine tenths, and nobody added liquidity after it."""
    reserve0: Amount | None
    reserve1: Amount | None
    complete: bool
    """Whether the logs account for all that was moved; else they do not begin at the pool's first."""
