"""Translation quality and speed on text that nothing here was made from: chrF beside the bare engine, spans kept.

    python -m benchmarks.nlp_translation --data FOLDER [--limit 1500]

Sets: exchange and wallet interface strings and FLORES-200 sentences. The lexicon was written beside the permissive
strings that are not held out, so those are in no set here. `bare` is the engine alone, without protection, lexicon and
verification, in the same run.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

from models.nlp.language.trainer import rows
from models.nlp.translation.apertium import Apertium
from models.nlp.translation.chrf import chrf
from tasks.discovery import find
from tasks.resources import resources, use
from tasks.runner import run

PERMISSIVE, COPYLEFT, FLORES = (
    "ui_permissive_mit_apache.jsonl.gz",
    "ui_copyleft_evalonly.jsonl.gz",
    "flores200_dev.jsonl.gz",
)
EXCHANGES = {"dydx", "gmx", "cowswap", "aave", "pancakeswap", "osmosis"}
WALLETS = {"rabby", "bluewallet", "electrum", "rainbow"}
PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}|\{[^{},]*\}|%\d*\$?[sd]\b|</?[^<>]+>|https?://\S+|0x[0-9a-fA-F]+")
Pair = tuple[str, str]


def sets(folder: Path, limit: int) -> dict[tuple[str, str, str], list[Pair]]:
    """(name, source, target): pairs of text and reference."""
    strings = [r for r in rows(folder / PERMISSIVE) if r["in_heldout"]] + rows(folder / COPYLEFT)
    flores = rows(folder / FLORES)

    def of(projects: set[str], source: str = "en", target: str = "es") -> list[Pair]:
        rows = [r for r in strings if r["project"] in projects and r.get(source) and r.get(target)]
        found = {(r[source], r[target]) for r in rows if r["en"] not in (r[source], r[target]) or source == "en"}
        candidates = sorted(pair for pair in found if pair[0] != pair[1])
        return random.Random(0).sample(candidates, min(limit, len(candidates)))

    return {
        ("exchange strings", "en", "es"): of(EXCHANGES),
        ("wallet strings", "en", "es"): of(WALLETS),
        ("exchange and wallet strings", "es", "pt"): of(EXCHANGES | WALLETS, "es", "pt"),
        ("FLORES", "en", "es"): [(r["en"], r["es"]) for r in flores],
        ("FLORES", "es", "pt"): [(r["es"], r["pt"]) for r in flores],
    }


def ours(texts: Sequence[str], source: str, target: str) -> list[str]:
    """Through the operation, 500 texts a request, as a backend would."""
    made: list[str] = []
    for start in range(0, len(texts), 500):
        request = {"texts": texts[start : start + 500], "source": source, "target": target}
        [answer] = run(find("nlp.translate-batch"), [json.dumps(request)])
        if not isinstance(answer, bytes):
            raise answer
        made += [item.get("text", "") for item in json.loads(answer)["translations"]]
    return made


def bare(texts: Sequence[str], source: str, target: str) -> list[str]:
    engine = Apertium(words=lambda *_: None)
    made = engine.translate([re.sub(r"[\x00\n]", " ", text) for text in texts], (source, target))
    engine.close()
    return [text or "" for text in made]


def latencies(texts: Sequence[str]) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds, one text a request, none seen before by this process."""
    took = []
    for text in texts:
        start = time.perf_counter()
        run(find("nlp.translate"), [json.dumps({"text": text, "source": "en", "target": "es"})])
        took.append(1000 * (time.perf_counter() - start))
    return median(took), quantiles(took, n=20)[-1]


def kept(texts: Sequence[str], translations: Sequence[str]) -> tuple[int, int]:
    """(placeholders that stand in the translation as often, placeholders)."""
    found = wanted = 0
    for text, translation in zip(texts, translations, strict=True):
        for span, count in Counter(PLACEHOLDER.findall(text)).items():
            wanted += count
            found += min(count, translation.count(span))
    return found, wanted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=1500, help="strings a set")
    parser.add_argument("--show", type=int, default=0, help="translations to show for each set")
    options = parser.parse_args()
    ours(["a house"], "en", "es"), ours(["una casa"], "es", "pt")  # the engines' start is not measured
    for (name, source, target), pairs in sets(options.data, options.limit).items():
        texts, references = [text for text, _ in pairs], [reference for _, reference in pairs]
        print(f"{name} {source}-{target} ({len(pairs)} texts)")
        for label, work in (("bare", bare), ("soba", ours)):
            start = time.perf_counter()
            made = work(texts, source, target)
            speed = len(texts) / (time.perf_counter() - start)
            found, wanted = kept(texts, made)
            score = chrf(zip(made, references, strict=True))
            print(f"  {label}  chrF {score:5.2f}   placeholders kept {found}/{wanted}   {speed:6.0f} texts a second")
        if (source, target) == ("en", "es"):
            resources().translation.router.close()
            use(None)  # forget what was translated
            ours(["a house"], "en", "es")
            print("  one text a request: p50 {:.1f} ms, p95 {:.1f} ms".format(*latencies(texts[:300])))
        for text, translation, reference in list(zip(texts, made, references, strict=True))[: options.show]:
            print(f"    {text!r}\n      {translation!r}\n      {reference!r}")


if __name__ == "__main__":
    main()
