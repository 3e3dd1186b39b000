"""A graph as an SVG picture: size by PageRank, colour by community, place by force-directed layout."""

from __future__ import annotations

import numpy as np

from models.blockchain.graphs.build import Floats, Graph, Ints

MAX_NODES = 400
_SIDE = 1_000
_ROUNDS = 120
_COLOURS = (
    "#4e79a7",
    "#f28e2b",
    "#59a14f",
    "#e15759",
    "#b07aa1",
    "#76b7b2",
    "#edc948",
    "#9c755f",
    "#ff9da7",
    "#bab0ac",
)


def picture(graph: Graph, rank: Floats, community: Ints) -> str:
    """The SVG text of a graph of at most `MAX_NODES` nodes; each node bears its address as its title."""
    places = layout(graph) * (_SIDE - 80) + 40
    radii = 4 + 22 * np.sqrt(rank / rank.max()) if len(rank) else rank
    lines = [
        f'<line x1="{places[a, 0]:.1f}" y1="{places[a, 1]:.1f}" x2="{places[b, 0]:.1f}" y2="{places[b, 1]:.1f}"/>'
        for a, b in zip(graph.sources.tolist(), graph.targets.tolist(), strict=True)
    ]
    circles = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{_COLOURS[group % len(_COLOURS)]}">'
        f"<title>{name}</title></circle>"
        for (x, y), radius, group, name in zip(places.tolist(), radii.tolist(), community, graph.names, strict=True)
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {_SIDE}">'
    edges = f'<g stroke="#999" stroke-opacity="0.5">{"".join(lines)}</g>'
    return f'{head}{edges}<g stroke="#fff">{"".join(circles)}</g></svg>'


def layout(graph: Graph) -> Floats:
    """A place within the unit square for each node (Fruchterman and Reingold, 1991), the same at every run."""
    size = graph.size
    places = np.random.default_rng(0).random((size, 2))
    length = 1 / np.sqrt(max(size, 1))
    for heat in np.linspace(0.1, 0.001, _ROUNDS):
        apart = places[:, None] - places[None]
        distance = np.maximum(np.linalg.norm(apart, axis=2), 1e-3)
        push = (apart * (length**2 / distance**2)[..., None]).sum(axis=1)
        along = places[graph.sources] - places[graph.targets]
        pull = along * (np.linalg.norm(along, axis=1, keepdims=True) / length)
        np.subtract.at(push, graph.sources, pull)
        np.add.at(push, graph.targets, pull)
        step = np.maximum(np.linalg.norm(push, axis=1, keepdims=True), 1e-9)
        places += push / step * np.minimum(step, heat)
    low, high = (places.min(axis=0), places.max(axis=0)) if size else (0, 1)
    return (places - low) / np.maximum(high - low, 1e-9)  # type: ignore[no-any-return] # numpy's operators give Any
