"""The translation memory that comes with the project: a few interface sentences of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from models.nlp.translation.service import Hit, Query

_FILE = Path(__file__).with_name("starter.json")


@cache
def _sentences() -> dict[str, list[dict[str, str]]]:
    """Sentences in all their languages, by the text in each of them."""
    table: dict[str, list[dict[str, str]]] = {}
    for sentence in json.loads(_FILE.read_text(encoding="utf-8"))["sentences"]:
        for text in sentence.values():
            table.setdefault(text, []).append(sentence)
    return table


def find(queries: Sequence[Query]) -> Mapping[Query, Sequence[Hit]]:
    """Exact hits."""
    found = {query: _hits(query) for query in queries}
    return {query: hits for query, hits in found.items() if hits}


def _hits(query: Query) -> list[Hit]:
    return [
        Hit(sentence[query.target], code, query.text)
        for sentence in _sentences().get(query.text, [])
        for code, text in sentence.items()
        if text == query.text and query.target in sentence and query.source in (None, code) and code != query.target
    ]
