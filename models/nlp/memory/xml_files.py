"""XLIFF 1.2 and 2, and TMX 1.4, read without entities of their own, so that a small file cannot become a large one.

Sources: OASIS XLIFF Version 1.2 and 2.1; LISA OSCAR TMX 1.4b.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from models.nlp.memory.errors import Unreadable
from schemas.translated import Entry

MAX_DEPTH = 50
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def read_xliff(data: bytes, source: str | None, target: str | None) -> Iterator[Entry]:
    """Units with a source and a target; those with inline elements are left out, as their text is not whole."""
    root = _parsed(data)
    holders = [*root.iter("file")] or [root]
    for holder in holders:
        own = source or holder.get("source-language") or root.get("srcLang")
        other = target or holder.get("target-language") or root.get("trgLang")
        if not own or not other:
            raise Unreadable("the file names no languages: say the source and the target")
        for unit in (*holder.iter("trans-unit"), *holder.iter("segment")):
            text, translation = unit.find("source"), unit.find("target")
            if text is not None and translation is not None and not len(text) and not len(translation):
                yield Entry(own, other, text.text or "", translation.text or "")


def read_tmx(data: bytes, source: str | None, target: str | None) -> Iterator[Entry]:
    """Each unit's text in the source language with its texts in all others, or in the target language alone."""
    root = _parsed(data)
    header = root.find("header")
    base = source or (header.get("srclang") if header is not None else None) or "en"
    for unit in root.iter("tu"):
        texts = {_language(variant): variant.find("seg") for variant in unit.iter("tuv")}
        plain = {code: seg.text or "" for code, seg in texts.items() if seg is not None and not len(seg)}
        for code, translation in plain.items():
            if base in plain and code != base and target in (None, code):
                yield Entry(base, code, plain[base], translation)


def _language(variant: Element) -> str:
    return variant.get(_LANG) or variant.get("lang") or ""


def _parsed(data: bytes) -> Element:
    """The document's tree, names without their namespaces; raises Unreadable for entities, depth and faults."""
    builder, parser, depth = TreeBuilder(), expat.ParserCreate(namespace_separator="}"), 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH} at line {parser.CurrentLineNumber}")
        named = {f"{{{key}" if "}" in key else key: value for key, value in attributes.items()}
        builder.start(name.rpartition("}")[2], named)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name.rpartition("}")[2])

    def refuse(*_: object) -> NoReturn:
        raise Unreadable(f"declares entities at line {parser.CurrentLineNumber}; they are not accepted")

    parser.StartElementHandler, parser.EndElementHandler, parser.EntityDeclHandler = start, end, refuse
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Unreadable(f"not XML: {error}") from None
    return builder.close()
