"""The embedded engine: Apertium's rule-based pipelines, as processes of their own.

Apertium (GPL) is a Debian package that the operator installs; nothing of it is linked or shipped. See Forcada et al.,
"Apertium: a free/open-source platform for rule-based machine translation", Machine Translation 25, 2011.
"""

from __future__ import annotations

import json
import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from models.nlp.translation.chain import Chain
from models.nlp.translation.engine import Direction, Pair
from models.nlp.translation.lexicon import Lexicon, lexicon
from models.nlp.translation.modes import MODES, commands, installed
from models.nlp.translation.pipeline import PipelineFailed
from models.nlp.translation.protect import FIRST_MARKER, MARKERS

log = logging.getLogger(__name__)
MAX_PIPELINES = 6
"""Pipelines that one process keeps alive: each is about ten processes and 30 to 150 MB."""
_START_SECONDS, _SECONDS_A_KILOBYTE = 8.0, 1.0
_BLOCKS = 64
_SPECIAL = re.compile(r"[\\^$/<>\[\]{}@]")
_BLANK = re.compile(r"\[\.([0-9]+)\.\]")
_ESCAPED_OR_MARK = re.compile(r"\\(.)|[*#@](?=\S)")
_SPACES = re.compile(" {2,}")


@cache
def _measured() -> dict[str, float]:
    """chrF on 300 sentences of FLORES-200, by `python -m benchmarks.nlp_pairs`."""
    table: dict[str, float] = json.loads(Path(__file__).with_name("measured.json").read_text(encoding="utf-8"))
    return table


class Apertium:
    """A pool of warm pipelines, one a direction, made on first use and again after a death or a time-out."""

    name = "apertium"

    def __init__(self, folder: Path = MODES, words: Callable[[str, str], Lexicon | None] = lexicon) -> None:
        self._modes, self._words = installed(folder), words
        self._chains: OrderedDict[Pair, Chain] = OrderedDict()

    def directions(self) -> Mapping[Pair, Direction]:
        return {pair: Direction("draft", _measured().get("-".join(pair))) for pair in self._modes}

    @property
    def pids(self) -> list[int]:
        """The engine's processes that live at the moment."""
        return [pid for chain in self._chains.values() for pid in chain.pids]

    def translate(self, texts: Sequence[str], pair: Pair) -> list[str | None]:
        made: list[str | None] = []
        for start in range(0, len(texts), _BLOCKS):
            made += self._some(texts[start : start + _BLOCKS], pair)
        return made

    def _some(self, texts: Sequence[str], pair: Pair) -> list[str | None]:
        """A failure is tried once more, text by text, so that one bad text costs no other its answer."""
        answers = self._try(texts, pair)
        if answers is not None:
            return answers
        log.warning("apertium %s-%s failed; trying again", *pair)
        return [answer for text in texts for answer in self._try([text], pair) or [None]]

    def _try(self, texts: Sequence[str], pair: Pair) -> list[str | None] | None:
        blocks = [_encode(_sentence_case(text)) + b".[%d]" % number for number, text in enumerate(texts)]
        seconds = _START_SECONDS + _SECONDS_A_KILOBYTE * sum(map(len, blocks)) / 1024
        try:
            answers = self._chain(pair).exchange(blocks, seconds)
        except PipelineFailed:
            self._chains.pop(pair, None)
            return None
        except BaseException:  # the caller's time is up: the pipeline has closed itself
            self._chains.pop(pair, None)
            raise
        ends = [b"[%d]" % number for number in range(len(texts))]
        if not all(answer.endswith(end) for answer, end in zip(answers, ends, strict=True)):
            self._chains.pop(pair).close()  # filters that lose the one before them end with empty answers
            return None
        made = [_decode(answer.removesuffix(end).removesuffix(b".")) for answer, end in zip(answers, ends, strict=True)]
        return [_cased(text, source) for text, source in zip(made, texts, strict=True)]

    def _chain(self, pair: Pair) -> Chain:
        if pair not in self._chains:
            if len(self._chains) >= MAX_PIPELINES:
                self._chains.popitem(last=False)[1].close()
            self._chains[pair] = Chain(commands(self._modes[pair]), self._words(*pair))
        self._chains.move_to_end(pair)
        return self._chains[pair]

    def close(self) -> None:
        while self._chains:
            self._chains.popitem()[1].close()


def _encode(text: str) -> bytes:
    """Apertium's stream format: special characters escaped, each marker a superblank."""
    escaped = _SPECIAL.sub(r"\\\g<0>", text)
    return MARKERS.sub(lambda m: f"[.{ord(m[0]) - FIRST_MARKER}.]", escaped).encode()


def _decode(answer: bytes) -> str:
    """The text of an answer: markers back in place, the signs of unknown words taken out."""
    text = answer.decode(errors="replace")
    text = _BLANK.sub(lambda m: chr(FIRST_MARKER + int(m[1])), text)
    return _SPACES.sub(" ", _ESCAPED_OR_MARK.sub(lambda m: m[1] or "", text)).strip()


def _sentence_case(text: str) -> str:
    """A heading of Capitalised Words as the languages here write it, with one capital."""
    words = text.split()
    heading = len(words) > 1 and all(word[:1].isupper() and not word.isupper() for word in words if len(word) > 3)
    return text[:1] + text[1:].lower() if heading and any(len(word) > 3 for word in words[1:]) else text


def _cased(made: str, source: str) -> str:
    """Capitals as in the source: the engine makes some where it moves words."""
    if source[1:].islower() or not any(map(str.isupper, source[1:])):
        made = made.lower()
    first = made[:1].upper() if source[:1].isupper() else made[:1].lower()
    return first + made[1:]
