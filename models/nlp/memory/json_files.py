"""i18n JSON: rows of `{"en": ..., "es": ...}`, or one object a language; keys may nest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic_core import from_json

from models.nlp.codes import normal
from models.nlp.memory.errors import Unreadable
from schemas.translated import Entry

MAX_DEPTH = 20


def read(data: bytes, source: str | None, target: str | None) -> Iterator[Entry]:
    """A list of rows by language, or an object `{"en": {key: text}, "es": {key: text}}`."""
    document = _parsed(data)
    if isinstance(document, list):
        yield from _rows(document, source, target)
    elif isinstance(document, dict) and all(normal(code) for code in document):
        by_language = {code: dict(_leaves(texts, (), 0)) for code, texts in document.items()}
        base = by_language.get(source or "en", {})
        rows = ({code: texts.get(key) for code, texts in by_language.items()} for key in base)
        yield from _rows(rows, source, target)
    else:
        raise Unreadable("expected a list of rows, or an object of languages; for one file a language name its base")


def read_lines(data: bytes, source: str | None, target: str | None) -> Iterator[Entry]:
    """One row a line."""
    yield from _rows((_parsed(line) for line in data.splitlines() if line.strip()), source, target)


def leaves(data: bytes) -> Iterator[tuple[tuple[str, ...], str]]:
    """(path of keys, text) for every text of a file of one language."""
    yield from _leaves(_parsed(data.removeprefix(b"\xef\xbb\xbf")), (), 0)


def _leaves(node: Any, path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], str]]:
    if depth > MAX_DEPTH:
        raise Unreadable(f"nested deeper than {MAX_DEPTH} at {'.'.join(path)[:200]}")
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, dict | list):
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _leaves(child, (*path, str(key)), depth + 1)


def _rows(rows: Iterable[Any], source: str | None, target: str | None) -> Iterator[Entry]:
    """Each row's text in the source language (English where none is named) with its text in every other one."""
    base = source or "en"
    for row in rows:
        if not isinstance(row, Mapping):
            raise Unreadable("expected rows that are objects of texts by language")
        text = row.get(base)
        for code, translation in row.items():
            if isinstance(text, str) and isinstance(translation, str) and _wanted(code, base, target):
                yield Entry(base, code, text, translation)


def _wanted(code: str, base: str, target: str | None) -> bool:
    return code != base and (code == target or (target is None and normal(code) is not None))


def _parsed(data: bytes) -> Any:
    try:
        return from_json(data)
    except ValueError as error:
        raise Unreadable(f"not JSON: {error}") from None
