"""The operations whole: memory in a real store, failures in place, hostile text, what is installed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.__main__ import main
from foundation.errors import SobaError
from foundation.settings import Settings
from models.nlp.codes import NAMES
from models.nlp.translation.modes import installed
from tasks.discovery import find
from tasks.resources import Resources, resources, use
from tasks.runner import run

needs_apertium = pytest.mark.skipif(("en", "es") not in installed(), reason="no apertium-eng-spa on this machine")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path) -> Iterator[None]:
    """A store and a service of the test's own."""
    use(Resources(Settings(home=tmp_path)))
    yield
    resources().translation.router.close()
    resources().store.close()
    use(None)


def ask(operation: str, **request: Any) -> dict[str, Any]:
    [answer] = run(find(operation), [json.dumps(request)])
    if isinstance(answer, SobaError):
        return answer.envelope()
    made: dict[str, Any] = json.loads(answer)
    return made


def remember(tmp_path: Path, *rows: dict[str, str]) -> None:
    (tmp_path / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    assert main(["memory", "import", str(tmp_path / "rows.jsonl"), "--licence", "own", "--origin", "test"]) == 0


def test_every_example_works_as_it_stands() -> None:
    for name in ("nlp.translate", "nlp.translate-batch", "nlp.supported-languages", "nlp.detect-language"):
        for example in find(name).examples:
            answer = ask(name, **example)
            assert "code" not in answer
            assert "failure" not in json.dumps(answer)


def test_imported_translations_are_used_and_the_newer_wins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    remember(tmp_path, {"en": "Zap it {x}", "es": "Dale {x}"}, {"en": "Broken {x}", "es": "Roto"})
    assert "1 left out: placeholders differ" in capsys.readouterr().out
    made = ask("nlp.translate", text="Zap it {x}", target="es-AR", source="en")
    assert (made["text"], made["engine"], made["path"], made["quality"]) == (
        "Dale {x}",
        "memory",
        ["en", "es"],
        "exact",
    )
    remember(tmp_path, {"en": "Zap it {x}", "es": "Zapea {x}"})
    assert ask("nlp.translate", text="Zap it {x}", target="es", source="en")["text"] == "Zapea {x}"
    assert main(["memory", "list"]) == 0
    assert "own" in capsys.readouterr().out


def test_the_memory_of_another_language_is_not_used(tmp_path: Path) -> None:
    remember(tmp_path, {"en": "Once", "eu": "Behin"})
    assert ask("nlp.translate", text="Once", target="eu", source="es")["code"] == "MODEL_UNAVAILABLE"
    assert ask("nlp.translate", text="Once", target="eu", source="en")["text"] == "Behin"
    assert ask("nlp.translate", text="Once", target="eu", source="en", engine="apertium")["code"] == "MODEL_UNAVAILABLE"


@needs_apertium
def test_near_translations_are_offered(tmp_path: Path) -> None:
    remember(tmp_path, {"en": "You sold 5 tokens.", "es": "Vendiste 5 tokens."})
    made = ask("nlp.translate", text="You sold 7 tokens", target="es", source="en")
    assert made["engine"] == "apertium"
    assert made["suggestions"][0]["text"] == "Vendiste 5 tokens."
    assert 0.8 < made["suggestions"][0]["similarity"] < 1


def test_bad_items_fail_in_their_place() -> None:
    made = ask(
        "nlp.translate-batch",
        texts=["Connect wallet", "{n, plural, one {x}", "12"],
        source="en",
        target="es",
        format="icu",
    )
    texts = made["translations"]
    assert texts[0]["text"] == "Conectar billetera"
    assert texts[1]["failure"]["code"] == "INVALID_INPUT"
    assert (texts[2]["text"], texts[2]["engine"]) == ("12", "none")


@pytest.mark.parametrize(
    ("request_", "code", "path"),
    [
        ({"text": "a", "target": "xx"}, "INVALID_INPUT", "target"),
        ({"text": "a", "target": "es", "source": "english"}, "INVALID_INPUT", "source"),
        ({"text": "a", "target": "es", "engine": "none"}, "INVALID_INPUT", "engine"),
        ({"text": "a", "target": "es", "format": "md"}, "INVALID_INPUT", "format"),
        ({"text": "a", "target": "es", "glossary": {"": "x"}}, "INVALID_INPUT", "glossary..[key]"),
        ({"text": "x" * 1_100_000, "target": "es"}, "INVALID_INPUT", "text"),
        ({"texts": ["a"], "target": "es"}, "INVALID_INPUT", "text"),
    ],
)
def test_bad_requests_name_the_field(request_: dict[str, Any], code: str, path: str) -> None:
    answer = ask("nlp.translate", **request_)
    assert answer["code"] == code
    assert path in [detail["path"] for detail in answer["details"]]


@pytest.mark.parametrize("pair", [("is", "eu"), ("zu", "cy"), ("ko", "ar"), ("hi", "cs")])
def test_a_pair_that_nothing_translates_is_unavailable_and_may_be_tried_again(pair: tuple[str, str]) -> None:
    answer = ask("nlp.translate", text="one two three", source=pair[0], target=pair[1])
    assert (answer["code"], answer["retryable"]) == ("MODEL_UNAVAILABLE", True)


def test_the_same_language_is_left_alone() -> None:
    made = ask("nlp.translate", text="Good morning to all of you", target="en")
    assert (made["text"], made["engine"], made["source"]) == ("Good morning to all of you", "none", "en")
    assert made["detected"]["language"] == "en"


def test_supported_languages_are_true_pair_by_pair() -> None:
    made = ask("nlp.supported-languages")
    assert {"en", "ja"} <= {language["code"] for language in made["languages"]}
    assert all(NAMES[language["code"]] == language["name"] for language in made["languages"])
    direct = {(p["source"], p["target"]) for p in made["pairs"] if len(p["path"]) == 2}
    assert direct == set(installed())
    for pair in made["pairs"]:
        assert set(zip(pair["path"], pair["path"][1:], strict=False)) <= direct


@needs_apertium
def test_every_pair_that_is_said_to_be_there_translates() -> None:
    pairs = [p for p in ask("nlp.supported-languages")["pairs"] if p["source"] in ("en", "es", "sv")]
    for pair in pairs:
        made = ask("nlp.translate", text="casa {x}", source=pair["source"], target=pair["target"])
        assert (made.get("engine"), made.get("path")) == (pair["engine"], pair["path"]), made
        assert "{x}" in made["text"]


HOSTILE = {
    "a megabyte": "swap the wallet token " * 47_000,
    "one word": "a" * 200_000,
    "NULs": "hello\x00wallet\x00" * 1000,
    "10,000 lines": "send the token now\n" * 10_000,
    "fences": "```" * 100_000,
    "comments": "<!--" * 100_000,
    "tags": "<a " * 100_000,
    "right to left": "\u202ehello\u202c wallet \u200f",
    "braces": "{" * 100_000,
}


@needs_apertium
@pytest.mark.timeout(100)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_gets_an_answer_or_a_clear_error(name: str) -> None:
    format_ = ("text", "html", "icu")[list(HOSTILE).index(name) % 3]
    answer = ask("nlp.translate", text=HOSTILE[name], source="en", target="es", format=format_)
    if "code" in answer:
        assert answer["code"] == "INVALID_INPUT"
    else:
        assert all(answer["text"].count(sign) == HOSTILE[name].count(sign) for sign in "\x00\n{<`\u202e")


@needs_apertium
@pytest.mark.data
def test_every_placeholder_of_thousands_of_strings_survives(data_dir: Path) -> None:
    from benchmarks.nlp_detection import OTHERS
    from benchmarks.nlp_translation import kept, ours
    from models.nlp.language.trainer import STRINGS, rows

    strings = {row["en"] for name in (STRINGS, OTHERS) for row in rows(data_dir / "nlp" / name)}
    texts = sorted(text for text in strings if ("{" in text or "%" in text) and ", plural" not in text)
    found, wanted = kept(texts, ours(texts, "en", "es"))
    assert wanted > 1000
    assert found == wanted
