"""`./soba model`: add a translation model from a folder on this machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from cli.command import CommandFailed, Commands

EXAMPLES = """examples:
  soba model add translate en-de opus-mt-en-de/ --test test.en-de.tmx
  soba model add translate en-es converted/ --test strings.jsonl --min-chrf 50
"""
DEFAULT_GATE = 45.0


def add_parser(commands: Commands) -> None:
    parser = commands.add_parser(
        "model",
        help="add a translation model: convert, measure, register",
        description="Converts a Marian (OPUS-MT), Hugging Face or CTranslate2 folder to 8 bits, measures chrF on a\n"
        "test set, and registers it if it passes the gate and beats what serves the pair now.",
        epilog=EXAMPLES,
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")
    adding = actions.add_parser("add", help="add a model")
    adding.add_argument("kind", choices=["translate"])
    adding.add_argument("pair", help="languages from and to, such as en-de")
    adding.add_argument("folder", type=Path, help="the model's files")
    adding.add_argument("--test", type=Path, required=True, help="JSON, PO, XLIFF or TMX with translations by people")
    adding.add_argument("--min-chrf", type=float, default=DEFAULT_GATE, help=f"the gate (default {DEFAULT_GATE:g})")
    adding.add_argument("--limit", type=int, default=500, help="texts of the test set to use (default 500)")


def run(options: argparse.Namespace) -> int:
    from models.nlp.memory.errors import Unreadable
    from models.nlp.translation.install import Gate, Refused, add
    from tasks.resources import resources

    pair, settings = _pair(options.pair), resources().settings
    try:
        tests = _tests(options.test, pair, options.limit)
        gate = Gate(tests, options.test.name, options.min_chrf, resources().translation.router.find(pair))
        card = add(pair, options.folder, settings.translation_models, gate, settings.translation_beam)
    except (Refused, Unreadable) as error:
        raise CommandFailed(str(error)) from None
    print(f"{options.pair}: {card.engine} with chrF {card.chrf:g} on {len(tests)} texts of {card.test_set}")
    return 0


def _pair(text: str) -> tuple[str, str]:
    from models.nlp.codes import normal

    source, _, target = text.partition("-")
    codes = normal(source), normal(target)
    if codes[0] is None or codes[1] is None:
        raise CommandFailed(f"{text}: expected two language codes, such as en-de", status=2)
    return codes[0], codes[1]


def _tests(file: Path, pair: tuple[str, str], limit: int) -> list[tuple[str, str]]:
    from collections import Counter

    from models.nlp.memory.entries import read, usable

    found = usable(read(file, *pair), Counter())
    tests = [(e.text, e.translation) for e in found if (e.source, e.target) == pair]
    if not tests:
        raise CommandFailed(f"{file}: holds no translations from {pair[0]} to {pair[1]}")
    return tests[:: max(1, len(tests) // limit)][:limit]
