"""Which translation directions Apertium has on this machine, and the commands of each, read from its mode files."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from models.nlp.codes import normal

MODES = Path("/usr/share/apertium/modes")
_PAIR = re.compile(r"([a-z]{2,3})-([a-z]{2,3})\Z")
_BROKEN = frozenset((("ru", "uk"), ("uk", "ru")))
"""Directions whose tagger crashes in the packages of Debian 12."""


@cache
def installed(folder: Path = MODES) -> Mapping[tuple[str, str], Path]:
    """The mode file of each direction that can run: (source, target), as our codes."""
    found: dict[tuple[str, str], Path] = {}
    for path in sorted(folder.glob("*.mode")):
        named = _PAIR.match(path.stem)
        pair = (normal(named[1]), normal(named[2])) if named else (None, None)
        source, target = pair
        if source and target and (source, target) not in _BROKEN and _runs(path):
            found[source, target] = path
    return found


def commands(mode: Path) -> list[list[str]]:
    """The filters of one direction, each told to flush at NUL; unknown words are marked with an asterisk."""
    chain = []
    for stage in mode.read_text(encoding="utf-8").strip().split("|"):
        program, *arguments = shlex.split(stage.replace("$1", "-g").replace("$2", ""))
        chain.append([program, "-z", *arguments])
    return chain


def _runs(mode: Path) -> bool:
    """Whether every program and every file that the mode names is there."""
    return all(
        shutil.which(program) and all(Path(part).exists() for part in arguments if part.startswith("/"))
        for program, *arguments in commands(mode)
    )
