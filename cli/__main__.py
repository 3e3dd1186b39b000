"""`./soba`: every command of the project."""

from __future__ import annotations

import argparse
import sys


def main() -> int:
    parser = argparse.ArgumentParser(prog="soba")
    commands = parser.add_subparsers(dest="command", required=True)
    call = commands.add_parser("call", help="run an operation on JSON requests")
    call.add_argument("operation")
    call.add_argument("-f", "--file")
    call.add_argument("--jsonl", action="store_true")
    from cli import schemas

    schemas.add_parser(commands)
    options = parser.parse_args()
    if options.command == "schemas":
        return schemas.run(options)
    from cli.call import main as run

    return run(options.operation, options.file, options.jsonl)


if __name__ == "__main__":
    sys.exit(main())
