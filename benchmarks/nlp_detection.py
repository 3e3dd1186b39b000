"""Language detection on text that it was not trained on, beside py3langid, fastText and (where installed) lingua.

    python -m benchmarks.nlp_detection --data FOLDER [--limit 4000]

Sets: interface strings under 30 characters (of projects that are in no training set, and held-out ones of those that
are), sentences (FLORES-200), their first words, and chat: sentences with addresses, tickers, links and slang put in.
Strings that were left in English are dropped from all sets.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.nlp.language.detector import detector
from models.nlp.language.scripts import CORE
from models.nlp.language.trainer import SENTENCES, STRINGS, Sample, aside, rows, texts

OTHERS, FLORES = "ui_copyleft_evalonly.jsonl.gz", "flores200_dev.jsonl.gz"
SHORT = 30
NOISE = (
    "0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D", "$PEPE", "ETH/USDT", "https://app.uniswap.org/#/swap", "gm", "lfg",
    "wagmi", "@vitalik", "🚀🚀", "100x", "1,234.56 USDC", "vitalik.eth", "#DeFi", "ser", "NFT", "12%", "hodl", "😂",
    "BTC",
)  # fmt: skip


def chat(text: str, rng: random.Random) -> str:
    """A sentence as it is written in a crypto chat: lower case, three to five pieces of noise."""
    units = text.lower().rstrip(".").split(" ")
    for _ in range(rng.randint(3, 5)):
        units.insert(rng.randint(0, len(units)), rng.choice(NOISE))
    return " ".join(units)


def sets(folder: Path, seed: int = 7) -> dict[str, list[Sample]]:
    rng = random.Random(seed)
    strings, others, flores = (rows(folder / name) for name in (STRINGS, OTHERS, FLORES))
    sentences = [(code, row[code]) for row in flores for code in CORE]
    pairs = [{"en": r["en"], r["lang"]: r["t"]} for r in rows(folder / SENTENCES) if aside(r["en"])]
    spoken = [sample for row in pairs for sample in texts(row) if sample[0] != "en"]
    made = {
        "strings of other projects, under 30": [s for r in others for s in texts(r) if len(s[1]) < SHORT],
        "held-out strings, under 30": [s for r in strings if r["in_heldout"] for s in texts(r) if len(s[1]) < SHORT],
        "short spoken sentences, under 30": [s for s in spoken if len(s[1]) < SHORT],
        "first words of sentences, under 30": [(code, _opening(text)) for code, text in sentences],
        "sentences": sentences,
        "chat": [(code, chat(text, rng)) for code, text in spoken],
    }
    return {name: sorted(set(samples)) for name, samples in made.items()}


def _opening(text: str) -> str:
    return text[: SHORT - 1].rsplit(" ", 1)[0]


def peers() -> dict[str, Callable[[str], str | None]]:
    """The parts of the vote alone, restricted to the core languages, and lingua where it is there."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    bayes = LanguageIdentifier.from_model_file(MODEL_FILE)
    bayes.set_languages(CORE)
    found: dict[str, Callable[[str], str | None]] = {
        "soba": lambda text: detector().detect(text).language,
        "py3langid": lambda text: str(bayes.classify(text)[0]),
    }
    try:
        from lingua import IsoCode639_1, LanguageDetectorBuilder
    except ImportError:
        return found
    codes = [getattr(IsoCode639_1, code.upper()) for code in CORE]
    judge = LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()

    def lingua(text: str) -> str | None:
        answer = judge.detect_language_of(text)
        return answer.iso_code_639_1.name.lower() if answer else None

    return found | {"lingua": lingua}


def accuracy(samples: list[Sample], answer: Callable[[str], str | None]) -> tuple[float, float, float]:
    """(over all texts, mean over languages, texts a second)."""
    by_language: dict[str, list[bool]] = defaultdict(list)
    start = time.perf_counter()
    for code, text in samples:
        by_language[code].append(answer(text) == code)
    took = time.perf_counter() - start
    right = sum(map(sum, by_language.values()))
    mean = sum(sum(hits) / len(hits) for hits in by_language.values()) / len(by_language)
    return right / len(samples), mean, len(samples) / took


def calibration(samples: list[Sample], bins: int = 10) -> float:
    """Expected calibration error of the confidence (Naeini et al., AAAI 2015)."""
    held: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for code, text in samples:
        found = detector().detect(text)
        held[min(bins - 1, int(found.confidence * bins))].append((found.confidence, found.language == code))
    gaps = [abs(sum(c for c, _ in b) - sum(ok for _, ok in b)) for b in held if b]
    return sum(gaps) / len(samples)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=4000, help="texts a set")
    parser.add_argument("--errors", type=int, default=0, help="wrong answers to show for each set")
    options = parser.parse_args()
    detector()
    judges: dict[str, Any] = peers()
    rng = random.Random(1)
    for name, samples in sets(options.data).items():
        rng.shuffle(samples)
        part = samples[: options.limit]
        print(f"{name} ({len(part)} texts), calibration error {calibration(part):.3f}")
        for judge, answer in judges.items():
            share, mean, speed = accuracy(part, answer)
            print(f"  {judge:<10} {share:6.1%}   mean of languages {mean:6.1%}   {speed:8.0f} a second")
        wrong = [(c, judges["soba"](t), t) for c, t in part if judges["soba"](t) != c]
        for code, said, text in wrong[: options.errors]:
            print(f"    {code} taken for {said}: {text!r}")


if __name__ == "__main__":
    main()
