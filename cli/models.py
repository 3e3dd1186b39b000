"""`./soba models`: every version with what it is worth; promote one, or go back."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from cli.command import CommandFailed, Commands
from cli.table import table

if TYPE_CHECKING:
    from models.registry import Registry
    from models.versions import Version

SHOWN = ("auc", "prAuc", "brier", "accuracy", "f1", "ece")
EXAMPLES = """examples:
  soba models
  soba models wallet-fraud
  soba models wallet-fraud --card VERSION
  soba models wallet-fraud --promote VERSION
  soba models wallet-fraud --rollback
"""


def add_parser(commands: Commands) -> None:
    parser = commands.add_parser(
        "models",
        description="List versions: champions serve, a challenger was trained and has not won. Running workers follow\n"
        "a promotion or a roll-back within seconds.",
        epilog=EXAMPLES,
    )
    parser.add_argument("model", nargs="?", help="this model alone")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--card", metavar="VERSION", help="print a version's whole card as JSON")
    action.add_argument("--promote", metavar="VERSION", help="make a version the champion")
    action.add_argument("--rollback", action="store_true", help="go back to the champion before this one")


def run(options: argparse.Namespace) -> int:
    from tasks.resources import resources

    registry = resources().registry
    acts = options.card or options.promote or options.rollback
    if acts and not options.model:
        raise CommandFailed("name the model", status=2)
    if options.model and options.model not in registry.names():
        raise CommandFailed(f"no model {options.model}; there are {', '.join(registry.names()) or 'none'}", status=2)
    if acts:
        print(_act(registry, options))
        return 0
    rows = [row for name in ([options.model] if options.model else registry.names()) for row in _rows(registry, name)]
    print(table(["model", "version", "role", "created", "metrics"], rows))
    return 0


def _act(registry: Registry, options: argparse.Namespace) -> str:
    from models.versions import CorruptVersion

    try:
        if options.rollback:
            return f"{options.model}: {registry.rollback(options.model, reason='by soba models').id} serves again"
        version = registry.version(options.model, options.card or options.promote)
        if options.card:
            return json.dumps(version.card, indent=2)
        registry.promote(options.model, version.id, forced=True, reason="by soba models")
        return f"{options.model}: {version.id} serves"
    except CorruptVersion as error:
        raise CommandFailed(str(error)) from None


def _rows(registry: Registry, name: str) -> list[list[str]]:
    aliases = registry.aliases(name)
    roles = dict.fromkeys(aliases.champions, "earlier champion")
    if aliases.champions:
        roles[aliases.champions[-1]] = "champion"
    if aliases.challenger:
        roles[aliases.challenger] = "challenger"
    return [[name, version.id, roles.get(version.id, ""), *_worth(version)] for version in registry.versions(name)]


def _worth(version: Version) -> list[str]:
    """When it was made, and its main metrics; a version whose files are not whole says so."""
    from models.versions import CorruptVersion

    try:
        card = version.card
    except CorruptVersion as error:
        return ["", f"corrupt: {error}"]
    metrics: dict[str, Any] = card.get("metrics", {})
    shown = [f"{key} {metrics[key]:.4g}" for key in SHOWN if isinstance(metrics.get(key), int | float)]
    return [str(card.get("created", "")), ", ".join(shown)]
