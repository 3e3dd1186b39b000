"""Reads translations from i18n files by the form that their name says: JSON, JSON lines, PO, XLIFF or TMX."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from models.nlp.codes import normal
from models.nlp.memory import json_files, po, xml_files
from models.nlp.memory.errors import Unreadable
from models.nlp.translation.protect import mask
from schemas.translated import Entry

MAX_BYTES = 100 * 1024 * 1024
MAX_TEXT = 10_000
Reader = Callable[[bytes, str | None, str | None], Iterable[Entry]]
READERS: Mapping[str, Reader] = {
    ".json": json_files.read,
    ".jsonl": json_files.read_lines,
    ".po": po.read,
    ".xlf": xml_files.read_xliff,
    ".xliff": xml_files.read_xliff,
    ".tmx": xml_files.read_tmx,
}


def read(path: Path, source: str | None = None, target: str | None = None) -> Iterator[Entry]:
    """Every translation of a file, as it stands there; `source` and `target` are what the file does not say itself.

    Raises Unreadable.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise Unreadable(f"{path.name}: expected a name that ends in {', '.join(READERS)}")
    if path.stat().st_size > MAX_BYTES:
        raise Unreadable(f"{path.name}: larger than {MAX_BYTES} bytes")
    yield from reader(path.read_bytes().removeprefix(b"\xef\xbb\xbf"), source, target)


def pair_up(base: Path, other: Path, source: str, target: str) -> Iterator[Entry]:
    """Translations of two JSON files of one language each, by their keys."""
    texts, translations = (dict(json_files.leaves(path.read_bytes())) for path in (base, other))
    yield from (Entry(source, target, text, translations[key]) for key, text in texts.items() if key in translations)


def usable(entries: Iterable[Entry], left_out: Counter[str]) -> Iterator[Entry]:
    """Entries with our language codes; those that a memory must not hold are counted by the reason."""
    for entry in entries:
        source, target = normal(entry.source), normal(entry.target)
        reason = _fault(entry, source, target)
        if reason:
            left_out[reason] += 1
        elif source and target:
            yield Entry(source, target, entry.text, entry.translation)


def _fault(entry: Entry, source: str | None, target: str | None) -> str | None:
    if source is None or target is None or source == target:
        return "language code unknown, or the same twice"
    if not entry.text.strip() or not entry.translation.strip():
        return "empty"
    if max(len(entry.text), len(entry.translation)) > MAX_TEXT:
        return f"longer than {MAX_TEXT} characters"
    return None if _placeholders(entry.text) == _placeholders(entry.translation) else "placeholders differ"


def _placeholders(text: str) -> Counter[str]:
    """Spans that a program fills in or acts on; the rest may differ between languages."""
    return Counter(span.text for span in mask(text).spans if span.text[0] in "{$%<" and len(span.text) > 1)
