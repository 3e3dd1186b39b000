"""The shipped rules fire when they should; the file is checked, and followed as it changes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.velocity import FACTS
from models.fraud.facts import known_facts, lookalike, request_facts
from models.fraud.rules import SHIPPED, BadRules, LiveRules, RuleBook
from schemas.fraud import Transaction

KNOWN = known_facts(FACTS)
BOOK = RuleBook.parse(SHIPPED.read_text(), KNOWN)
A, B = "0x" + "a1" * 20, "0x" + "b2" * 20
LISTED = {"0x" + "01" * 20: ("sanctions",), "0x" + "02" * 20: ("phishing",), "0x" + "03" * 20: ("mixer", "scam")}
ETHER = 10**18


def fired(transaction: dict[str, Any], velocity: dict[str, float] | None = None) -> set[str]:
    request = Transaction.model_validate_json(json.dumps({"from": A, "to": B, **transaction}))
    facts = request_facts(request, None, None, LISTED) | (velocity or {})
    return {rule.id for rule in BOOK.fired(facts)}


CASES: list[tuple[str, dict[str, Any], dict[str, float]]] = [
    ("sanctioned-party", {"to": "0x" + "01" * 20}, {}),
    ("known-phishing", {"approvals": [{"spender": "0x" + "02" * 20}]}, {}),
    ("known-scam", {"from": "0x" + "03" * 20}, {}),
    ("mixer", {"token": "0x" + "03" * 20}, {}),
    ("lookalike-recipient", {"to": "0xb2b2" + "00" * 16 + "b2b2", "knownCounterparties": [A, B]}, {}),
    ("poisoning-zero-transfers", {"value": 0, "tokenAmount": "0"}, {"wallet_distinct_1h": 10}),
    ("dust-attack", {"value": 10**12}, {"wallet_distinct_1h": 20}),
    ("new-wallet-burst", {"senderAgeMinutes": 5}, {"wallet_count_1h": 20}),
    ("wallet-burst", {}, {"wallet_count_1m": 30}),
    ("fan-out", {}, {"wallet_distinct_1d": 200}),
    (
        "fan-in",
        {},
        {"counterparty_distinct_1h": 50, "counterparty_sum_1h": 10, "counterparty_count_1h": 60},
    ),
    ("many-wallets-of-one-ip", {}, {"ip_distinct_1d": 10}),
    ("round-trip", {"value": ETHER}, {"repaid_after_minutes": 30}),
    ("approval-drain", {"approvals": [{"spender": B, "amount": str(2**256 - 1)}] * 3}, {}),
    (
        "unlimited-approval-by-new-wallet",
        {"senderAgeMinutes": 1, "approvals": [{"spender": B, "amount": str(2**255)}]},
        {},
    ),
    ("price-impact", {"priceImpact": 0.2}, {}),
    ("sandwich-exposure", {"priceImpact": 0.02, "slippage": 0.05}, {}),
    ("gas-price-anomaly", {"gasPrice": 10**12, "baseFeePerGas": 10**10}, {}),
    ("gas-limit-anomaly", {"gasLimit": 10**9}, {}),
    ("impossible-ether", {"value": str(10**27)}, {}),
    ("impossible-tokens", {"token": B, "tokenAmount": 11, "tokenSupply": 10}, {}),
    ("most-of-supply", {"token": B, "tokenAmount": 5, "tokenSupply": 10}, {}),
    ("to-itself", {"to": A, "value": 1}, {}),
]


@pytest.mark.parametrize(("rule", "transaction", "velocity"), CASES, ids=[case[0] for case in CASES])
def test_each_rule_fires_on_its_case(rule: str, transaction: dict[str, Any], velocity: dict[str, float]) -> None:
    assert rule in fired(transaction, velocity)


def test_an_ordinary_payment_fires_nothing() -> None:
    ordinary = {
        "value": str(ETHER),
        "gasPrice": 30 * 10**9,
        "baseFeePerGas": 25 * 10**9,
        "gasLimit": 21000,
        "slippage": 0.005,
        "priceImpact": 0.001,
        "senderAgeMinutes": 500_000,
        "knownCounterparties": [B],
    }
    quiet = dict.fromkeys(FACTS, 1.0)
    assert fired(ordinary, quiet) == set()


def test_burnt_funds_are_noticed() -> None:
    dead = "0x" + "0" * 36 + "dead"
    facts = request_facts(
        Transaction.model_validate_json(json.dumps({"to": dead, "value": str(ETHER)})), None, None, {dead: ("burn",)}
    )
    assert [rule.id for rule in BOOK.fired(facts)] == ["burnt-funds"]


def test_every_shipped_rule_has_a_case() -> None:
    assert {rule.id for rule in BOOK.rules} == {case[0] for case in CASES} | {"burnt-funds"}


def test_messages_have_their_facts_filled_in() -> None:
    facts = {"price_impact": 0.25}
    assert [rule.message for rule in BOOK.fired(facts)] == ["The trade moves the price by a share of 0.25"]


values = st.floats(allow_nan=False) | st.sampled_from(["", "sanctions", A]) | st.booleans()


@given(st.dictionaries(st.sampled_from(sorted(KNOWN)), values))
def test_no_facts_break_the_rules(facts: dict[str, Any]) -> None:
    weights = [rule.weight for rule in BOOK.fired(facts)]
    assert weights == sorted(weights, reverse=True)


@pytest.mark.parametrize(
    ("address", "expected"),
    [("0xb2b2" + "0" * 32 + "b2b2", B), (B, None), ("0xb2b2" + "0" * 36, None), (A, None)],
)
def test_a_lookalike_is_another_address_with_the_same_ends(address: str, expected: str | None) -> None:
    assert lookalike(address, [A, B] if address != A else [B]) == expected


GOOD = """version = "1"
[[rule]]
id = "r"
when = "slippage > 0.1"
weight = 0.5
code = "R"
message = "m {slippage}"
"""


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ('id = "r"', 'id = "R!"', "id"),
        ("weight = 0.5", "weight = 2", "weight"),
        ("weight = 0.5", "weight = true", "weight"),
        ("weight = 0.5\n", "", "fields"),
        ('code = "R"', 'code = "r"', "code"),
        ("slippage > 0.1", "nobody_knows > 0.1", "nobody_knows"),
        ("{slippage}", "{nobody_knows}", "nobody_knows"),
        ("slippage > 0.1", "slippage.real > 0", "when"),
        ("slippage > 0.1", "1 > 0", "at least one fact"),
        ('version = "1"', "", "version"),
        ("[[rule]]", "[[rule", "TOML"),
    ],
)
def test_a_bad_file_is_refused_and_says_where(before: str, after: str, word: str) -> None:
    with pytest.raises(BadRules, match=word):
        RuleBook.parse(GOOD.replace(before, after), KNOWN)


def test_two_rules_of_one_id_are_refused() -> None:
    with pytest.raises(BadRules, match="share an id"):
        RuleBook.parse(GOOD + GOOD.partition("\n")[2], KNOWN)


def test_the_file_is_followed_and_a_bad_edit_changes_nothing(tmp_path: Path) -> None:
    path, time = tmp_path / "rules.toml", [0.0]
    path.write_text(GOOD)
    live = LiveRules(path, KNOWN, clock=lambda: time[0])

    def after(text: str, seconds: float) -> str:
        path.write_text(text)
        os.utime(path, ns=(0, int(time[0] * 1e9) + len(text)))
        time[0] += seconds
        return live.book().version

    assert after(GOOD, 2) == "1"
    assert after(GOOD.replace('"1"', '"2"'), 2) == "2"
    assert after("nonsense", 2) == "2"
    path.unlink()
    time[0] += 2
    assert live.book().version == "2"
    assert after(GOOD.replace('"1"', '"3"'), 2) == "3"
