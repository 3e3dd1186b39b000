"""Market models on a year and on markets that training never saw: `python -m benchmarks.market_unseen --data FOLDER`.

Each model is trained, calibrated and chosen as `ml.train` does it, on the other markets up to the cut alone, and
scored on every hour of the held-out markets after it, beside persistence, the majority of the training rows and, for
directions, reversal.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from models.files import Files
from models.market.dataset import build, read_candles
from models.market.predictor import Predictor
from models.market.targets import TARGETS
from models.market.trainer import MarketTrainer
from models.metrics import scores
from models.trainers import Limits, Source
from models.versions import Version, ship
from schemas.candle import COLUMNS
from schemas.progress import no_progress
from schemas.series import HOUR_MS, Series

_MEMORY = 800 * HOUR_MS
"""More than any feature or statement looks back."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.market_unseen", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of hourly candles, a file a market")
    parser.add_argument("--held", default="SOL,LINK", help="parts of the file names of the held-out markets")
    parser.add_argument("--cut", default="2024-03-25", help="training ends here, the test begins")
    parser.add_argument("--models", default=",".join(TARGETS))
    options = parser.parse_args()
    many = read_candles(options.data)
    held = {name for name in many if any(part in name for part in options.held.split(","))}
    cut = int(datetime.fromisoformat(options.cut).replace(tzinfo=UTC).timestamp() * 1000)
    print(f"held out: {', '.join(sorted(held))}, from {options.cut}; training: the others, before it")
    for model in options.models.split(","):
        judge(model, {n: s for n, s in many.items() if n not in held}, {n: many[n] for n in held}, cut)


def judge(model: str, others: dict[str, Series], held: dict[str, Series], cut: int) -> None:
    """Train on the others before the cut, print the figures on the held-out markets after it."""
    past = {name: part(series, 0, cut) for name, series in others.items()}
    later = {name: part(series, cut - _MEMORY, int(series.timestamp[-1]) + 1) for name, series in held.items()}
    trained = MarketTrainer(model).train(Source(series=past), no_progress, seed=0, limits=Limits())
    with tempfile.TemporaryDirectory() as folder:
        ship(Path(folder), model, trained.files, trained.card)
        predictor = Predictor.load(Version.open(Files(folder), model, model))
    rows = build(later, TARGETS[model], 1.0, no_progress)
    rows = rows.take(rows.time >= cut)
    said = predictor.probabilities(rows.names, rows.x)
    sure = np.abs(said - 0.5) >= predictor.band
    figures = scores(rows.event, said)
    line = [f"{name} {value:.4f}" for name, value in figures.items() if value is not None]
    persistence = (rows.event == rows.persistence).mean()
    majority = (rows.event == float(predictor.base_rate > 0.5)).mean()
    print(f"{model} ({trained.card['family']}, {len(said)} rows): {', '.join(line)}")
    print(f"    persistence {persistence:.4f}, majority {majority:.4f}, reversal {1 - persistence:.4f}")
    if sure.any():
        right = ((said > 0.5) == (rows.event > 0.5))[sure].mean()
        print(f"    where it does not abstain ({sure.mean():.0%} of rows): accuracy {right:.4f}")
    for symbol in sorted(set(rows.symbol)):
        own = rows.symbol == symbol
        print(f"    {symbol}: accuracy {scores(rows.event[own], said[own])['accuracy']:.4f}", flush=True)


def part(series: Series, start: int, end: int) -> Series:
    """The candles with start <= timestamp < end."""
    first, last = np.searchsorted(series.timestamp, [start, end])
    return Series(*(getattr(series, name)[first:last] for name in COLUMNS))


if __name__ == "__main__":
    main()
