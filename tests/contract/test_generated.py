"""What `./soba schemas` writes is what is committed, and every operation is complete in it."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from cli.schemas import files
from foundation.settings import ROOT
from tasks.discovery import discover


def test_committed_files_are_what_the_operations_say() -> None:
    stale = [str(name) for name, text in files().items() if (ROOT / name).read_text() != text]
    assert not stale, "run ./soba schemas"


def test_every_example_satisfies_its_published_schema() -> None:
    table = json.loads((ROOT / "clients/node/generated/operations.json").read_text())["operations"]
    assert set(table) == set(discover())
    for entry in table.values():
        Draft202012Validator.check_schema(entry["request"])
        Draft202012Validator.check_schema(entry["result"])
        for example in entry["examples"]:
            Draft202012Validator(entry["request"]).validate(example)


def test_openapi_references_resolve() -> None:
    document = json.loads((ROOT / "clients/node/generated/openapi.json").read_text())
    references: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if isinstance(ref := node.get("$ref"), str):
                references.append(ref)
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(document)
    assert references
    for reference in references:
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def test_generated_folder_is_committed_whole() -> None:
    assert {p.name for p in Path(ROOT / "clients/node/generated").iterdir()} >= {"operations.json", "openapi.json"}
