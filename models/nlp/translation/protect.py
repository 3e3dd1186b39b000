"""Takes out of a text what a translation must not touch, and puts it back byte for byte."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FIRST_MARKER, LAST_MARKER = 0xE000, 0xF8FF
MARKERS = re.compile(f"[{chr(FIRST_MARKER)}-{chr(LAST_MARKER)}]")
"""One private-use character stands for one span; such characters of the text itself are spans too."""
MAX_SPANS = LAST_MARKER - FIRST_MARKER + 1

_TICKERS = (
    "BTC|ETH|USDT?|USDC|DAI|WETH|WBTC|BNB|SOL|XRP|ADA|DOGE|SHIB|PEPE|AVAX|MATIC|POL|ARB|OP|LINK|UNI|AAVE|CRV|MKR|LDO|"
    "ATOM|OSMO|DOT|LTC|TRX|BCH|FIL|APT|SUI|TIA|GMX|GLP|SNX|COMP|YFI|FRAX|LUSD|TUSD|BUSD|EUR|GBP|JPY|CNY|KRW|CHF|BRL|"
    "NFTs?|DAOs?|DEX|CEX|AMM|TVL|APR|APY|ROI|KYC|MEV|RPC|EVM|API|URL|ERC|EIP|BIP|QR|PIN|FAQ|UTC|ID|CSV|JSON|PDF|PNG|LP|"
    "TP|SL|PnL|DApps?|dApps?|DeFi|PSBT|UTXOs?|GWEI|SegWit"
)
_NOT_TICKERS = (
    "A|ALL|AND|ANY|ARE|AS|AT|BE|BUT|BUY|BY|CAN|DAY|DO|DONE|END|FOR|FREE|FROM|GET|GO|HAS|HERE|HIGH|HOT|HOW|IF|IN|IS|IT|"
    "LOST|LOW|MAX|MIN|MORE|MUST|NEVER|NEW|NO|NOT|NOW|OF|OFF|OK|ON|ONE|ONLY|OR|OUR|OUT|OVER|SELL|SEND|SO|STOP|SWAP|THE|"
    "THIS|TO|TOP|UP|USE|WE|WILL|WITH|YES|YOU|YOUR"
)
_NUMBER = r"[0-9]+(?:[.,'][0-9]+|[\ \u00a0\u202f][0-9]{3}(?!\w))*"
_PAIR = r"[A-Z][A-Z0-9]{1,9}(?:[/-][A-Z][A-Z0-9]{1,9})+"
# of the classes below, verbose patterns would take a line break for a member
_PICTURE = r"[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001F000-\U0001FAFF\u00a9\u00ae\u2122]"
_VARIANT = r"[\ufe0e\ufe0f\u20e3\U0001F3FB-\U0001F3FF]*"
_CONTROL = (
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffd\ue000-\uf8ff"
    r"\U000E0000-\U0010FFFF]"
)
_ALWAYS = rf"""
      (?P<fence>```.*?```|`[^`\n]+`)
    | (?P<tag><!--.*?-->|</?[a-zA-Z][^<>]*>|</?[0-9]+/?>)
    | (?P<entity>&(?:\#[0-9]{{1,7}}|\#[xX][0-9a-fA-F]{{1,6}}|[a-zA-Z][a-zA-Z0-9]{{1,31}});)
    | (?P<url>(?:https?|wss?|ipfs|ftp|mailto|wc|ethereum|bitcoin):[^\s<>"'`\u201d\u2019)\]}}]+|www\.[^\s<>"')\]}}]+)
    | (?P<link>\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)|!?\[(?=[^\[\]\n]*\]\())
    | (?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)
    | (?P<hex>\b0[xX][0-9a-fA-F]+(?:(?:\.{{2,3}}|…)[0-9a-fA-F]+)?)
    | (?P<bech>\b(?:bc|tb|ltc|cosmos|osmo|celestia|addr)1[0-9a-z]{{6,}}\b)
    | (?P<base58>\b(?=[1-9A-HJ-NP-Za-km-z]{{25,}}\b)[A-Za-z]*[0-9][0-9A-Za-z]*)
    | (?P<brace>\$?\{{\{{.*?\}}\}}|[$%\#]?\{{[^{{}}]*\}})
    | (?P<printf>%(?:[0-9]+\$|\([\w.]+\))?[-+0\#]*[0-9]*(?:\.[0-9]+)?(?:l{{0,2}}[disufxXeEgGc@])(?![A-Za-z])|%%)
    | (?P<dollar>\$[0-9]+(?![0-9.,]*[0-9.,kKmMbB%])|\$[A-Za-z_]\w*|\$t\([^()]*\))
    | (?P<domain>\b[\w-]+(?:\.[\w-]+)*\.(?:eth|sol|bnb|crypto|xyz|com|org|net|io|fi|app|finance|exchange|network|gg|me|
        dev)\b(?:/[^\s<>"')\]]*)?)
    | (?P<mention>(?<![\w@])@[A-Za-z0-9_][\w.]*\w|(?<![\w\#&])\#[A-Za-z_]\w*)
    | (?P<amount>(?:[≈~]\ ?)?[$€£¥₿Ξ]\ ?{_NUMBER}(?:[kKmMbBtT](?!\w)|%)?|{_NUMBER}\ ?%(?![\w(@])|
        {_NUMBER}(?:[kKmMbBxX](?!\w))|{_NUMBER}\ ?(?:gwei|Gwei|wei|sats?|bps|{_PAIR}|[a-z]{{0,3}}[A-Z]{{2,9}})(?!\w)|
        {_NUMBER}\ ?[€£¥₿Ξ])
    | (?P<pair>\b{_PAIR}(?!\w))
    | (?P<ticker>\b(?:{_TICKERS})(?!\w))
    | (?P<camel>\b[a-z]{{0,3}}[A-Z][a-z0-9]*[a-z0-9][A-Z]\w*|\b[a-z]{{1,4}}[A-Z]{{2,}}\w*)
    | (?P<emoji>[\U0001F1E6-\U0001F1FF]{{2}}|{_PICTURE}{_VARIANT}(?:\u200d{_PICTURE}{_VARIANT})*)
    | (?P<control>{_CONTROL}+)
    | (?P<odd>[*_~=\#|^]+|[{{}}<>\\\[\]`])
"""
_MIXED = rf"""
    | (?P<caps>\b(?!(?:{_NOT_TICKERS})\b)[A-Z][A-Z0-9]{{1,9}}(?!\w))
"""
_NUMBERS = rf"""
    | (?P<number>{_NUMBER})
"""


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.VERBOSE | re.DOTALL)


_SHOUTED, _NORMAL = _compile(_ALWAYS), _compile(_ALWAYS + _MIXED)
_SHOUTED_NUMBERS, _NORMAL_NUMBERS = _compile(_ALWAYS + _NUMBERS), _compile(_ALWAYS + _MIXED + _NUMBERS)
_ORDERED = frozenset(("tag", "link", "odd", "fence"))
"""Kinds whose spans must keep their order, or the text would no longer be well formed."""
NUMBER = re.compile(r"\d+")
_WINDOW = 1500


@dataclass(frozen=True)
class Span:
    """A protected piece; `restored` stands in the translation (another text than `text` for a glossary's term)."""

    text: str
    restored: str
    ordered: bool = False


Found = tuple[int, int, Span]
"""(start, end, span)."""


class Terms:
    """Words and phrases of the caller's: kept as they are, or replaced by the glossary's own translation.

    A term is found as a whole word, as it is written or with a capital first letter (its translation is then
    capitalised too); inflected forms are left to the engine.
    """

    def __init__(self, keep: Sequence[str], glossary: Mapping[str, str]) -> None:
        wanted = dict(glossary) | {term: term for term in keep}
        self._restored = {_capital(source): _capital(target) for source, target in wanted.items()} | wanted
        longest_first = sorted(self._restored, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_whole, longest_first)))

    def found(self, text: str) -> list[Found]:
        return [(m.start(), m.end(), Span(m[0], self._restored[m[0]])) for m in self._pattern.finditer(text)]


def _whole(term: str) -> str:
    """A pattern of the term where no word goes on before or after it."""
    before, after = r"(?<!\w)" * term[0].isalnum(), r"(?!\w)" * term[-1].isalnum()
    return before + re.escape(term) + after


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Masked:
    """A text with one marker for each span: the marker of span i is `chr(FIRST_MARKER + i)`."""

    text: str
    spans: tuple[Span, ...]

    def restore(self, translated: str) -> str:
        """Put the spans back in the places of their markers."""
        return MARKERS.sub(lambda marker: self.spans[ord(marker[0]) - FIRST_MARKER].restored, translated)


def bare(text: str) -> str:
    """A masked text without its markers."""
    return MARKERS.sub("", text)


def spans_of(text: str) -> list[str]:
    """What is protected in a stretch that is kept as a whole; read in windows, so that any length is cheap."""
    windows = (text[start : start + _WINDOW] for start in range(0, len(text), _WINDOW))
    return [span.text for window in windows for _, _, span in _found(window, None, False)]


def has_letters(text: str) -> bool:
    return re.search(r"[^\W\d_]", text) is not None


def mask(text: str, terms: Terms | None = None, *, numbers: bool = False) -> Masked:
    """Replace every protected span by a marker.

    `terms` are the caller's; `numbers` protects bare numbers too, for engines that changed them. Raises ValueError
    where there are more spans than markers.
    """
    spans: list[Span] = []
    pieces: list[str] = []
    end = 0
    for start, stop, span in _found(text, terms, numbers):
        pieces += (text[end:start], chr(FIRST_MARKER + len(spans)))
        spans.append(span)
        end = stop
        if len(spans) > MAX_SPANS:
            raise ValueError(f"more than {MAX_SPANS} protected spans in one segment")
    return Masked("".join(pieces) + text[end:], tuple(spans))


def _found(text: str, terms: Terms | None, numbers: bool) -> list[Found]:
    shouted = text.upper() == text
    pattern = (_SHOUTED_NUMBERS if shouted else _NORMAL_NUMBERS) if numbers else (_SHOUTED if shouted else _NORMAL)
    own = [(m.start(), m.end(), Span(m[0], m[0], m.lastgroup in _ORDERED)) for m in pattern.finditer(text)]
    return _merged(own, terms.found(text)) if terms else own


def _merged(own: list[Found], wanted: list[Found]) -> list[Found]:
    """Both in order; the caller's term wins over spans inside it, and loses to those that it is inside or across."""
    kept: list[Found] = []
    position = 0
    for term in wanted:
        while position < len(own) and own[position][1] <= term[0]:
            kept.append(own[position])
            position += 1
        inside = position
        while inside < len(own) and own[inside][0] < term[1]:
            inside += 1
        if all(term[0] <= start and stop <= term[1] for start, stop, _ in own[position:inside]):
            position = inside
            kept.append(term)
    return kept + own[position:]
