"""GNU gettext PO files: `msgid` and `msgstr`; fuzzy and obsolete entries are left out.

Source: GNU gettext manual, "The Format of PO Files".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from models.nlp.memory.errors import Unreadable
from schemas.translated import Entry

_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"\s*\Z')
_KEYWORD = re.compile(r"(msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?)\s+(?=\")")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_LANGUAGE = re.compile(r"^Language:\s*([A-Za-z_-]+)", re.MULTILINE)


def read(data: bytes, source: str | None, target: str | None) -> Iterator[Entry]:
    """Singular messages, and plural ones by their first and last form; the header says the target language."""
    for message in _messages(data):
        text, translation = message.get("msgid", ""), message.get("msgstr", message.get("msgstr[0]", ""))
        if not text:
            named = _LANGUAGE.search(translation)
            target = target or (named[1] if named else None)
            continue
        if target is None:
            raise Unreadable("the header names no language: say the target")
        yield Entry(source or "en", target, text, translation)
        forms = [value for key, value in message.items() if key.startswith("msgstr[")]
        if "msgid_plural" in message and forms:
            yield Entry(source or "en", target, message["msgid_plural"], forms[-1])


def _messages(data: bytes) -> Iterator[dict[str, str]]:
    """The fields of each message; those marked fuzzy are left out."""
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8: {error}") from None
    fields: dict[str, str] = {}
    fuzzy, field = False, ""
    for number, line in enumerate([*lines, ""], 1):
        stripped = line.strip()
        if not stripped or (stripped.startswith("#") and field):
            if fields and not fuzzy:
                yield fields
            fields, fuzzy, field = {}, False, ""
        if stripped.startswith("#"):
            fuzzy = fuzzy or (stripped.startswith("#,") and "fuzzy" in stripped)
        elif stripped:
            field, text = _field(stripped, field, number)
            fields[field] = fields.get(field, "") + text


def _field(line: str, current: str, number: int) -> tuple[str, str]:
    keyword = _KEYWORD.match(line)
    string = _STRING.match(line, keyword.end() if keyword else 0)
    if not string or not (keyword or current):
        raise Unreadable(f"line {number}: expected a keyword and a quoted text")
    text = re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), string[1])
    return keyword[1] if keyword else current, text
