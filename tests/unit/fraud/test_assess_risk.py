"""fraud.assess-risk: what it answers, and what its answers may depend on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import InvalidInput
from models.fraud.wallet import WALLET
from schemas.fraud import PoolFeatures, WalletActivity
from tasks.discovery import find
from tasks.runner import run

ADDRESS = "0x" + "Ab" * 20
FIELDS = {name: field.alias for name, field in WalletActivity.model_fields.items()}
ERC20 = sorted(FIELDS[name] for name in WALLET.zero_when_absent)


def answers(*requests: Any) -> list[Any]:
    lines = [r if isinstance(r, bytes) else json.dumps(r).encode() for r in requests]
    return [a if isinstance(a, InvalidInput) else json.loads(a) for a in run(find("fraud.assess-risk"), lines)]


def wallet(activity: dict[str, Any], address: str = ADDRESS, **more: Any) -> dict[str, Any]:
    return {"wallet": {"address": address, "activity": activity}, **more}


def probability(activity: dict[str, Any], address: str = ADDRESS) -> float:
    [answer] = answers(wallet(activity, address))
    return answer["components"]["wallet"]["probability"]


@pytest.fixture(scope="module")
def activities(data_dir: Path) -> list[dict[str, Any]]:
    import polars as pl

    frame = pl.read_parquet(data_dir / "fraud" / "eth_wallet_fraud.parquet").sample(300, seed=1, shuffle=True)
    columns = [pl.col(column).cast(pl.Float64).alias(FIELDS[name]) for name, column in WALLET.columns.items()]
    return frame.select(columns).to_dicts()


def test_the_model_reads_every_number_of_the_activity_and_no_text() -> None:
    texts = {"erc20_most_sent_token", "erc20_most_received_token"}
    assert set(FIELDS) - texts == set(WALLET.fields)


@pytest.mark.data
def test_absent_null_and_zero_erc20_fields_answer_alike(activities: list[dict[str, Any]]) -> None:
    for activity in activities[:40]:
        rest = {name: value for name, value in activity.items() if name not in ERC20}
        variants = [rest, rest | dict.fromkeys(ERC20), rest | dict.fromkeys(ERC20, 0), rest | dict.fromkeys(ERC20, 0.0)]
        found = answers(*map(wallet, variants))
        assert all(answer == found[0] for answer in found)


@pytest.mark.data
def test_answers_do_not_depend_on_address_order_or_batch(activities: list[dict[str, Any]]) -> None:
    forward = answers(*map(wallet, activities))
    backward = answers(*(wallet(a, "0x" + f"{i:040x}") for i, a in enumerate(reversed(activities))))
    alone = [answers(wallet(a))[0] for a in activities[:40]]
    assert forward == backward[::-1]
    assert forward[:40] == alone


@pytest.mark.data
def test_every_flagged_answer_says_why(activities: list[dict[str, Any]]) -> None:
    for answer in answers(*map(wallet, activities)):
        assert answer["decision"] == "allow" or answer["reasons"]
        contributions = [reason["contribution"] for reason in answer["reasons"]]
        assert contributions == sorted(contributions, reverse=True)
        assert sum(contributions) <= answer["score"] + 1e-9


@pytest.mark.data
def test_token_names_change_nothing(activities: list[dict[str, Any]]) -> None:
    names = {"erc20MostSentToken": "0", "erc20MostReceivedToken": "0"}
    assert probability(activities[0] | names) == probability(activities[0])


@pytest.mark.data
def test_a_part_of_the_activity_is_answered_by_the_model_for_it(activities: list[dict[str, Any]]) -> None:
    part = {name: activities[0][name] for name in ("sentCount", "receivedCount", "balanceEth", "totalSentEth")}
    [answer] = answers(wallet(part))
    component = answer["components"]["wallet"]
    assert component["model"] == "partial"
    assert component["knownFields"] == 4
    assert 0 < component["probability"] < 1


@pytest.mark.parametrize("activity", [None, {}, {"erc20Transactions": 0, "erc20MinSent": None}])
def test_nothing_known_is_no_probability(activity: dict[str, Any] | None) -> None:
    [answer] = answers(wallet(activity))  # type: ignore[arg-type]  # null is one of the cases
    assert answer["components"]["wallet"]["probability"] is None
    assert (answer["score"], answer["decision"]) == (0, "allow")


def test_thresholds_of_the_request_decide() -> None:
    activity = {"sentCount": 5, "receivedCount": 5}
    [review] = answers(wallet(activity, thresholds={"review": 0}))
    [block] = answers(wallet(activity, thresholds={"review": 0, "block": 0}))
    [allow] = answers(wallet(activity, thresholds={"review": 1, "block": 1}))
    assert [a["decision"] for a in (review, block, allow)] == ["review", "block", "allow"]
    assert review["reasons"]
    assert block["reasons"]


@pytest.mark.parametrize(
    ("activity", "path"),
    [
        ('{"sentCount": -1}', "wallet.activity.sentCount"),
        ('{"sentCount": "5"}', "wallet.activity.sentCount"),
        ('{"sentCount": true}', "wallet.activity.sentCount"),
        ('{"sentCount": 1e999}', "wallet.activity.sentCount"),
        ('{"sentCount": NaN}', ""),
        ('{"flag": 1}', "wallet.activity.flag"),
        ('{"sent_count": 1}', "wallet.activity.sent_count"),
        ("[]", "wallet.activity"),
    ],
)
def test_bad_activity_names_its_field_and_harms_no_neighbour(activity: str, path: str) -> None:
    bad = f'{{"wallet": {{"address": "{ADDRESS}", "activity": {activity}}}}}'.encode()
    before, failure, after = answers(wallet({"sentCount": 1}), bad, wallet({"sentCount": 1}))
    assert isinstance(failure, InvalidInput)
    assert failure.details[0]["path"] == path
    assert before == after


amounts = st.one_of(st.none(), st.integers(0, 10**15), st.floats(0, 1e308))


@given(st.fixed_dictionaries({}, optional={FIELDS[name]: amounts for name in WALLET.fields}))
@settings(max_examples=150, deadline=None)
def test_any_valid_activity_is_answered(activity: dict[str, Any]) -> None:
    [answer] = answers(wallet(activity, thresholds={"review": 0}))
    assert 0 <= answer["score"] <= 1
    assert answer["reasons"]


POOL = {field.alias: 0.5 for field in PoolFeatures.model_fields.values()}


@pytest.mark.parametrize("request_", [{}, {"thresholds": {"review": 0}}, {"wallet": None, "pool": None}])
def test_nothing_to_assess_is_refused(request_: dict[str, Any]) -> None:
    [answer] = answers(request_)
    assert isinstance(answer, InvalidInput)
    assert "at least one" in answer.message


def test_a_pool_is_assessed_by_its_own_model() -> None:
    full, part, rates = answers(
        {"pool": {"features": POOL}},
        {"pool": {"features": {"lpAvg": 100, "lpCreatorHoldingRatio": -0.01, "tokenCreatorHoldingRatio": -500}}},
        {"pool": {"address": ADDRESS, "features": {"mintCountPerWeek": 3, "swapInPerWeek": 9}}},
    )
    assert [a["components"]["pool"]["model"] for a in (full, part, rates)] == ["full", "partial", None]
    assert full["components"]["wallet"]["probability"] is None
    assert full["score"] == full["components"]["pool"]["probability"]
    assert "pool-rugpull" in full["modelVersions"]


def test_rates_per_week_change_nothing() -> None:
    rates = {name: 1e6 for name in POOL if name.endswith("PerWeek")}
    assert len(rates) == 4
    low, high = answers({"pool": {"features": POOL}}, {"pool": {"features": POOL | rates}})
    assert low == high


def test_parts_add_up_and_each_is_named() -> None:
    mixer = "0x910Cbd523D972eb0a6f4cAe4618aD62622b39DbF"
    [answer] = answers(
        {
            "wallet": {"address": ADDRESS, "activity": {"sentCount": 3, "receivedCount": 9}},
            "pool": {"features": POOL},
            "transaction": {"from": ADDRESS, "to": mixer, "value": "1000000000000000000"},
            "thresholds": {"review": 0},
        }
    )
    parts = answer["components"]
    rest = (1 - parts["wallet"]["probability"]) * (1 - parts["pool"]["probability"]) * (1 - 0.6)
    assert answer["score"] == pytest.approx(1 - rest)
    message = f"A party is a mixer: recipient {mixer.lower()} (mixer)"
    assert parts["rules"] == [{"id": "mixer", "weight": 0.6, "code": "MIXER", "message": message}]
    assert parts["velocity"] == {"available": False, "counted": False, "windows": {}}
    assert {reason["code"].split("_")[0] for reason in answer["reasons"]} == {"MIXER", "WALLET", "POOL"}
    assert sum(reason["contribution"] for reason in answer["reasons"]) <= answer["score"] + 1e-9


@pytest.mark.parametrize(
    ("transaction", "path"),
    [
        ({"from": "0x12"}, "transaction.from"),
        ({"value": "1.5"}, "transaction.value"),
        ({"value": -1}, "transaction.value"),
        ({"value": str(2**256)}, "transaction.value"),
        ({"slippage": 2}, "transaction.slippage"),
        ({"ip": "nowhere"}, "transaction.ip"),
        ({"timestamp": "yesterday"}, "transaction.timestamp"),
        ({"approvals": [{}]}, "transaction.approvals.0.spender"),
        ({"sender": ADDRESS}, "transaction.sender"),
        ({"method": "x" * 101}, "transaction.method"),
    ],
)
def test_a_bad_transaction_names_its_field(transaction: dict[str, Any], path: str) -> None:
    [answer] = answers({"transaction": transaction})
    assert isinstance(answer, InvalidInput)
    assert answer.details[0]["path"] == path


wei = st.integers(0, 2**256 - 1).map(str)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "from": st.just(ADDRESS),
            "to": st.sampled_from([None, ADDRESS, "0x" + "0" * 40]),
            "value": wei,
            "token": st.just(ADDRESS),
            "tokenAmount": wei,
            "tokenSupply": wei,
            "gasPrice": wei,
            "baseFeePerGas": wei,
            "gasLimit": amounts,
            "amountUsd": amounts,
            "timestamp": st.integers(0, 253_402_300_799_999),
            "ip": st.ip_addresses().map(str),
            "slippage": st.floats(0, 1),
            "priceImpact": st.floats(0, 1),
            "approvals": st.lists(st.fixed_dictionaries({"spender": st.just(ADDRESS), "amount": wei}), max_size=3),
        },
    )
)
@settings(max_examples=150, deadline=None)
def test_any_valid_transaction_is_answered(transaction: dict[str, Any]) -> None:
    [answer] = answers({"transaction": transaction})
    assert 0 <= answer["score"] <= 1
    assert answer["decision"] == "allow" or answer["reasons"]
