"""The translation memory: texts that people translated, by exact text and by a looser form of it."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import BigInteger, Column, Index, String, Table, Text, delete, func, or_, select, tuple_

from schemas.translated import Entry
from storage.engine import Store, insert_rows
from storage.metadata import METADATA, Bytes

TRANSLATIONS = Table(
    "translations",
    METADATA,
    Column("target", String(8), primary_key=True),
    Column("digest", Bytes, primary_key=True, doc="of the exact source text"),
    Column("source", String(8), primary_key=True),
    Column("loose", Bytes, nullable=False, doc="of the source text without case, numbers, spans and punctuation"),
    Column("text", Text, nullable=False),
    Column("translation", Text, nullable=False),
    Column("origin", String(300), nullable=False, doc="where it came from: a project, a file"),
    Column("licence", String(100), nullable=False),
    Column("imported", BigInteger, nullable=False, doc="epoch milliseconds"),
    Index(None, "target", "loose"),
)
_CHUNK = 200
_VARYING = re.compile(r"\{[^{}]*\}|%\d*\$?[a-z@]|<[^<>]*>|0x[0-9a-f]+|[\W\d_]+")
Part = TypeVar("Part")


@dataclass(frozen=True)
class Found:
    """An entry, and whether its text is the very one that was asked for."""

    entry: Entry
    exact: bool


def add(store: Store, entries: Sequence[Entry], *, origin: str, licence: str, at: int) -> int:
    """Keep entries, in the place of older ones of the same text; returns how many were distinct."""
    distinct = {(e.target, digest(e.text), e.source): e for e in entries}
    with store.write() as connection:
        for part in _chunks(list(distinct.items())):
            key = tuple_(TRANSLATIONS.c.target, TRANSLATIONS.c.digest, TRANSLATIONS.c.source)
            connection.execute(delete(TRANSLATIONS).where(key.in_([key for key, _ in part])))
            rows = [(*k, loose(e.text), e.text, e.translation, origin, licence, at) for k, e in part]
            insert_rows(connection, TRANSLATIONS, rows)
    return len(distinct)


def find(store: Store, target: str, texts: Sequence[str]) -> dict[str, list[Found]]:
    """What is known of each text in this target language, exact ones first; texts of which nothing is are left out."""
    found: dict[str, list[Found]] = defaultdict(list)
    for part in _chunks(sorted(set(texts))):
        table = TRANSLATIONS.c
        near = or_(table.digest.in_([digest(t) for t in part]), table.loose.in_([loose(t) for t in part]))
        rows = store.rows(select(TRANSLATIONS).where(table.target == target, near).limit(10 * _CHUNK))
        by_loose = defaultdict(list)
        for row in rows:
            by_loose[row["loose"]].append(Entry(row["source"], row["target"], row["text"], row["translation"]))
        for text in part:
            known = [Found(entry, entry.text == text) for entry in by_loose.get(loose(text), [])]
            if known:
                found[text] = sorted(known, key=lambda one: not one.exact)
    return dict(found)


def counts(store: Store) -> list[tuple[str, str, str, str, int]]:
    """(source, target, origin, licence, entries), in alphabetical order."""
    columns = (TRANSLATIONS.c.source, TRANSLATIONS.c.target, TRANSLATIONS.c.origin, TRANSLATIONS.c.licence)
    query = select(*columns, func.count().label("entries")).group_by(*columns).order_by(*columns)
    return [(r["source"], r["target"], r["origin"], r["licence"], r["entries"]) for r in store.rows(query)]


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]


def loose(text: str) -> bytes:
    """The same for texts that differ in case, numbers, placeholders, tags and punctuation alone."""
    bare = _VARYING.sub(" ", text.lower()).strip()
    return digest(bare or text)


def _chunks(items: Sequence[Part]) -> Iterator[Sequence[Part]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
