"""The writing system of a text, and the languages that it leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterable

_CODES = "en es fr de it pt ru uk zh ja ko tr vi id ar hi pl nl cs ro"
CORE = _CODES.split()
"""The languages that the vote is trained on, in the order of the model's columns."""

_SCRIPTS: dict[str, tuple[str, int]] = {
    # name: (ranges, how many letters of the Latin script one letter weighs: brands and tickers are Latin everywhere)
    "Latin": ("A-Za-zªºÀ-ÖØ-öø-ɏḀ-ỿ", 1),
    "Cyrillic": ("Ѐ-ԯ", 2),
    "Greek": ("Ͱ-Ͽἀ-῿", 1),
    "Hangul": ("가-힣ᄀ-ᇿㄱ-ㆎ", 4),
    "Kana": ("ぁ-ゖァ-ヺー", 4),
    "Han": ("㐀-䶿一-鿿豈-﫿々", 4),
    "Arabic": ("ؠ-ۓۺ-ݿࢠ-ࣿﭐ-﷿ﹰ-ﻼ", 2),
    "Hebrew": ("א-ת", 2),
    "Devanagari": ("ऀ-ॿ", 2),
    "Thai": ("ก-ฺเ-๎", 2),
    "Bengali": ("ঀ-৿", 2),
    "Gurmukhi": ("਀-੿", 2),
    "Gujarati": ("઀-૿", 2),
    "Tamil": ("஀-௿", 2),
    "Telugu": ("ఀ-౿", 2),
    "Kannada": ("ಀ-೿", 2),
    "Malayalam": ("ഀ-ൿ", 2),
    "Sinhala": ("඀-෿", 2),
    "Lao": ("຀-໿", 2),
    "Khmer": ("ក-៿", 2),
    "Myanmar": ("က-႟", 2),
    "Georgian": ("Ⴀ-ჿᲐ-Ჿ", 2),
    "Armenian": ("Ա-֏", 2),
    "Ethiopic": ("ሀ-᎟", 2),
}
_PATTERNS = {name: re.compile(f"[{ranges}]") for name, (ranges, _) in _SCRIPTS.items()}

_LANGUAGES = {
    "Cyrillic": frozenset(("ru", "uk")),
    "Kana": frozenset(("ja",)),
    "Hangul": frozenset(("ko",)),
    "Han": frozenset(("zh", "ja")),
    "Arabic": frozenset(("ar",)),
    "Devanagari": frozenset(("hi",)),
}
_LANGUAGES["Latin"] = frozenset(CORE).difference(*_LANGUAGES.values())
ONLY = {
    "Greek": "el", "Hebrew": "he", "Thai": "th", "Bengali": "bn", "Gurmukhi": "pa", "Gujarati": "gu", "Tamil": "ta",
    "Telugu": "te", "Kannada": "kn", "Malayalam": "ml", "Sinhala": "si", "Lao": "lo", "Khmer": "km", "Myanmar": "my",
    "Georgian": "ka", "Armenian": "hy", "Ethiopic": "am",
}  # fmt: skip
"""Scripts that one language alone writes, or nearly."""


def script_of(words: Iterable[str]) -> str | None:
    """The script that most letters of the words belong to, weighted; None without letters of a known script.

    Any kana makes a text of Han letters Japanese writing, `Kana`.
    """
    text = "".join(words)
    if text.isascii():
        return "Latin" if text else None
    weights = {name: len(p.findall(text)) * _SCRIPTS[name][1] for name, p in _PATTERNS.items()}
    best = max(weights, key=lambda name: weights[name])
    if not weights[best]:
        return None
    return "Kana" if best == "Han" and weights["Kana"] else best


def core_of(script: str) -> frozenset[str]:
    """The core languages that use this script."""
    return _LANGUAGES.get(script, frozenset())
