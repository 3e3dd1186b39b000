"""nlp.detect-language: what it says, and when it says that it cannot tell."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import SobaError
from models.nlp.codes import NAMES, normal
from models.nlp.language.noise import words
from models.nlp.language.scripts import CORE, script_of
from tasks.discovery import find
from tasks.runner import run


def detect(text: str, **more: Any) -> dict[str, Any]:
    [answer] = run(find("nlp.detect-language"), [json.dumps({"text": text, **more})])
    if isinstance(answer, SobaError):
        raise answer
    found: dict[str, Any] = json.loads(answer)
    return found


@pytest.mark.parametrize(
    ("text", "language", "script"),
    [
        ("The quick brown fox jumps over the lazy dog 7", "en", "Latin"),
        ("Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich 12", "de", "Latin"),
        ("Съешь ещё этих мягких французских булок да выпей чаю 3", "ru", "Cyrillic"),
        ("Підключіть гаманець", "uk", "Cyrillic"),
        ("Conecta tu billetera", "es", "Latin"),
        ("ウォレットを接続", "ja", "Kana"),
        ("连接钱包", "zh", "Han"),
        ("지갑 연결", "ko", "Hangul"),
        ("وصل المحفظة", "ar", "Arabic"),
        ("वॉलेट कनेक्ट करें", "hi", "Devanagari"),
        ("Σύνδεση πορτοφολιού", "el", "Greek"),
        ("重启 Rainbow", "zh", "Han"),
        ("Jag vill gärna byta mina mynt mot några andra innan helgen är slut", "sv", "Latin"),
    ],
)
def test_languages(text: str, language: str, script: str) -> None:
    found = detect(text)
    assert (found["language"], found["script"]) == (language, script)
    assert 0.2 <= found["confidence"] <= 1


@pytest.mark.parametrize(
    "text",
    ["", "   ", "12345", "🚀🚀🚀", "0x6982508145454Ce325dDbE47a25d4ec3d2311933", "https://app.uniswap.org", "$PEPE 1x",
     "gm ser lfg wagmi", "\x00\x00", "{{amount}} %s {0}", "ETH/USDT 12.5%", "\u202e\u200f"],
)  # fmt: skip
def test_nothing_to_tell_by_is_und(text: str) -> None:
    assert detect(text) | {"alternatives": []} == {
        "language": "und", "confidence": 0.0, "alternatives": [], "script": None,
    }  # fmt: skip


def test_candidates_restrict_the_answer() -> None:
    assert detect("Confirmar", candidates=["pt", "en"])["language"] == "pt"
    assert detect("Confirmar", candidates=["es-MX", "en"])["language"] == "es"
    assert detect("Helikopter menyelamatkan dua belas awak kapal", candidates=["ms", "en"])["language"] == "ms"


def test_an_unknown_candidate_is_named() -> None:
    with pytest.raises(SobaError) as caught:
        detect("hello", candidates=["en", "xx"])
    assert caught.value.code == "INVALID_INPUT"
    assert caught.value.details[0]["path"] == "candidates.1"


def test_chat_noise_is_taken_out() -> None:
    noisy = "gm ser vitalik.eth 0xAbC123 https://x.io/a $PEPE ETH/USDT @you #DeFi mañana compramos 100x 🚀"
    assert words(noisy) == ["mañana", "compramos"]
    assert words("NFT staking pool") == ["NFT", "staking", "pool"]


def test_a_long_text_is_sampled_from_its_first_letter_on() -> None:
    assert detect("1" * 1_000_000 + " Das ist ein deutscher Satz am Ende einer langen Zahl")["language"] == "de"
    assert detect("Ось текст українською мовою. " * 40_000)["language"] == "uk"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gets_a_sound_answer(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    found = detect(text)
    shares = [found["confidence"], *(other["confidence"] for other in found["alternatives"])]
    assert found["language"] == "und" or found["language"] in NAMES
    assert all(0 <= share <= 1 for share in shares)
    assert sum(shares) <= 1.001
    assert (found["script"] is None) == (script_of(words(text)) is None)


def test_codes_are_read_in_every_common_form() -> None:
    assert [normal(tag) for tag in ("pt-BR", "PT_br", "por", "zu", "cy", "xx", "", "english")] == [
        "pt", "pt", "pt", "zu", "cy", None, None, None,
    ]  # fmt: skip


@pytest.mark.data
@pytest.mark.timeout(60)
def test_sentences_of_all_core_languages(data_dir: Path) -> None:
    with gzip.open(data_dir / "nlp" / "flores200_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines][::10]
    samples = [(code, row[code]) for row in rows for code in CORE]
    answers = run(find("nlp.detect-language"), [json.dumps({"text": text}) for _, text in samples])
    right = [json.loads(a)["language"] == code for a, (code, _) in zip(answers, samples, strict=True)]  # type: ignore[arg-type]  # an error would be a failure
    assert sum(right) / len(right) >= 0.99
