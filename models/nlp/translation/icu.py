"""Reads ICU messages: the text of every branch of plural, select and selectordinal, and the syntax around it.

Source: Unicode ICU MessageFormat, "ApostropheMode.DOUBLE_OPTIONAL": a quote starts quoted text only before a brace (or
`#` within a plural), and two of them are one quote.
"""

from __future__ import annotations

import re

from models.nlp.translation.segments import Piece, of_text

MAX_DEPTH = 10
_COMPLEX = re.compile(r"\{\s*[\w.\-]+\s*,\s*(plural|select|selectordinal)\s*,")
_OFFSET = re.compile(r"\s*offset\s*:\s*\d+")
_SELECTOR = re.compile(r"\s*(=\d+|[\w.\-]+)\s*(?=\{)")


class NotIcu(ValueError):
    """The message's braces do not agree; the text says where."""


def is_complex(text: str) -> bool:
    """Whether it holds a plural or a select, and is sound."""
    if not _COMPLEX.search(text):
        return False
    try:
        pieces(text)
    except NotIcu:
        return False
    return True


def pieces(message: str) -> list[Piece]:
    """The message in pieces: texts to translate, with simple arguments in them, and syntax to keep.

    Raises NotIcu where braces do not agree, or nest deeper than MAX_DEPTH.
    """
    found, end = _Reader(message).message(0, 0)
    if end != len(message):
        raise NotIcu(f"closing brace without an opening one at character {end}")
    return found


def unquoted(text: str) -> str:
    """A text of a message as its reader sees it."""
    return text.replace("''", "'")


def quoted(text: str, following: str, *, doubled: bool) -> str:
    """A text as the message has to write it before what follows: quotes are doubled where they would begin quoted
    text, or all of them where the message's author `doubled` them."""
    if doubled:
        return text.replace("'", "''")
    return text + "'" if text.endswith("'") and following[:1] in ("{", "}", "#", "'") else text


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text

    def message(self, start: int, depth: int) -> tuple[list[Piece], int]:
        """Pieces from `start` to the end, or to the closing brace that belongs to whoever called."""
        if depth > MAX_DEPTH:
            raise NotIcu(f"nested deeper than {MAX_DEPTH}")
        found: list[Piece] = []
        begun = at = start
        while at < len(self.text) and self.text[at] != "}":
            special, end = self._special(at, depth)
            if special:
                found += [*of_text(self.text[begun:at]), *special]
                begun = end
            at = end
        return [*found, *of_text(self.text[begun:at])], at

    def _special(self, at: int, depth: int) -> tuple[list[Piece], int]:
        """What begins here, if it is not plain text, and where it ends."""
        if self.text.startswith("''", at):
            return [], at + 2
        if self.text[at] == "'" and self.text[at + 1 : at + 2] in ("{", "}", "#"):
            end = self._quote_end(at + 1)
            return [Piece(self.text[at:end], False)], end
        if self.text[at] != "{":
            return [], at + 1
        head = _COMPLEX.match(self.text, at)
        return self._complex(at, head.end(), depth) if head else ([], self._simple_end(at))

    def _quote_end(self, at: int) -> int:
        while (at := self.text.find("'", at)) >= 0:
            if not self.text.startswith("''", at):
                return at + 1
            at += 2
        return len(self.text)

    def _simple_end(self, at: int) -> int:
        opening, closing = ("{{", "}}") if self.text.startswith("{{", at) else ("{", "}")
        end = self.text.find(closing, at)
        if end < 0 or "{" in self.text[at + len(opening) : end]:
            raise NotIcu(f"opening brace without a closing one at character {at}")
        return end + len(closing)

    def _complex(self, start: int, at: int, depth: int) -> tuple[list[Piece], int]:
        found: list[Piece] = []
        offset = _OFFSET.match(self.text, at)
        at = offset.end() if offset else at
        while selector := _SELECTOR.match(self.text, at):
            branch, end = self.message(selector.end() + 1, depth + 1)
            if end == len(self.text):
                raise NotIcu(f"opening brace without a closing one at character {selector.end()}")
            found += [Piece(self.text[start : selector.end() + 1], False), *branch]
            start, at = end, end + 1
        at += len(self.text[at:]) - len(self.text[at:].lstrip())
        if not found or not self.text.startswith("}", at):
            raise NotIcu(f"expected a selector or a closing brace at character {at}")
        return [*found, Piece(self.text[start : at + 1], False)], at + 1
