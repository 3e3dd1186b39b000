"""chrF of every direct direction of the embedded engine on FLORES-200: the table models/nlp/translation/measured.json.

python -m benchmarks.nlp_pairs --data FOLDER [--limit 300] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.nlp_translation import FLORES
from models.nlp.language.trainer import rows
from models.nlp.translation.apertium import Apertium
from models.nlp.translation.install import measure
from models.nlp.translation.router import Router


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=300, help="sentences a pair")
    parser.add_argument("--out", type=Path, help="write the table to this file")
    options = parser.parse_args()
    sentences, engine = rows(options.data / FLORES)[: options.limit], Apertium()
    table: dict[str, float] = {}
    for source, target in sorted(engine.directions()):
        tests = [(row[source], row[target]) for row in sentences if row.get(source) and row.get(target)]
        route = Router([engine]).find((source, target))
        if tests and route:
            table[f"{source}-{target}"] = round(measure(route, tests), 1)
            print(f"{source}-{target}: {table[f'{source}-{target}']}", flush=True)
    engine.close()
    if options.out:
        options.out.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
