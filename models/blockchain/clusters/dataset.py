"""Labelled wallets and the links between them, as the Hop airdrop's review left them: the material of training."""

from __future__ import annotations

import csv
import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from foundation.errors import InvalidInput
from models.blockchain.clusters.links import Bools, Ints, Links, link

FILES = ("hop_nodes.csv.gz", "hop_edges.csv.gz", "hop_labels.csv.gz")


@dataclass(frozen=True)
class Labelled:
    """Links, and for each wallet in their order: whether it is Sybil, and the component that it is part of."""

    links: Links
    labels: Ints
    groups: Ints
    fingerprint: str


def read(folder: Path) -> Labelled:
    """The three tables of a folder: nodes (id, address, candidate), edges (from, to, transfers), labels (sybil).

    Raises InvalidInput where one is missing or not as expected.
    """
    try:
        nodes = list(_rows(folder / FILES[0]))
        names = {row["id"]: row["address"].lower() for row in nodes}
        wallets = [row["address"].lower() for row in nodes if row["candidate"] == "1"]
        edges = [(names[row["from"]], names[row["to"]], int(row["transfers"])) for row in _rows(folder / FILES[1])]
        sybil = {row["address"].lower(): int(row["sybil"]) for row in _rows(folder / FILES[2])}
    except (OSError, KeyError, ValueError) as fault:
        raise InvalidInput.at("source.path", f"expected a folder with {', '.join(FILES)}: {fault!r}") from None
    senders, recipients, counts = zip(*edges, strict=True)
    links, _ = link(senders, recipients, counts, wallets)
    digest = hashlib.sha256(b"".join((folder / name).read_bytes() for name in FILES)).hexdigest()
    groups = links.groups(np.ones(links.size, bool))[links.wallets]
    return Labelled(links, np.array([sybil[name] for name in wallets]), groups, digest)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt") as file:
        yield from csv.DictReader(file)


def part(labelled: Labelled, kept: Bools) -> Labelled:
    """What would have been seen of some addresses only (`kept` over all addresses): their links, their wallets."""
    links = labelled.links
    inside = kept[links.sources] & kept[links.targets]
    wallets = links.wallets & kept
    chosen = kept[links.wallets]
    seen = Links(links.names, links.sources[inside], links.targets[inside], links.counts[inside], wallets)
    return Labelled(seen, labelled.labels[chosen], labelled.groups[chosen], labelled.fingerprint)
