"""What a contract is, by the functions that it answers to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from models.blockchain.contracts.signatures import selector_of, selectors_of_standard

_OPTIONAL: Final = {selector_of("supportsInterface(bytes4)"), selector_of("safeTransferFrom(address,address,uint256)")}
_RULES: Final[tuple[tuple[str, str, int], ...]] = (
    # kind, standard, how many of its functions make it one (0: all but the optional ones); the first that fits wins
    ("pair", "uniswap_v2_pair", 8),
    ("pool", "uniswap_v3_pool", 12),
    ("factory", "uniswap_v2_factory", 5),
    ("router", "uniswap_v2_router", 6),
    ("router", "uniswap_v3_router", 4),
    ("vault", "erc4626", 12),
    ("erc1155", "erc1155", 0),
    ("erc721", "erc721", 0),
    ("erc777", "erc777", 8),
    ("erc20", "erc20", 0),
    ("timelock", "timelock", 6),
    ("multisig", "multisig", 5),
    ("crowdsale", "crowdsale", 5),
    ("vault", "vault", 3),
    ("oracle", "oracle", 2),
)


def standards_of(selectors: Iterable[str]) -> list[str]:
    """Every kind whose functions are there, the most telling first."""
    present = frozenset(selectors)
    found = []
    for kind, standard, least in _RULES:
        wanted = selectors_of_standard(standard)
        enough = len(wanted & present) >= least if least else wanted - _OPTIONAL <= present
        if enough and kind not in found:
            found.append(kind)
    return found
