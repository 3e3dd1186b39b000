"""A block's number or time decides whether ether is sent."""

from __future__ import annotations

from collections.abc import Iterator

from models.blockchain.contracts.finding import Finding
from models.blockchain.contracts.source.model import Model
from models.blockchain.contracts.source.rules.base import Rule
from models.blockchain.contracts.source.rules.failed_call import pays
from models.blockchain.contracts.source.rules.randomness import uses_block


class BlockState(Rule):
    id = "block-state"
    category = "bad_randomness"
    swc = "SWC-120"
    severity = "low"
    confidence = "low"
    title = "A block's property decides a payment"
    what = "Ether that is sent only where a block's number or time has a certain value."
    why = "whoever makes the block has a say in which transaction is paid"
    example = """pragma solidity ^0.4.19;
contract Throne {
    uint last; address king;
    function claim() public payable {
        if (block.number > last + 100) { king.transfer(this.balance); }
        king = msg.sender; last = block.number;
    }
}"""

    def check(self, model: Model) -> Iterator[Finding]:
        for flow in model.flows():
            for call in flow.calls():
                guard = next((guard for guard in call.guards if uses_block(guard)), None)
                if guard is not None and pays(call.expr):
                    yield self.at(flow.view, call.function, guard.line or call.line, guard)
