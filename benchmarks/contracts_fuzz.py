"""Spoilt contracts: does blockchain.analyze-contract answer each of them within bounds of time and memory?

    python -m benchmarks.contracts_fuzz --data DIR [--seconds N] [--limit S] [--memory MB] [--seed N] [--keep DIR]

Takes real sources and bytecodes, changes bytes, tokens and whole pieces, repeats and splices them, and runs each case
through the operation in a child process. A case fails where the process dies, the answer is INTERNAL or TIMEOUT, or
none comes within the limit. Failing cases and the slowest one are written to `--keep`.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import multiprocessing
import random
import re
import resource
import time
from collections import Counter
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from foundation.errors import SobaError

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_TOKENS = re.findall(
    r"\S+",
    "function contract modifier mapping struct assembly unchecked try catch return for while if else require _ throw "
    "{ } ( ) [ ] ; , . => = += == && || ! ? : /* */ // \" ' is new delete emit using constructor super this msg.sender "
    ".call{value: .call.value( .send( delegatecall( selfdestruct( now block.number keccak256( 0x0 é \0",
)
_OPCODES = bytes.fromhex("5b565757603560e01c6063f3fd00ff54555af4f1fa3d373639145181520190911b")
_LONGEST_SOURCE, _LONGEST_CODE = 1_000_000, 200_000
Seeds = Sequence[Any]


def mutated(seeds: Sequence[str], draw: random.Random) -> str:
    """A source made of real ones by a few random changes."""
    text = draw.choice(seeds)
    for _ in range(draw.randint(1, 6)):
        text = draw.choice(_OF_TEXT)(text, seeds, draw)
    return text[:_LONGEST_SOURCE]


def mutated_code(seeds: Sequence[bytes], draw: random.Random) -> bytes:
    """A bytecode made of real ones by a few random changes."""
    code = draw.choice(seeds)
    for _ in range(draw.randint(1, 6)):
        code = draw.choice(_OF_CODE)(code, seeds, draw)
    return code[:_LONGEST_CODE]


def _span(value: str | bytes, draw: random.Random, most: int) -> slice:
    start = draw.randint(0, len(value))
    return slice(start, start + draw.randint(0, most))


def _char(text: str, seeds: Seeds, draw: random.Random) -> str:
    at = _span(text, draw, 3)
    return text[: at.start] + chr(draw.choice((draw.randrange(128), draw.randrange(0xD800)))) + text[at.stop :]


def _token(text: str, seeds: Seeds, draw: random.Random) -> str:
    at = _span(text, draw, 0)
    word = _TOKEN.match(text, at.start)
    kept = word.end() if word and draw.random() < 0.5 else at.start
    return f"{text[: at.start]} {draw.choice(_TOKENS)} {text[kept:]}"


def _cut(value: Any, seeds: Seeds, draw: random.Random) -> Any:
    at = _span(value, draw, draw.choice((5, 200, 5000)))
    return value[: at.start] + value[at.stop :]


def _splice(value: Any, seeds: Seeds, draw: random.Random) -> Any:
    other = draw.choice(seeds)
    return value[: draw.randint(0, len(value))] + other[draw.randint(0, len(other)) :]


def _insert(value: Any, seeds: Seeds, draw: random.Random) -> Any:
    at, other = draw.randint(0, len(value)), draw.choice(seeds)
    return value[:at] + other[_span(other, draw, 400)] + value[at:]


def _repeat(value: Any, seeds: Seeds, draw: random.Random) -> Any:
    """A piece many times over: what nests or multiplies."""
    at = _span(value, draw, draw.choice((3, 30, 300)))
    return value[: at.start] + value[at] * draw.choice((2, 20, 200, 2000)) + value[at.stop :]


def _flip(code: bytes, seeds: Seeds, draw: random.Random) -> bytes:
    at = draw.randint(0, len(code))
    byte = draw.choice((draw.randrange(256), draw.choice(_OPCODES)))
    return code[:at] + bytes([byte]) + code[at + draw.randint(0, 1) :]


_SHARED: list[Callable[[Any, Seeds, random.Random], Any]] = [_cut, _splice, _insert, _repeat]
_OF_TEXT = [_char, _token, _token, *_SHARED]
_OF_CODE = [_flip, _flip, *_SHARED]


def _serve(pipe: Connection, memory: int) -> None:
    """Answer requests until the pipe closes: (error code or nothing, seconds of CPU, peak MB)."""
    from tasks.discovery import find
    from tasks.runner import run

    operation = find("blockchain.analyze-contract")
    if operation.load:
        operation.load()
    resource.setrlimit(resource.RLIMIT_AS, (memory << 20, memory << 20))
    with contextlib.suppress(EOFError):
        while True:
            request = pipe.recv()
            start = time.process_time()
            [answer] = run(operation, [request])
            code = answer.code if isinstance(answer, SobaError) else ""
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
            pipe.send((code, time.process_time() - start, peak))


class Child:
    """The process that runs cases; started anew after one that it did not survive."""

    def __init__(self, memory: int) -> None:
        self.memory = memory
        self._start()

    def _start(self) -> None:
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=_serve, args=(theirs, self.memory), daemon=True)
        self.process.start()
        theirs.close()

    def answer(self, request: str, limit: float) -> tuple[str, float, int]:
        try:
            self.pipe.send(request)
            if self.pipe.poll(limit):
                code, seconds, peak = self.pipe.recv()
                return code, seconds, peak
            outcome = "no answer"
        except (EOFError, OSError):
            outcome = "died"
        self.process.kill()
        self.process.join()
        self._start()
        return outcome, limit, 0


def _load(path: Path) -> Any:
    return json.loads(gzip.decompress(path.read_bytes()))


def _requests(data: Path, draw: random.Random) -> Callable[[], str]:
    sources = list(_load(data / "contracts" / "cgt_source_comment_stripped.json.gz").values())
    codes = [bytes.fromhex(c.removeprefix("0x")) for c in _load(data / "contracts" / "cgt_runtime.json.gz").values()]

    def make() -> str:
        if draw.random() < 0.5:
            return json.dumps({"source": mutated(sources, draw)})
        return json.dumps({"bytecode": "0x" + mutated_code(codes, draw).hex()})

    return make


def keep(folder: Path | None, name: str, request: str) -> None:
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(request)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds chain/contracts")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--limit", type=float, default=30, help="seconds for one case")
    parser.add_argument("--memory", type=int, default=4096, help="MB of address space for the child")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for the cases that fail, and the slowest")
    options = parser.parse_args()
    make = _requests(options.data / "chain", random.Random(options.seed))
    child, outcomes, worst, peak = Child(options.memory), Counter[str](), (0.0, ""), 0
    end = time.monotonic() + options.seconds
    while time.monotonic() < end:
        request = make()
        outcome, seconds, rss = child.answer(request, options.limit)
        outcomes[outcome or "answered"] += 1
        worst, peak = max(worst, (seconds, request)), max(peak, rss)
        if outcome and outcome != "INVALID_INPUT":
            keep(options.keep, f"{sum(outcomes.values())}.json", request)
    keep(options.keep, "slowest.json", worst[1])
    print(f"{sum(outcomes.values()):,} cases: {dict(outcomes)}")
    print(f"slowest {worst[0]:.2f} s of CPU (request of {len(worst[1]):,} bytes), peak memory {peak} MB")


if __name__ == "__main__":
    main()
