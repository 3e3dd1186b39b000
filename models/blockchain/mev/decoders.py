"""How the swap functions of the protocols are read: each decoder is given a call, and finds its two sides.

Pools that keep their own balances (Uniswap v2), pools that return their amounts (Uniswap v3, Balancer), pools whose
tokens only the transfers tell (Curve), networks that are given a path (Bancor), and order books (0x, 1inch).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

from models.blockchain.mev.abi import address, addresses, signed, uint
from models.blockchain.mev.calls import Call
from models.blockchain.mev.flows import Ledger


class Legs(NamedTuple):
    """The two sides of a swap."""

    token_in: str
    amount_in: int
    token_out: str
    amount_out: int


class Books:
    """What the decoders may look at: the transfers, and up to where each pair's balances are accounted for."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.settled: dict[str, int] = {}


Decoder = Callable[[Call, Books], "tuple[str, Legs] | None"]


def pair(call: Call, books: Books) -> tuple[str, Legs] | None:
    """Uniswap v2: a pair takes what has come in since it last settled, and pays out inside the call."""
    net: dict[str, int] = defaultdict(int)
    for moved in books.ledger.touching(call.to, books.settled.get(call.to, -1), call.end):
        if moved.recipient == call.to:
            net[moved.token] += moved.amount
        elif moved.order >= call.order:
            net[moved.token] -= moved.amount
    books.settled[call.to] = call.end
    given = [(token, amount) for token, amount in net.items() if amount > 0]
    paid = [(token, -amount) for token, amount in net.items() if amount < 0]
    if len(given) != 1 or len(paid) != 1:
        return None
    return address(call.data, 2), Legs(*given[0], *paid[0])


def concentrated(call: Call, books: Books) -> tuple[str, Legs] | None:
    """Uniswap v3: the pool returns both amounts as seen from itself; the transfers tell which tokens they are of.

    A callback may pay more than it must, and what it pays is what the pool keeps.
    """
    amounts = (signed(call.output, 0, 2), signed(call.output, 1, 2))
    owed, amount_out = max(amounts), -min(amounts)
    inside = books.ledger.inside(call)
    token_out = next((t.token for t in inside if t.sender == call.to and t.amount == amount_out), None)
    given = [t for t in inside if t.recipient == call.to and t.amount >= owed and t.token != token_out]
    if token_out is None or not given:
        return None
    return address(call.data, 0), Legs(given[-1].token, given[-1].amount, token_out, amount_out)


def paid_through(call: Call, books: Books) -> tuple[str, Legs] | None:
    """Curve: what came into the pool first from outside, and what left it last for the caller or the receiver."""
    inside = books.ledger.inside(call)
    given = next((t for t in inside if t.recipient == call.to), None)
    paid = next((t for t in reversed(inside) if t.sender == call.to), None)
    if given is None or paid is None or given.token == paid.token:
        return None
    amount_in = sum(t.amount for t in inside if t.recipient == call.to and t[2:4] == given[2:4])
    amount_out = sum(t.amount for t in inside if t.sender == call.to and t[2:5] == paid[2:5])
    return paid.recipient, Legs(given.token, amount_in, paid.token, amount_out)


def weighted_in(call: Call, books: Books) -> tuple[str, Legs] | None:
    data = call.data
    return call.sender, Legs(address(data, 0), uint(data, 1), address(data, 2), uint(call.output, 0, 2))


def weighted_out(call: Call, books: Books) -> tuple[str, Legs] | None:
    data = call.data
    return call.sender, Legs(address(data, 0), uint(call.output, 0, 2), address(data, 2), uint(data, 3))


def vault_hop(call: Call, books: Books) -> tuple[str, Legs] | None:
    """Balancer v2: the vault asks each pool for the amount that is not fixed; word 0 is the offset of its request."""
    data, start = call.data, uint(call.data, 0) // 32
    kind, token_in, token_out = uint(data, start), address(data, start + 1), address(data, start + 2)
    fixed, answered = uint(data, start + 3), uint(call.output, 0, 2)
    amounts = (fixed, answered) if kind == 0 else (answered, fixed)
    return address(data, start + 7), Legs(token_in, amounts[0], token_out, amounts[1])


def path(call: Call, books: Books) -> tuple[str, Legs] | None:
    """Bancor: source token, converters and tokens between, target token; the output is what the trader gets."""
    token_in, token_out = addresses(call.data, 0)
    return call.sender, Legs(token_in, uint(call.data, 1), token_out, uint(call.output, 0, 2))


def trade(call: Call, books: Books) -> tuple[str, Legs] | None:
    """Bancor v3: source, target, amount; the output is what the trader gets."""
    data = call.data
    return call.sender, Legs(address(data, 0), uint(data, 2), address(data, 1), uint(call.output, 0, 2))


def order(maker_token: int, taker_token: int, *, taken_first: bool, nested: bool = False) -> Decoder:
    """An order's fill: the words of its two tokens, and in which order the call returns the two amounts.

    `nested` where the order has fields of no fixed size, so that word 0 is its offset.
    """

    def decode(call: Call, books: Books) -> tuple[str, Legs] | None:
        data, head = call.data, uint(call.data, 0) // 32 if nested else 0
        amounts = uint(call.output, 0, 2), uint(call.output, 1, 2)
        taken, made = amounts if taken_first else amounts[::-1]
        return call.sender, Legs(address(data, head + taker_token), taken, address(data, head + maker_token), made)

    return decode


def order_of_assets(call: Call, books: Books) -> tuple[str, Legs] | None:
    """0x v3: the order's last fields are the assets, as bytes: a selector and the token; both amounts are returned."""
    data, head = call.data, uint(call.data, 0) // 32
    tokens = []
    for field in (10, 11):
        asset = 10 + 64 * head + 2 * uint(data, head + field)  # the digit at which the asset's length stands
        tokens.append(address(data, 0, asset + 64 + 8))
    made, taken = uint(call.output, 0, 2), uint(call.output, 1, 2)
    return call.sender, Legs(tokens[1], taken, tokens[0], made)
