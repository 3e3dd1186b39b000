"""Translation memory files: what is read from each form, and what is refused."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from models.nlp.memory.entries import pair_up, read, usable
from models.nlp.memory.errors import Unreadable
from schemas.translated import Entry

PO = r"""
msgid ""
msgstr ""
"Language: es\n"

#: app.js:3
msgid "Send \"%s\"\n"
"now"
msgstr "Envía \"%s\"\n"
"ahora"

#, fuzzy
msgid "Guess"
msgstr "Conjetura"

msgctxt "menu"
msgid "%d token"
msgid_plural "%d tokens"
msgstr[0] "%d ficha"
msgstr[1] "%d fichas"

msgid "Not yet"
msgstr ""

#~ msgid "Old"
#~ msgstr "Viejo"
"""
XLIFF_1 = """<?xml version="1.0"?><xliff xmlns="urn:oasis:names:tc:xliff:document:1.2" version="1.2">
<file source-language="en" target-language="es-MX"><body>
<trans-unit id="1"><source>Send</source><target>Enviar</target></trans-unit>
<trans-unit id="2"><source>Pay <x id="1"/> now</source><target>Paga <x id="1"/> ya</target></trans-unit>
<trans-unit id="3"><source>Later</source></trans-unit></body></file></xliff>"""
XLIFF_2 = """<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en" trgLang="pt"><file id="f">
<unit id="1"><segment><source>Send</source><target>Enviar</target></segment></unit></file></xliff>"""
TMX = """<?xml version="1.0"?><!DOCTYPE tmx SYSTEM "tmx14.dtd"><tmx version="1.4"><header srclang="en"/><body><tu>
<tuv xml:lang="en"><seg>Send</seg></tuv><tuv xml:lang="es"><seg>Enviar</seg></tuv>
<tuv xml:lang="fr"><seg>Envoyer</seg></tuv>
</tu></body></tmx>"""
FILES = {
    "a.po": (PO, [("es", 'Send "%s"\nnow', 'Envía "%s"\nahora'), ("es", "%d token", "%d ficha"),
                  ("es", "%d tokens", "%d fichas")]),
    "a.xlf": (XLIFF_1, [("es", "Send", "Enviar")]),
    "b.xliff": (XLIFF_2, [("pt", "Send", "Enviar")]),
    "a.tmx": (TMX, [("es", "Send", "Enviar"), ("fr", "Send", "Envoyer")]),
    "a.json": (json.dumps({"en": {"a": {"b": "Send"}, "c": "x"}, "es": {"a": {"b": "Enviar"}}}),
               [("es", "Send", "Enviar")]),
    "b.json": (json.dumps([{"en": "Send", "es": "Enviar", "key": "k"}]), [("es", "Send", "Enviar")]),
    "a.jsonl": ('{"en": "Send", "de": "Senden", "project": "p"}\n\n{"en": "x"}\n', [("de", "Send", "Senden")]),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_each_form_is_read(tmp_path: Path, name: str) -> None:
    text, expected = FILES[name]
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = list(usable(read(tmp_path / name), Counter()))
    assert [(e.target, e.text, e.translation) for e in found] == expected
    assert {e.source for e in found} == {"en"}


BOMB = '<!DOCTYPE t [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><tmx><seg>&b;</seg></tmx>'
BAD = {
    "bomb.tmx": BOMB,
    "outside.tmx": '<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/hostname">]><tmx><seg>&x;</seg></tmx>',
    "deep.tmx": "<a>" * 100_000,
    "broken.xlf": "<xliff><file>",
    "silent.xlf": "<xliff><file/></xliff>",
    "broken.json": '[{"en": ',
    "deep.json": '{"en":' * 500 + "1" + "}" * 500,
    "one.json": '{"title": "Send"}',
    "rows.json": "[1, 2]",
    "bare.po": "hello world",
    "silent.po": 'msgid "Send"\nmsgstr "Enviar"\n',
    "a.docx": "x",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_a_reason(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(BAD[name], encoding="utf-8")
    with pytest.raises(Unreadable) as caught:
        list(read(tmp_path / name))
    assert str(caught.value)


def test_files_of_one_language_each_are_paired_by_key(tmp_path: Path) -> None:
    (tmp_path / "en.json").write_text(json.dumps({"a": {"b": "Send"}, "only": "x"}))
    (tmp_path / "es.json").write_text(json.dumps({"a": {"b": "Enviar"}}))
    assert list(pair_up(tmp_path / "en.json", tmp_path / "es.json", "en", "es")) == [
        Entry("en", "es", "Send", "Enviar")
    ]


def test_what_would_break_a_transaction_is_left_out_and_counted() -> None:
    left_out: Counter[str] = Counter()
    entries = [
        Entry("en", "es", "Pay {amount}", "Paga {cantidad}"),
        Entry("en", "es", "Pay {amount}", "Paga {amount}"),
        Entry("en", "xx", "Pay", "Paga"),
        Entry("en", "en-GB", "Pay", "Pay"),
        Entry("en", "es", " ", "x"),
        Entry("en", "es", "x" * 20_000, "x"),
    ]
    assert [e.translation for e in usable(entries, left_out)] == ["Paga {amount}"]
    assert left_out == {
        "placeholders differ": 1, "language code unknown, or the same twice": 2, "empty": 1,
        "longer than 10000 characters": 1,
    }  # fmt: skip
