"""Draining: someone privileged moves or burns others' tokens.

He lowers a balance that is not his own, or a trading pair's; gives an allowance in another's name, or is given one by
every transfer; spends without an allowance that all others need; takes a fee, or pays a price for tokens handed over,
to which no bound is set; or destroys the contract that counts them.
"""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.source.flow import Flow
from models.blockchain.contracts.source.token import Token, change_of, evidence, is_fixed_address
from models.blockchain.contracts.source.token_rate import unbounded_rates

_DESTROYS = {"selfdestruct", "suicide"}


def drains(token: Token) -> Iterator[str]:
    for flow in token.others:
        yield from _lowers_others(token, flow)
        yield from _allows_for_others(token, flow)
        yield from _destroys(token, flow)
    for flow in token.transfers:
        yield from _spends_freely(token, flow)
        yield from _allows_in_passing(token, flow)
    yield from unbounded_rates(token, token.in_transfers + token.in_sales)


def _lowers_others(token: Token, flow: Flow) -> Iterator[str]:
    if any(step.target in token.allowances and change_of(step) == "-" for step in flow.writes()):
        return
    for step in flow.writes():
        lowered = token.is_balance(step) and change_of(step) in "-=0" and not token.rebooks(flow, step)
        if lowered and token.is_others(flow, step.key) and token.is_privileged(flow, step):
            yield evidence(flow, step)


def _allows_for_others(token: Token, flow: Flow) -> Iterator[str]:
    for step in flow.writes():
        given = step.target in token.allowances and change_of(step) in "+="
        if given and token.is_others(flow, step.key) and token.is_privileged(flow, step):
            yield evidence(flow, step)


def _allows_in_passing(token: Token, flow: Flow) -> Iterator[str]:
    """A transfer that lets someone in charge, or a fixed address, spend what its holder has."""
    chiefs = token.view.chiefs
    for step in flow.writes():
        if step.target in token.allowances and change_of(step) in "+=":
            spender = step.bound.get(step.expr.parts[0].parts[-1].text, step.expr.parts[0].parts[-1])
            if (spender.text in chiefs or is_fixed_address(spender)) and token.is_holder(flow, step.key):
                yield evidence(flow, step)


def _destroys(token: Token, flow: Flow) -> Iterator[str]:
    for step in flow.calls():
        if step.expr.callee.kind == "name" and step.expr.callee.text in _DESTROYS and token.is_privileged(flow, step):
            yield evidence(flow, step)


def _spends_freely(token: Token, flow: Flow) -> Iterator[str]:
    """transferFrom that asks for no allowance where its caller is someone special."""
    if flow.function.name != "transferFrom":
        return
    who = token.privilege
    for step in flow.writes():
        optional = step.target in token.allowances and step.path
        if optional and any(who.exempts(flow, guard) or who.names(flow, guard) for guard in step.guards):
            yield evidence(flow, step)
