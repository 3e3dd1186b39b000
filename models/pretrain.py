"""Train models and put them where they ship with the code: `python -m models.pretrain MODEL... --data PATH`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from models.registry import PRETRAINED
from models.trainers import TRAINERS, Limits, Source, trainer
from models.training import card_of
from models.versions import ship


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m models.pretrain", description=__doc__)
    parser.add_argument("models", nargs="+", choices=sorted(TRAINERS), metavar="MODEL", help=", ".join(TRAINERS))
    parser.add_argument("--data", type=Path, required=True, help="file or folder to train on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--into", type=Path, default=PRETRAINED, help="default: models/pretrained")
    parser.add_argument("--licence", default="not stated", help="of the data, for the card")
    options = parser.parse_args()
    for model in options.models:
        limits = Limits(threads=options.threads, seconds=24 * 3600)
        trained = trainer(model).train(Source(path=options.data), report, seed=options.seed, limits=limits)
        command = f"python -m models.pretrain {model} --data {options.data.name} --seed {options.seed}"
        card = card_of(model, trained, seed=options.seed, command=command)
        version = ship(options.into, model, trained.files, {**card, "licence": options.licence})
        print(model, version, {name: len(data) for name, data in trained.files.items()}, flush=True)


def report(done: float, total: float, stage: str, message: str = "") -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{done:.1f}/{total:g} {stage} {message}", end="", file=sys.stderr)


if __name__ == "__main__":
    main()
