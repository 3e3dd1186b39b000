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
from schemas.fraud import WalletActivity
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
