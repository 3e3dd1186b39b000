"""Wallets: activity of one Ethereum address, and whether it was reported for fraud.

Fields, ratios and names follow the Kaggle set "Ethereum fraud detection". Three traps of that file shape this spec.
Its ERC-20 columns are missing for reported wallets only (the scraper's doing), so absent is read as 0. Its two token
names were filled in differently by label, so no model reads them. Its row order follows the label, so rows are
shuffled before anything is fitted.
"""

from __future__ import annotations

from models.fraud.spec import Spec, ratio
from models.fraud.trees import Floats

_EPSILON = 1e-9  # Ether
_COLUMNS = {
    "avg_minutes_between_sent": "Avg min between sent tnx",
    "avg_minutes_between_received": "Avg min between received tnx",
    "active_minutes": "Time Diff between first and last (Mins)",
    "sent_count": "Sent tnx",
    "received_count": "Received Tnx",
    "created_contracts": "Number of Created Contracts",
    "unique_senders": "Unique Received From Addresses",
    "unique_recipients": "Unique Sent To Addresses",
    "min_received_eth": "min value received",
    "max_received_eth": "max value received",
    "avg_received_eth": "avg val received",
    "min_sent_eth": "min val sent",
    "max_sent_eth": "max val sent",
    "avg_sent_eth": "avg val sent",
    "min_sent_to_contract_eth": "min value sent to contract",
    "max_sent_to_contract_eth": "max val sent to contract",
    "avg_sent_to_contract_eth": "avg value sent to contract",
    "total_transactions": "total transactions (including tnx to create contract",
    "total_sent_eth": "total Ether sent",
    "total_received_eth": "total ether received",
    "total_sent_to_contracts_eth": "total ether sent contracts",
    "balance_eth": "total ether balance",
    "erc20_transactions": "Total ERC20 tnxs",
    "erc20_total_received": "ERC20 total Ether received",
    "erc20_total_sent": "ERC20 total ether sent",
    "erc20_total_sent_to_contracts": "ERC20 total Ether sent contract",
    "erc20_unique_recipients": "ERC20 uniq sent addr",
    "erc20_unique_senders": "ERC20 uniq rec addr",
    "erc20_unique_recipient_contracts": "ERC20 uniq sent addr.1",
    "erc20_unique_sender_contracts": "ERC20 uniq rec contract addr",
    "erc20_min_received": "ERC20 min val rec",
    "erc20_max_received": "ERC20 max val rec",
    "erc20_avg_received": "ERC20 avg val rec",
    "erc20_min_sent": "ERC20 min val sent",
    "erc20_max_sent": "ERC20 max val sent",
    "erc20_avg_sent": "ERC20 avg val sent",
    "erc20_unique_sent_tokens": "ERC20 uniq sent token name",
    "erc20_unique_received_tokens": "ERC20 uniq rec token name",
}
_AT = {name: position for position, name in enumerate(_COLUMNS)}
_RATIOS = {
    "sent_to_received_eth": ("total_sent_eth", "total_received_eth", _EPSILON),
    "senders_per_received": ("unique_senders", "received_count", 1.0),
    "recipients_per_sent": ("unique_recipients", "sent_count", 1.0),
    "received_to_sent_count": ("received_count", "sent_count", 1.0),
    "max_to_avg_received": ("max_received_eth", "avg_received_eth", _EPSILON),
    "min_to_avg_received": ("min_received_eth", "avg_received_eth", _EPSILON),
    "max_to_avg_sent": ("max_sent_eth", "avg_sent_eth", _EPSILON),
    "avg_sent_to_avg_received": ("avg_sent_eth", "avg_received_eth", _EPSILON),
    "balance_to_received": ("balance_eth", "total_received_eth", _EPSILON),
    "max_sent_to_total_received": ("max_sent_eth", "total_received_eth", _EPSILON),
    "max_to_total_received": ("max_received_eth", "total_received_eth", _EPSILON),
    "max_sent_to_max_received": ("max_sent_eth", "max_received_eth", _EPSILON),
}
_WORDS = {
    "avg_minutes_between_sent": "mean minutes between payments sent",
    "avg_minutes_between_received": "mean minutes between payments received",
    "active_minutes": "minutes between the first and the last transaction",
    "received_to_sent_count": "payments received for each one sent",
    "senders_per_received": "distinct senders for each payment received",
    "recipients_per_sent": "distinct recipients for each payment sent",
    "sent_to_received_eth": "share of the Ether received that was sent on",
    "balance_to_received": "share of the Ether received that is still there",
}


def _ratios(rows: Floats) -> dict[str, Floats]:
    return {name: ratio(rows[:, _AT[a]], rows[:, _AT[b]], least) for name, (a, b, least) in _RATIOS.items()}


WALLET = Spec(
    name="wallet-fraud",
    code="WALLET",
    columns=_COLUMNS,
    label="FLAG",
    time=None,
    zero_when_absent=frozenset(name for name in _COLUMNS if name.startswith("erc20")),
    often_absent=frozenset(name for name in _COLUMNS if "to_contract" in name) | {"created_contracts"},
    ratios=_ratios,
    words=_WORDS,
    learning_rate=0.06,
    monotone={"erc20_unique_sent_tokens": -1},
)
