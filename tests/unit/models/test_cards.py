"""Model cards: one page that needs nothing else, for whatever a card holds."""

from __future__ import annotations

import json
from dataclasses import asdict
from html.parser import HTMLParser

import numpy as np
import pytest

from models.cards import render
from models.drift import Spread
from models.metrics import curves
from models.registry import PRETRAINED
from models.trainers import TRAINERS

VOID = {"meta", "line", "circle", "polyline"}
OPTIONAL = {"html", "p", "tr", "td", "th"}


class Page(HTMLParser):
    """Notes what a page loads, and that its tags are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in VOID | OPTIONAL:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID | OPTIONAL:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(card: dict[str, object]) -> Page:
    page = Page()
    page.feed(render(card).decode())
    assert page.open == []
    assert page.loads == []
    return page


def test_a_full_card_shows_its_figures_and_curves() -> None:
    draw = np.random.default_rng(0)
    p = draw.uniform(size=500)
    y = (draw.uniform(size=500) < p).astype(float)
    window = {"from": 0, "to": 86_400_000, "rows": 500, "accuracy": 0.75, "brier": 0.17}
    card = {
        "model": "toy",
        "question": "Will <it>?",
        "metrics": {"accuracy": 0.7512, "brier": 0.17, "windows": [window]},
        "baselines": {"persistence": {"accuracy": 0.6}},
        "importance": {"range_lag_1": 0.6, "hour": 0.4},
        "comparison": {"reason": "it beats the champion"},
        "curves": curves(y, p),
        "reference": {"probability": asdict(Spread.of(p))},
        "data": {"symbols": ["A", "B"], "rows": 500, "from": 0, "to": 86_400_000, "share": {"race": 0.2}},
        "licence": "<none>",
    }
    text = page_of(card).text
    for part in (
        "A, B",
        "race 0.2",
        "<none>",
        "Drift",
        "Will <it>?",
        "0.7512",
        "persistence",
        "it beats the champion",
        "range_lag_1",
        "1970-01-02",
        "ROC",
    ):
        assert part in text


def test_an_empty_card_is_a_page_too() -> None:
    assert "model card" in page_of({}).text


@pytest.mark.parametrize("model", sorted(TRAINERS))
def test_every_shipped_model_is_small_and_says_what_it_was_made_of(model: str) -> None:
    folder = PRETRAINED / model
    card = json.loads((folder / "card.json").read_text())
    assert all(path.stat().st_size < 1_000_000 for path in folder.iterdir())
    assert {"metrics", "baselines", "data", "seed", "command", "created", "codeVersion", "parameters"} <= set(card)
    assert len(card["data"]["sha256"]) == 64
    assert model in page_of(card).text
