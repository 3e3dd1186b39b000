"""Swaps, liquidity, liquidations and transfers, read from the logs of a receipt."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models.blockchain.mev import log_positions as positions
from models.blockchain.mev import log_swaps as swaps
from models.blockchain.mev.abi import Truncated, topic
from models.blockchain.mev.calls import Raw, quantity
from models.blockchain.mev.events import WRAPPED_NATIVE, Transaction
from models.blockchain.mev.logbook import Books, Log


def read_logs(logs: Sequence[Raw], transaction: Transaction) -> Transaction:
    """The transaction's events as its logs tell them; a log that is cut short or of no known event is passed over."""
    read = Transaction(transaction.hash, transaction.index, transaction.sender, transaction.to)
    books = Books(read)
    for position, raw in enumerate(logs):
        order = raw.get("log_index")
        log = Log(
            position if order is None else quantity(order),
            raw.get("address") or "",
            raw.get("topics") or (),
            raw.get("data") or "0x",
        )
        decode = DECODERS.get(log.topics[0]) if log.topics else None
        if decode is None:
            continue
        try:
            decode(log, books)
        except Truncated:
            continue
    return read


def _wrapped(log: Log, books: Books, *, made: bool) -> None:
    """Wrapped ether comes from its contract and goes back to it."""
    if log.contract in WRAPPED_NATIVE:
        ends = (log.contract, log.indexed(1))
        books.move(log, *(ends if made else ends[::-1]), log.uint(0))


_FOUR = "address,address,address,address"
_FIVE = "uint256,uint256,uint256,uint256,uint256"
_BY_SIGNATURE: dict[str, Callable[[Log, Books], None]] = {
    "Transfer(address,address,uint256)": lambda log, books: books.move(
        log, log.indexed(1), log.indexed(2), log.uint(0)
    ),
    "Deposit(address,uint256)": lambda log, books: _wrapped(log, books, made=True),
    "Withdrawal(address,uint256)": lambda log, books: _wrapped(log, books, made=False),
    "Swap(address,uint256,uint256,uint256,uint256,address)": swaps.pair,
    "Swap(address,address,int256,int256,uint160,uint128,int24)": swaps.concentrated,
    "TokenExchange(address,int128,uint256,int128,uint256)": swaps.curve,
    "TokenExchange(address,uint256,uint256,uint256,uint256)": swaps.curve,
    "TokenExchangeUnderlying(address,int128,uint256,int128,uint256)": swaps.curve,
    "LOG_SWAP(address,address,address,uint256,uint256)": swaps.balancer_v1,
    "Swap(bytes32,address,address,uint256,uint256)": swaps.balancer_v2,
    f"Fill(address,address,bytes,bytes,bytes,bytes,bytes32,address,address,{_FIVE})": swaps.zero_ex_v3,
    f"RfqOrderFilled(bytes32,{_FOUR},uint128,uint128,bytes32)": swaps.zero_ex(3, taken_first=True),
    f"OtcOrderFilled(bytes32,{_FOUR},uint128,uint128)": swaps.zero_ex(3, taken_first=False),
    f"LimitOrderFilled(bytes32,address,{_FOUR},uint128,uint128,uint128,uint256,bytes32)": swaps.zero_ex(
        4, taken_first=True
    ),
    "Conversion(address,address,address,uint256,uint256,address)": swaps.bancor,
    f"TokensTraded(bytes32,address,address,{_FIVE},address)": swaps.bancor_v3,
    "Mint(address,address,int24,int24,uint128,uint256,uint256)": positions.liquidity(added=True, concentrated=True),
    "Burn(address,int24,int24,uint128,uint256,uint256)": positions.liquidity(added=False, concentrated=True),
    "Mint(address,uint256,uint256)": positions.liquidity(added=True, concentrated=False),
    "Burn(address,uint256,uint256,address)": positions.liquidity(added=False, concentrated=False),
    "IncreaseLiquidity(uint256,uint128,uint256,uint256)": positions.managed,
    "DecreaseLiquidity(uint256,uint128,uint256,uint256)": positions.managed,
    "LiquidationCall(address,address,address,uint256,uint256,address,bool)": positions.aave(2),
    "LiquidationCall(address,address,address,uint256,uint256,uint256,address,bool,uint256)": positions.aave(3),
    "AbsorbDebt(address,address,uint256,uint256)": positions.absorbed,
    "BuyCollateral(address,address,uint256,uint256)": positions.comet,
    "LiquidateBorrow(address,address,uint256,address,uint256)": positions.compound,
}
DECODERS = {topic(signature): decode for signature, decode in _BY_SIGNATURE.items()}
