"""A version's card as one HTML page that needs nothing else: what the model is worth, and what it was made of."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:960px;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#fff}
h1{margin:0}h2{margin:2rem 0 .5rem;font-size:1.1rem}table{border-collapse:collapse}
td,th{padding:.2rem .8rem .2rem 0;text-align:left;border-bottom:1px solid #dde3ea}td.n,th.n{text-align:right}
.charts{display:flex;flex-wrap:wrap;gap:1.5rem}figure{margin:0}figcaption{font-size:.85rem;color:#5a6675}
svg{background:#f7f9fb;border:1px solid #dde3ea}pre{background:#f7f9fb;padding:.8rem;overflow:auto}
.bar{background:#2f6fde;height:.7rem;display:inline-block}@media(prefers-color-scheme:dark){body{background:#12161c;
color:#dfe5ec}svg,pre{background:#1a2029;border-color:#333c48}td,th{border-color:#333c48}}
"""
_SIZE = 260
_FIGURES = ("accuracy", "auc", "prAuc", "brier", "calibrationError")
_TOLD = {"metrics", "baselines", "curves", "importance", "families", "comparison", "data", "licence", "reference"}
Points = Sequence[Sequence[float]]


def render(card: Mapping[str, Any]) -> bytes:
    """The page of a card; a part that the card lacks is left out."""
    title = html.escape(f"{card.get('model', 'model')}: model card")
    parts = [_head(card), _scores(card), _comparison(card), _charts(card), _windows(card)]
    parts += [_drift(card), _importance(card), _data(card)]
    rest = {key: value for key, value in card.items() if key not in _TOLD}
    parts.append(f"<h2>Everything else</h2><pre>{html.escape(json.dumps(rest, indent=2))}</pre>")
    page = f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>"
    return (page + "".join(parts) + "</html>").encode()


def _head(card: Mapping[str, Any]) -> str:
    said = [card.get("question"), f"Made {card.get('created', '?')} by", card.get("command")]
    lines = "".join(f"<p>{html.escape(str(line))}</p>" for line in said if line)
    return f"<h1>{html.escape(str(card.get('model', 'model')))}</h1>{lines}"


def _scores(card: Mapping[str, Any]) -> str:
    """The model beside its baselines and, where several families competed, each of those."""
    rows = {"the model": card.get("metrics", {}), **card.get("baselines", {}), **card.get("families", {})}
    shown = [name for name in _FIGURES if any(isinstance(row.get(name), int | float) for row in rows.values())]
    head = "".join(f"<th class=n>{name}" for name in shown)
    body = "".join(f"<tr><td>{html.escape(name)}{_cells(row, shown)}" for name, row in rows.items())
    return f"<h2>On rows that it had not seen</h2><table><tr><th>{head}{body}</table>"


def _cells(row: Mapping[str, Any], names: Sequence[str]) -> str:
    values = (row.get(name) for name in names)
    return "".join(f"<td class=n>{f'{v:.4f}' if isinstance(v, int | float) else ''}" for v in values)


def _comparison(card: Mapping[str, Any]) -> str:
    found = card.get("comparison")
    if not found:
        return ""
    return f"<h2>Against the champion of the time</h2><p>{html.escape(str(found.get('reason', '')))}</p>"


def _charts(card: Mapping[str, Any]) -> str:
    curves = card.get("curves")
    if not curves:
        return ""
    calibration = [(part["said"], part["came"]) for part in curves["calibration"]]
    charts = [
        _chart("ROC: hits over false alarms", curves["roc"], diagonal=True),
        _chart("Precision over recall", curves["precisionRecall"]),
        _chart("Calibration: what came over what was said", calibration, diagonal=True, dots=True),
    ]
    return f"<h2>Curves</h2><div class=charts>{''.join(charts)}</div>"


def _chart(caption: str, points: Points, *, diagonal: bool = False, dots: bool = False) -> str:
    """Points of the unit square as a line."""
    places = [(10 + x * (_SIZE - 20), _SIZE - 10 - y * (_SIZE - 20)) for x, y in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    line = f"<line x1=10 y1={_SIZE - 10} x2={_SIZE - 10} y2=10 stroke=#9aa7b5 stroke-dasharray=4 />" if diagonal else ""
    marks = "".join(f"<circle cx={x:.1f} cy={y:.1f} r=3 fill=#2f6fde />" for x, y in places) if dots else ""
    curve = f'<polyline points="{path}" fill=none stroke=#2f6fde stroke-width=2 />'
    picture = f"<svg width={_SIZE} height={_SIZE} role=img>{line}{curve}{marks}</svg>"
    return f"<figure>{picture}<figcaption>{html.escape(caption)}</figcaption></figure>"


def _windows(card: Mapping[str, Any]) -> str:
    windows = card.get("metrics", {}).get("windows")
    if not windows:
        return ""
    rows = "".join(
        f"<tr><td>{_day(window['from'])} to {_day(window['to'])}<td class=n>{window['rows']}"
        f"{_cells(window, ('accuracy', 'brier'))}{_cells(window.get('persistence', {}), ('accuracy', 'brier'))}"
        f"{_cells(window.get('majority', {}), ('accuracy', 'brier'))}{_cells(window, ('drift',))}"
        for window in windows
    )
    head = "<tr><th>window<th class=n>rows" + "".join(
        f"<th class=n>{who}{what}" for who in ("", "persistence ", "majority ") for what in ("accuracy", "Brier")
    )
    head += "<th class=n>drift"
    return f"<h2>Window by window</h2><table>{head}{rows}</table>"


def _drift(card: Mapping[str, Any]) -> str:
    """What live probabilities are compared with."""
    from models.drift import MOVED

    spread = card.get("reference", {}).get("probability")
    if not spread:
        return ""
    shares = list(zip(spread["edges"], accumulate(spread["shares"]), strict=False))
    chart = _chart("Held-out probabilities: share up to each", [(0.0, 0.0), *shares, (1.0, 1.0)])
    said = (
        "Drift is the population stability index of probabilities against earlier ones: of a window against those"
        f" before it, and live against the held-out ones here. Above {MOVED} the model is to be trained anew."
    )
    return f"<h2>Drift</h2><p>{said}</p><div class=charts>{chart}</div>"


def _data(card: Mapping[str, Any]) -> str:
    found: Mapping[str, Any] = card.get("data", {})
    if not found:
        return ""
    told = {**found, "licence": card.get("licence") or "not stated"}
    told |= {key: _day(found[key]) for key in ("from", "to") if isinstance(found.get(key), int)}
    rows = "".join(f"<tr><td>{html.escape(key)}<td>{html.escape(_plain(value))}" for key, value in told.items())
    return f"<h2>Data</h2><table>{rows}</table>"


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {inner}" for key, inner in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _day(millis: int) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(millis / 1000, UTC):%Y-%m-%d}"


def _importance(card: Mapping[str, Any]) -> str:
    weights: Mapping[str, float] = card.get("importance", {})
    if not weights:
        return ""
    most = max(weights.values()) or 1.0
    rows = "".join(
        f"<tr><td>{html.escape(name)}<td class=n>{weight:.3f}"
        f"<td><span class=bar style=width:{200 * weight / most:.0f}px></span>"
        for name, weight in list(weights.items())[:20]
    )
    return f"<h2>What it goes by</h2><table>{rows}</table>"
