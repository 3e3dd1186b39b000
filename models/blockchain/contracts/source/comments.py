"""A text without its comments, each character in its place."""

from __future__ import annotations

import re

_TOKENS = re.compile(
    r"""
    (?P<string> "(?:[^"\\\n]|\\[^\n])*+" | '(?:[^'\\\n]|\\[^\n])*+' )
    | //[^\n]*+
    | /\*(?s:.*?)\*/
    | /\*(?s:.*)      # never closed
    | ["'][^\n]*+     # not closed in its line
    """,
    re.VERBOSE,
)
_VISIBLE = re.compile(r"[^\n]")


def without_comments(text: str) -> str:
    """Blanks in place of comments and of strings that are not closed.

    tree-sitter would read on to the end of the text at every `/*` that nothing closes, which takes the square of the
    text's size in code that no signal interrupts.
    """
    return _TOKENS.sub(_blank, text)


def _blank(found: re.Match[str]) -> str:
    return found[0] if found["string"] else _VISIBLE.sub(" ", found[0])
