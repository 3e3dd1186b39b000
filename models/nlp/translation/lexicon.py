"""A domain lexicon between the stages of Apertium: which sense of a word exchanges and wallets mean.

It works on the stream after lexical selection, units `^source<tags>/target<tags>/...$`, and before structural
transfer, so that the engine itself inflects the chosen word and makes the words around it agree. Apertium's stream
format: https://wiki.apertium.org/wiki/Apertium_stream_format
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("lexicon")
_UNIT = re.compile(r"\^((?:[^\\/$<]|\\.)+)((?:<[^<>]*>)*)/((?:[^\\$/<]|\\.)*)((?:<[^<>]*>)*)(?:[^\\$]|\\.)*\$")
_LINE = re.compile(
    r"(?P<kind>n|adj|adv|v|x|det|first|alone) (?P<word>\S+) = "
    r"(?:\"(?P<literal>[^\"]+)\"|(?P<lemma>[^\s\"]+)(?: (?P<form>.+))?)\Z"
)
_KINDS = {"n": "n", "adj": "adj", "adv": "adv", "preadv": "adv", "vblex": "v", "det": "det"}
_INFINITIVE, _COMMANDS = "<vblex><inf>", ("<vblex><pres>", "<vblex><imp>")


@dataclass(frozen=True)
class Sense:
    """A translation: text as it is, or a base form with what the dictionary must know of it (see the files)."""

    literal: str | None
    lemma: str
    form: tuple[str, ...]


class Lexicon:
    """The senses of one direction, by (kind, word)."""

    def __init__(self, text: str) -> None:
        self._senses = dict(_parsed(text))

    def choose(self, stream: str) -> str:
        """The stream of one block with the domain's senses in the place of the dictionary's."""
        units = list(_UNIT.finditer(stream))
        pieces: list[str] = []
        end = 0
        for position, unit in enumerate(units):
            following = units[position + 1][2] if position + 1 < len(units) else ""
            pieces += (stream[end : unit.start()], self._unit(unit, position == 0, following))
            end = unit.end()
        return "".join(pieces) + stream[end:]

    def _unit(self, unit: re.Match[str], first: bool, following: str) -> str:
        word, tags = unit[1].removeprefix("*").lower(), unit[2]
        if first:
            command = self._senses.get(("first", word))
            if command is None and not following.startswith("<n><sg>"):
                command = self._senses.get(("alone", word))
            if command:
                return _written(unit, command, _INFINITIVE, _INFINITIVE)
        kind = "x" if unit[1].startswith("*") else _KINDS.get(tags[1:].partition(">")[0], "")
        sense = self._senses.get((kind, word))
        if sense:
            return _written(unit, sense, *_tags(sense, kind, tags, unit[4]))
        if first and tags in _COMMANDS and unit[4] == tags:
            return f"^{unit[1]}{_INFINITIVE}/{unit[3]}{_INFINITIVE}$"
        return unit[0]


def _tags(sense: Sense, kind: str, source: str, target: str) -> tuple[str, str]:
    """The tags of both sides: those that the engine chose, as far as the sense does not say otherwise."""
    form = sense.form
    if kind == "n" and form:
        return source, f"<n><{form[0]}>" + source.removeprefix("<n>")
    if len(form) == 3:  # n, gender, number
        return f"<n><{form[2]}>", f"<n><{form[1]}><{form[2]}>"
    if kind == "x":
        made = {"v": _INFINITIVE, "pp": "<vblex><pp>"}.get(form[0] if form else "", "<adj>")
        return made, made + "<mf>" * (form[-1:] == ("mf",))
    if kind == "adj" and form == ("plain",):
        return "<adj>", "<adj>"
    if kind == "adj":
        return source, target.replace("<mf>", "").replace("<adj>", "<adj><mf>" if form == ("mf",) else "<adj>", 1)
    if kind == "det":
        return source, target.replace("<GD>", "<mf>")
    return source, target


def _written(unit: re.Match[str], sense: Sense, source: str, target: str) -> str:
    """The unit anew; a capital first letter of the source is kept."""
    word = unit[1].removeprefix("*")
    capital = word[:1].isupper()
    singular, _, plural = (sense.literal or sense.lemma).partition("|")
    text = plural if plural and "<pl>" in unit[2] else singular
    text = text[:1].upper() + text[1:] if capital else text
    return f"^*{text}/*{text}$" if sense.literal else f"^{word}{source}/{text}{target}$"


def _parsed(text: str) -> Iterator[tuple[tuple[str, str], Sense]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        found = _LINE.match(line)
        if not found:
            raise ValueError(f"line {number} of the lexicon: {line!r}")
        yield (
            (found["kind"], found["word"]),
            Sense(found["literal"], found["lemma"], tuple((found["form"] or "").split())),
        )


@cache
def lexicon(source: str, target: str) -> Lexicon | None:
    """The lexicon of a direction, None where there is none."""
    file = FOLDER / f"{source}-{target}.txt"
    return Lexicon(file.read_text(encoding="utf-8")) if file.exists() else None
