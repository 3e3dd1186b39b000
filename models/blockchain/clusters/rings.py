"""Wash-trading rings: value that goes round among addresses and leaves each with what it had.

Found token by token: strongly connected groups whose every member gets from the group what it gives to it. Compare
Victor and Weintraud, "Detecting and Quantifying Wash Trading on Decentralized Cryptocurrency Exchanges" (2021).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from schemas.transfers import Transfers

MAX_MEMBERS = 50
_MARGIN_PARTS = 50
"""What a member keeps or loses is at most one part in so many of what went through it (fees)."""
_MIN_ROUNDS = 2


class Ring(NamedTuple):
    """Members, the token (None: unnamed), the value moved within, how many transfers, and the largest net change."""

    wallets: list[str]
    token: str | None
    volume: int
    transfers: int
    change: int


class Move(NamedTuple):
    """A value that moved, in so many transfers."""

    sender: str
    recipient: str
    value: int
    transfers: int


def rings(transfers: Transfers) -> list[Ring]:
    """The rings, those with most transfers first; each value must have gone round twice, or through three members."""
    by_token: dict[str | None, list[Move]] = defaultdict(list)
    columns = (transfers.senders, transfers.recipients, transfers.values, transfers.tokens, transfers.counts)
    for sender, recipient, value, token, count in zip(*columns, strict=True):
        if value and sender != recipient:
            by_token[token].append(Move(sender, recipient, value, count))
    found = [ring for token, rows in by_token.items() for ring in _of_token(token, rows)]
    return sorted(found, key=lambda ring: (-ring.transfers, ring.wallets))


def _of_token(token: str | None, moves: list[Move]) -> Iterable[Ring]:
    names = list(dict.fromkeys(name for move in moves for name in move[:2]))
    index = {name: place for place, name in enumerate(names)}
    ends = np.array([(index[move.sender], index[move.recipient]) for move in moves])
    graph = sparse.coo_array((np.ones(len(moves)), (ends[:, 0], ends[:, 1])), shape=(len(names),) * 2).tocsr()
    _, group = connected_components(graph, directed=True, connection="strong")
    inside: dict[int, list[Move]] = defaultdict(list)
    for move, (a, b) in zip(moves, group[ends].tolist(), strict=True):
        if a == b:
            inside[a].append(move)
    for rows in inside.values():
        ring = _balanced(token, rows)
        if ring:
            yield ring


def _balanced(token: str | None, moves: list[Move]) -> Ring | None:
    """The ring of a strongly connected group's own transfers, where they leave everyone with what they had."""
    given: dict[str, int] = defaultdict(int)
    taken: dict[str, int] = defaultdict(int)
    for move in moves:
        given[move.sender] += move.value
        taken[move.recipient] += move.value
    members = sorted(given)
    count = sum(move.transfers for move in moves)
    change = max(abs(given[name] - taken[name]) for name in members)
    even = all(abs(given[name] - taken[name]) * _MARGIN_PARTS <= max(given[name], taken[name]) for name in members)
    if not even or len(members) > MAX_MEMBERS or (len(members) == 2 and count < 2 * _MIN_ROUNDS):
        return None
    return Ring(members, token, sum(given.values()), count, change)
