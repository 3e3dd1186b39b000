"""Cuts plain text and HTML into segments to translate and the structure between them, which stays as it is."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from models.nlp.translation.protect import has_letters

MAX_SEGMENT = 1500
"""Characters; a longer line is cut at ends of sentences, or anywhere between words."""


@dataclass(frozen=True)
class Piece:
    """A stretch of the text: to be translated, or to be kept as it is."""

    text: str
    translate: bool


_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])")
_BLOCK_TAGS = (
    "address|article|aside|blockquote|body|br|button|caption|center|dd|details|dialog|div|dl|dt|fieldset|figcaption|"
    "figure|footer|form|h[1-6]|head|header|hr|html|iframe|img|input|legend|li|link|main|meta|nav|ol|optgroup|option|p|"
    "section|select|summary|table|tbody|td|template|tfoot|th|thead|title|tr|ul|video"
)
_TEXT_BREAKS = re.compile(r"(?P<comment><!--)|(?P<fence>```)|\n")
_HTML_BREAKS = re.compile(
    r"(?P<comment><!--)|(?P<cdata><!\[CDATA\[)|<(?P<raw>script|style|pre|code|kbd|samp|textarea|svg|math)\b[^<>]*>"
    r"|<(?P<kept>[a-z][a-z0-9]*)\b[^<>]*?(?:translate=[\"']?no\b|\bnotranslate\b)[^<>]*>"
    rf"|</?(?:{_BLOCK_TAGS})\b[^<>]*>|<[!?][^<>]*>",
    re.IGNORECASE,
)
_CLOSERS = {"comment": "-->", "cdata": "]]>", "fence": "```"}
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")


def of_text(text: str) -> Iterator[Piece]:
    """Lines; code fences and comments are kept."""
    for part, structure in _parts(text, _TEXT_BREAKS):
        yield from [Piece(part, False)] if structure else _line(part)


def of_html(text: str) -> Iterator[Piece]:
    """Runs of text and inline tags; block tags, comments, scripts, code and what is marked as not to be translated
    are kept. Entities of letters and quotes are read as what they stand for."""
    for part, structure in _parts(text, _HTML_BREAKS):
        yield from [Piece(part, False)] if structure else _line(_ENTITY.sub(_readable, part))


def _parts(text: str, breaks: re.Pattern[str]) -> Iterator[tuple[str, bool]]:
    """(part, whether it is structure), in order. What is opened and never closed is looked for once."""
    low, never, begun, at = text.lower(), set[str](), 0, 0
    while found := breaks.search(text, at):
        at = found.end()
        closer = _closer(found)
        if closer and closer not in never:
            end = low.find(closer, at)
            if end < 0:
                never.add(closer)
            else:
                at = text.find(">", end) + 1 if closer.startswith("</") else end + len(closer)
                at = at or len(text)
        yield text[begun : found.start()], False
        yield text[found.start() : at], True
        begun = at
    yield text[begun:], False


def _closer(found: re.Match[str]) -> str | None:
    """What ends the structure that begins here; None where it is whole already."""
    kind = found.lastgroup
    if kind is None:
        return None
    return _CLOSERS.get(kind) or f"</{found[kind].lower()}"


def _readable(entity: re.Match[str]) -> str:
    meant = html.unescape(entity[0])
    return meant if len(meant) == 1 and (meant.isalpha() or meant in "'\"’‘“”…–—") else entity[0]


def _line(line: str) -> Iterator[Piece]:
    core = line.strip()
    if not has_letters(core):
        yield Piece(line, False)
        return
    start = line.index(core)
    yield Piece(line[:start], False)
    yield from (_cut(core) if len(core) > MAX_SEGMENT else [Piece(core, True)])
    yield Piece(line[start + len(core) :], False)


def _cut(line: str) -> Iterator[Piece]:
    """Sentences, put together up to the greatest length; a longer one is cut at a space, or in the middle of it."""
    start = 0
    while start < len(line):
        stop = len(line) if len(line) - start <= MAX_SEGMENT else _stop(line, start)
        part = line[start:stop]
        core = part.strip()
        lead = part.index(core)
        yield Piece(part[:lead], False)
        yield Piece(core, has_letters(core))
        yield Piece(part[lead + len(core) :], False)
        start = stop


def _stop(line: str, start: int) -> int:
    window = line[start : start + MAX_SEGMENT]
    ends = [found.end() for found in _SENTENCE.finditer(window)]
    return start + (ends[-1] if ends else window.rfind(" ") + 1 or MAX_SEGMENT)
