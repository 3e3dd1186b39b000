"""`./soba memory`: translations that people made, from i18n files into the store."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

from cli.command import CommandFailed, Commands
from cli.table import table

EXAMPLES = """examples:
  soba memory import locales.jsonl --licence MIT --origin my-app
  soba memory import messages.po --licence Apache-2.0
  soba memory import es.json --base en.json --source en --target es --licence MIT
  soba memory list
"""


def add_parser(commands: Commands) -> None:
    parser = commands.add_parser(
        "memory",
        help="import translations from i18n files, list what the memory holds",
        description="The translation memory: exact hits are used before any engine, near ones are offered.\n"
        "Files: JSON, JSON lines, PO, XLIFF, TMX, up to 100 MB.",
        epilog=EXAMPLES,
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")
    adding = actions.add_parser("import", help="add a file's translations, in the place of older ones of the same text")
    adding.add_argument("file", type=Path)
    adding.add_argument("--licence", required=True, help="of the texts, kept with them: MIT, Apache-2.0, own ...")
    adding.add_argument("--origin", help="where they come from, kept with them (default: the file's name)")
    adding.add_argument("--source", help="language of the texts, where the file does not say it (default en)")
    adding.add_argument("--target", help="language of the translations, where the file does not say it")
    adding.add_argument("--base", type=Path, help="JSON file of the source language with the same keys")
    actions.add_parser("list", help="count what the memory holds by language, origin and licence")


def run(options: argparse.Namespace) -> int:
    from models.nlp.memory.errors import Unreadable

    try:
        return _import(options) if options.action == "import" else _list()
    except Unreadable as error:
        raise CommandFailed(str(error)) from None


def _import(options: argparse.Namespace) -> int:
    from models.nlp.memory.entries import pair_up, read, usable
    from storage.translations import add
    from tasks.resources import resources

    if options.base and not (options.source and options.target):
        raise CommandFailed("--base needs --source and --target", status=2)
    left_out: Counter[str] = Counter()
    found = (
        pair_up(options.base, options.file, options.source, options.target)
        if options.base
        else read(options.file, options.source, options.target)
    )
    entries = list(usable(found, left_out))
    origin, now = options.origin or options.file.name, int(time.time() * 1000)
    count = add(resources().store, entries, origin=origin[:300], licence=options.licence[:100], at=now)
    print(f"{count} translations imported from {options.file.name} ({options.licence})")
    for reason, times in left_out.most_common():
        print(f"{times} left out: {reason}")
    return 0


def _list() -> int:
    from storage.translations import counts
    from tasks.resources import resources

    rows = [
        [source, target, origin, licence, str(n)] for source, target, origin, licence, n in counts(resources().store)
    ]
    print(table(["source", "target", "origin", "licence", "entries"], rows))
    return 0
