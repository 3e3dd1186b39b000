"""`python -m workers worker|beat|flower`: Celery's command of that name, with its options, for our app.

Celery's own program imports the modules of all its commands first, Flower and a shell among them: half a second and
twenty megabytes for each process that needs one of them.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

from workers.app import app

_MODULES = {"worker": "celery.bin.worker", "beat": "celery.bin.beat", "flower": "flower.command"}


class Program(click.Group):
    """Imports the command that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        command: click.Command = getattr(import_module(_MODULES[cmd_name]), cmd_name)
        return command


@click.group(cls=Program)
@click.pass_context
def program(context: click.Context) -> None:
    """Celery's commands for this app."""
    from celery.bin.base import CLIContext

    context.obj = CLIContext(app=app, no_color=False, workdir=None)


if __name__ == "__main__":
    sys.exit(program(prog_name="python -m workers"))
