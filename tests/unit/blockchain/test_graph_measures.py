"""The graph's measures: the same numbers as networkx."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.blockchain.graphs import metrics
from models.blockchain.graphs.build import Graph, build
from models.blockchain.graphs.document import document
from models.blockchain.graphs.paths import shortest
from models.blockchain.graphs.picture import layout, picture
from schemas.transfers import Payment, Transfers


def address(number: int) -> str:
    return f"0x{number:040x}"


def payments(pairs: list[tuple[int, int]]) -> Transfers:
    return Transfers.of([Payment(address(a), address(b), 10**18 + i) for i, (a, b) in enumerate(pairs)])


def reference(graph: Graph) -> networkx.DiGraph:
    made = networkx.DiGraph()
    made.add_nodes_from(graph.names)
    made.add_edges_from(zip(graph.transfers.senders, graph.transfers.recipients, strict=True))
    return made


def random_pairs(nodes: int, edges: int) -> list[tuple[int, int]]:
    """Few addresses receive most."""
    rng = np.random.default_rng(nodes)
    ends = np.stack([rng.integers(0, nodes, edges), np.minimum(rng.pareto(1.0, edges) * 5, nodes - 1).astype(int)], 1)
    return [(int(a), int(b)) for a, b in ends]


PAIRS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=60)


@settings(max_examples=150, deadline=None)
@given(PAIRS)
def test_measures_are_those_of_networkx(pairs: list[tuple[int, int]]) -> None:
    graph = build(payments(pairs))
    other = reference(graph)
    ranks = networkx.pagerank(other, tol=1e-14, max_iter=2_000) if pairs else {}
    np.testing.assert_allclose(metrics.page_rank(graph), [ranks[name] for name in graph.names], atol=1e-11)
    between, exact = metrics.betweenness(graph)
    scores = networkx.betweenness_centrality(other)
    assert exact
    np.testing.assert_allclose(between, [scores[name] for name in graph.names], atol=1e-12)
    in_degrees, out_degrees = graph.degrees()
    assert in_degrees.tolist() == [other.in_degree(name) for name in graph.names]
    assert out_degrees.tolist() == [other.out_degree(name) for name in graph.names]
    labels = metrics.components(graph)
    groups = {frozenset(np.array(graph.names)[labels == label].tolist()) for label in labels}
    assert groups == {frozenset(part) for part in networkx.weakly_connected_components(other)}


def test_large_graphs_agree_too() -> None:
    graph = build(payments(random_pairs(1_000, 4_000)))
    other = reference(graph)
    ranks, scores = networkx.pagerank(other, tol=1e-14, max_iter=2_000), networkx.betweenness_centrality(other)
    np.testing.assert_allclose(metrics.page_rank(graph), [ranks[name] for name in graph.names], atol=1e-11)
    between, exact = metrics.betweenness(graph)
    assert exact
    np.testing.assert_allclose(between, [scores[name] for name in graph.names], atol=1e-12)


def test_betweenness_over_all_pivots_is_exact() -> None:
    graph = build(payments(random_pairs(300, 900)))
    np.testing.assert_allclose(metrics.sampled(graph, np.arange(graph.size)), metrics.exact(graph), atol=1e-12)


def test_sampled_betweenness_says_so_and_finds_the_important_nodes() -> None:
    graph = build(payments(random_pairs(4_000, 9_000)))
    sampled, exact = metrics.betweenness(graph)
    truth = metrics.exact(graph)
    assert not exact
    assert len(set(np.argsort(-sampled)[:20]) & set(np.argsort(-truth)[:20])) >= 14


def test_communities_lie_within_components_and_are_as_modular_as_those_of_networkx() -> None:
    graph = build(payments(random_pairs(600, 1_500)))
    labels, parts = metrics.communities(graph), metrics.components(graph)
    assert all(len(set(parts[labels == label])) == 1 for label in set(labels))
    both = reference(graph).to_undirected()
    groups = [set(np.array(graph.names)[labels == label].tolist()) for label in set(labels)]
    peer = networkx.community.louvain_communities(both, seed=0)
    mine, theirs = (networkx.community.modularity(both, found) for found in (groups, peer))
    assert mine > theirs - 0.02


def test_groups_are_numbered_from_the_largest() -> None:
    assert metrics.by_size(np.array([5, 5, 2, 9, 9, 9])).tolist() == [1, 1, 2, 0, 0, 0]


def test_amounts_are_exact_beyond_64_bits() -> None:
    large = 2**255
    ends = (address(1), address(2))
    graph = build(Transfers.of([Payment(*ends, large), Payment(*ends, large - 1, address(9))]))
    assert graph.totals(graph.edge_of, 1) == [2 * large - 1]
    assert list(graph.totals_by_token(graph.edge_of)) == [(0, address(9), large - 1)]


def test_the_shortest_path_is_the_one_with_most_value_among_the_shortest() -> None:
    rows = [(1, 2, 5), (2, 4, 9), (1, 3, 7), (3, 4, 6), (4, 5, 100), (1, 6, 50), (6, 7, 50), (7, 5, 50)]
    graph = build(Transfers.of([Payment(address(a), address(b), value) for a, b, value in rows]))
    path, value = shortest(graph, address(1), address(4)) or ([], 0)
    assert (path, value) == ([address(1), address(3), address(4)], 6)
    assert len((shortest(graph, address(1), address(5)) or ([], 0))[0]) == 4
    assert shortest(graph, address(5), address(1)) is None
    assert shortest(graph, address(5), address(99)) is None


def test_paths_are_followed_for_a_thousand_hops() -> None:
    graph = build(payments([(i, i + 1) for i in range(1_100)]))
    assert len((shortest(graph, address(0), address(1_000)) or ([], 0))[0]) == 1_001
    assert shortest(graph, address(0), address(1_001)) is None


@pytest.mark.parametrize(("kind", "read"), [("graphml", networkx.parse_graphml), ("gexf", None)])
def test_documents_are_read_back_by_networkx(kind: str, read: object, tmp_path: object) -> None:
    nodes = [{"id": address(i), "pageRank": 0.5, "inFlow": str(2**200), "flows": {}} for i in (1, 2)]
    edges = [{"from": address(1), "to": address(2), "count": 3, "value": str(2**200)}]
    text = document(nodes, edges, kind)  # type: ignore[arg-type] # parametrised
    made = networkx.parse_graphml(text) if read else networkx.read_gexf(_file(text, tmp_path))
    assert set(made.nodes) == {address(1), address(2)}
    assert made.edges[address(1), address(2)]["count"] == 3
    assert made.nodes[address(1)]["inFlow"] == str(2**200)


def _file(text: str, folder: object) -> str:
    from pathlib import Path

    path = Path(str(folder)) / "graph.gexf"
    path.write_text(text)
    return str(path)


def test_a_picture_draws_every_node_and_edge_within_its_frame() -> None:
    graph = build(payments(random_pairs(40, 80)))
    places = layout(graph)
    assert places.min() >= 0
    assert places.max() <= 1
    text = picture(graph, metrics.page_rank(graph), metrics.communities(graph))
    assert text.count("<circle") == graph.size
    assert text.count("<line") == len(graph.sources)
    assert "nan" not in text
