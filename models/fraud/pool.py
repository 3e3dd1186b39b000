"""Pools: how liquidity and trades of one Uniswap v2 pool went, and whether its liquidity was pulled.

Fields follow the set RugPull-Prediction-AI. It measured pulled pools up to the pull and the others up to their last
trade, so a rate per week carries the length of that window, which is unknown while a pool lives: the four rates alone
give an AUC of about .95 on later pools. The model does not read them (docs/decisions/0021-pool-rates.md).
"""

from __future__ import annotations

from models.fraud.spec import Spec
from models.fraud.trees import Floats

_COLUMNS = (
    "mint_ratio",
    "swap_ratio",
    "burn_ratio",
    "mint_mean_period",
    "swap_mean_period",
    "burn_mean_period",
    "swap_rate",
    "lp_avg",
    "lp_std",
    "lp_creator_holding_ratio",
    "lp_lock_ratio",
    "token_burn_ratio",
    "token_creator_holding_ratio",
    "number_of_token_creation_of_creator",
)
_WORDS = {
    "mint_ratio": "share of liquidity additions among all events",
    "swap_ratio": "share of swaps among all events",
    "burn_ratio": "share of liquidity removals among all events",
    "mint_mean_period": "mean place of the additions in the pool's life (0 to 1)",
    "swap_mean_period": "mean place of the swaps in the pool's life (0 to 1)",
    "burn_mean_period": "mean place of the removals in the pool's life (0 to 1)",
    "swap_rate": "purchases for each sale",
    "lp_avg": "mean share of the liquidity held by a provider, in percent,",
    "lp_std": "spread of the liquidity held by providers, in percent,",
    "lp_creator_holding_ratio": "share of the liquidity that the creator holds",
    "lp_lock_ratio": "share of the liquidity that is locked",
    "token_burn_ratio": "share of the token's supply that was burnt",
    "token_creator_holding_ratio": "share of the token's supply that the creator holds",
    "number_of_token_creation_of_creator": "number of tokens that the creator has made",
}


def _ratios(rows: Floats) -> dict[str, Floats]:
    return {}


POOL = Spec(
    name="pool-rugpull",
    code="POOL",
    columns={name: name for name in _COLUMNS},
    label="is_rugpull",
    time="created",
    zero_when_absent=frozenset(),
    often_absent=frozenset(),
    ratios=_ratios,
    words=_WORDS,
    learning_rate=0.03,
)
