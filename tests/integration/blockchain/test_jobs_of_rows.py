"""Requests of many rows are read alike from a job's data, however its envelope is written."""

from __future__ import annotations

import json

import pytest

from foundation.errors import InvalidInput
from tasks.discovery import find
from tasks.runner import run

OPERATIONS = ["blockchain.detect-mev", "blockchain.analyze-wallet-cluster", "blockchain.transaction-graph"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_envelope_makes_no_difference(name: str) -> None:
    operation = find(name)
    text = json.dumps(operation.examples[0])
    usual, spaced = (
        template % text for template in ('{"input":%s,"requestId":"r"}', '{ "requestId": "r", "input": %s }')
    )
    [plain], [one], [other] = (
        run(operation, [text]),
        run(operation, [usual], enveloped=True),
        run(operation, [spaced], enveloped=True),
    )
    assert isinstance(plain, bytes)
    assert plain == one == other


@pytest.mark.parametrize("envelope", ['{"input":%s}', '{ "input": %s }'])
def test_what_is_wrong_is_named_within_the_input(envelope: str) -> None:
    row = {"from": "0x" + "a" * 40, "to": "0x1", "value": 1}
    [answer] = run(find("blockchain.transaction-graph"), [envelope % json.dumps({"transfers": [row]})], enveloped=True)
    assert isinstance(answer, InvalidInput)
    assert answer.details[0]["path"] == "transfers.0.to"
