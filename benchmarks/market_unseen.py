"""Market models on a year and on markets that training never saw: `python -m benchmarks.market_unseen --data FOLDER`.

Each market is left out in turn (or each pair of them, `--leave 2`): a model is trained, calibrated and chosen as
`ml.train` does it, on the other markets up to the cut alone, and scored on every hour of those left out after it,
beside persistence, the majority of the training rows and, for directions, reversal. `--leave 0` leaves none out: what a
year not seen is like for markets that are known. `--held A,B` leaves out these alone.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import numpy as np

from models.files import Files
from models.market.dataset import build, read_candles
from models.market.learners import FAMILIES
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
_SHOWN = ("accuracy", "auc", "brier", "calibrationError", "persistence", "majority", "answered", "whenAnswered")
Figures = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.market_unseen", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of hourly candles, a file a market")
    parser.add_argument("--leave", type=int, default=1, choices=(0, 1, 2), help="how many markets to leave out at once")
    parser.add_argument("--held", help="parts of the file names of the markets to leave out, instead of each in turn")
    parser.add_argument("--cut", default="2024-03-25", help="training ends here, the test begins")
    parser.add_argument("--models", default=",".join(TARGETS))
    parser.add_argument("--families", default=",".join(FAMILIES), help="those that compete")
    options = parser.parse_args()
    many = read_candles(options.data)
    cut = int(datetime.fromisoformat(options.cut).replace(tzinfo=UTC).timestamp() * 1000)
    held = list(combinations(sorted(many), options.leave))
    if options.held:
        held = [tuple(name for name in sorted(many) if any(part in name for part in options.held.split(",")))]
    for model in options.models.split(","):
        trainer = MarketTrainer(model, options.families.split(","))
        report(model, judged(trainer, many, held, cut))


def judged(
    trainer: MarketTrainer, many: Mapping[str, Series], held: Sequence[tuple[str, ...]], cut: int
) -> Iterator[tuple[str, str, Figures]]:
    """Market, winning family and figures, of each market of each choice of markets to leave out."""
    for out in held:
        past = {name: part(series, 0, cut) for name, series in many.items() if name not in out}
        trained = trainer.train(Source(series=past), no_progress, seed=0, limits=Limits(seconds=24 * 3600))
        with tempfile.TemporaryDirectory() as folder:
            ship(Path(folder), "model", trained.files, trained.card)
            predictor = Predictor.load(Version.open(Files(folder), "model", "model"))
        for name in out or sorted(many):
            later = {name: part(many[name], cut - _MEMORY, int(many[name].timestamp[-1]) + 1)}
            yield name, predictor.family, figures(predictor, trainer, later, cut)


def figures(predictor: Predictor, trainer: MarketTrainer, later: Mapping[str, Series], cut: int) -> Figures:
    rows = build(later, trainer.target, 1.0, no_progress)
    rows = rows.take(rows.time >= cut)
    said = predictor.probabilities(rows.names, rows.x)
    right, sure = (said > 0.5) == (rows.event > 0.5), np.abs(said - 0.5) >= predictor.band
    return {
        **{name: float(value or 0) for name, value in scores(rows.event, said).items()},
        "persistence": float((rows.event == rows.persistence).mean()),
        "majority": float((rows.event == float(predictor.base_rate > 0.5)).mean()),
        "answered": float(sure.mean()),
        "whenAnswered": float(right[sure].mean()) if sure.any() else 0.0,
    }


def report(model: str, found: Iterator[tuple[str, str, Figures]]) -> None:
    """A line a market as it is known, then each market's mean where it was judged more than once, then that of all."""
    by_market: dict[str, list[Figures]] = defaultdict(list)
    print(f"{model}: {', '.join(_SHOWN)}")
    for market, family, values in found:
        by_market[market].append(values)
        print(f"    {market} ({family}): {line(values)}", flush=True)
    means = {market: mean(many) for market, many in by_market.items()}
    for market, values in means.items():
        if len(by_market[market]) > 1:
            print(f"    mean of {market}: {line(values)}")
    print(f"    mean of all markets: {line(mean(list(means.values())))}", flush=True)


def mean(many: Sequence[Figures]) -> Figures:
    return {name: float(np.mean([one[name] for one in many])) for name in _SHOWN}


def line(values: Figures) -> str:
    return ", ".join(f"{values[name]:.4f}" for name in _SHOWN)


def part(series: Series, start: int, end: int) -> Series:
    """The candles with start <= timestamp < end."""
    first, last = np.searchsorted(series.timestamp, [start, end])
    return Series(*(getattr(series, name)[first:last] for name in COLUMNS))


if __name__ == "__main__":
    main()
