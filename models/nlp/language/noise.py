"""Takes out of a chat message what says nothing about its language: addresses, links, tickers, numbers, slang."""

from __future__ import annotations

import re

_SPANS = re.compile(
    r"""
      (?:https?://|www\.)\S+                                  # links
    | [\w.+-]+@[\w-]+\.[\w.]+                                 # e-mail
    | \b(?:[\w-]+\.)+(?:eth|sol|bnb|crypto|xyz|com|org|io|fi|net|app|finance|exchange|gg|me)\b(?:/\S*)?
    | \b0x[0-9a-fA-F]+(?:(?:\.{2,3}|…)[0-9a-fA-F]+)?           # addresses and hashes, shortened ones too
    | \b(?:bc1|ltc1|cosmos1|osmo1)[0-9a-z]{8,}\b
    | \b(?=[1-9A-HJ-NP-Za-km-z]*[0-9])[1-9A-HJ-NP-Za-km-z]{25,}\b  # base58
    | [@\#][A-Za-z_][\w]*                                     # mentions and hashtags
    | \$[A-Za-z][A-Za-z0-9]{1,11}\b                           # cashtags
    | </?[a-zA-Z][^<>]{0,200}>                                # tags
    | &\#?\w{2,8};                                            # entities
    | \{\{[^{}]{0,80}\}\} | \$?\{[^{}]{0,80}\} | %\(\w{1,40}\)[sd] | %\d{0,2}\$?[sdif@]\b
    | :[a-z_]{2,20}:                                          # emoji names
    | \b[A-Z0-9]{2,10}[/-](?:USDT?|USDC|BTC|ETH|BUSD|DAI|EUR|PERP)\b
    | \b[\w.,]*\d[\w.,]*                                      # numbers, with their units
    """,
    re.VERBOSE | re.ASCII,
)
_SLANG_TEXT = """
    gm gn gmgm ngmi wagmi gmi hodl hodling hodler lfg ser sers fren frens wen degen degens rekt fud fomo dyor nfa ath
    atl imo imho lol lmao lmfao kek iykyk gg tldr btw moonboi moonbois pls plz omg wtf af tbh lambo copium hopium
    idk rn fr szn probly gmoney btfd pnl tge ico ido kyc
"""
_LOANS_TEXT = """
    nft nfts defi dex cex dao dapp dapps tvl apy apr eth btc sol bnb usdt usdc dai weth wbtc xrp ada doge shib pepe
    avax matic arb op link uni aave ltc trx dot atom token tokens coin coins crypto wallet swap swaps stake staking
    staked unstake pool pools gas gwei bridge bridging trading trader long short longs shorts leverage stop loss limit
    market maker taker blockchain bitcoin ethereum solana polygon arbitrum optimism uniswap metamask binance coinbase
    ledger trezor web3 layer mainnet testnet smart contract yield farming liquidity slippage whale whales memecoin
    memecoins stablecoin stablecoins app online ok login email chat bot discord twitter telegram bullish bearish pump
    dump airdrop airdrops whitelist mint moon mooning alpha rug rugged rugpull based chad giga ape apeing aping bro
    anon shill shilling ama
"""
_SLANG, _LOANS = frozenset(_SLANG_TEXT.split()), frozenset(_LOANS_TEXT.split())
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LETTER = re.compile(r"[^\W\d_]")


def words(text: str) -> list[str]:
    """The words that may say which language this is, in order, as written.

    Slang goes while anything else remains, then words that all languages borrow; what is left of pure slang is
    nothing, and of loan words alone they themselves.
    """
    found = _WORD.findall(_SPANS.sub(" ", text))
    plain = [word for word in found if word.lower() not in _SLANG]
    own = [word for word in plain if word.lower() not in _LOANS]
    return own or plain


def sample(text: str, size: int = 6000) -> str:
    """A text of bounded length for a long one: from its first letter on, from its middle and from its end."""
    if len(text) <= 3 * size:
        return text
    first = _LETTER.search(text)
    start = first.start() if first else 0
    middle = len(text) // 2
    return " ".join((text[start : start + size], text[middle : middle + size], text[-size:]))
