"""Models that an operator adds: a tiny Marian, its weights set to copy its input, through the real loading code."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli.__main__ import main
from foundation.settings import Settings
from models.nlp.translation.ctranslate2_engine import CTranslate2
from models.nlp.translation.local_models import CARD
from models.nlp.translation.transformers_engine import Transformers
from tasks.discovery import find
from tasks.resources import Resources, resources, use
from tasks.runner import run

TEXTS = ["send the token", "pay the fee now", "the pool is full", "take your tokens out", "no one will ask you"]
PLACES = 120
CONFIG = """type: transformer
transformer-decoder-autoreg: self-attention
transformer-no-projection: false
transformer-ffn-activation: swish
transformer-preprocess: ""
transformer-postprocess: dan
transformer-postprocess-emb: d
transformer-guided-alignment-layer: last
transformer-heads: 1
enc-depth: 1
dec-depth: 1
"""


def _pieces(folder: Path) -> list[str]:
    """Two equal sentencepiece models of letters; their vocabulary."""
    import sentencepiece

    model = io.BytesIO()
    letters = [*TEXTS, "X 0 1 2 3 4 5 6 7 8 9 X.", "abcdefghijklmnopqrstuvwxyz"]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(letters), model_writer=model, model_type="char", vocab_size=44, hard_vocab_limit=False,
        minloglevel=2,
    )  # fmt: skip
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes(model.getvalue())
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    special = ("<s>", "</s>", "<unk>")
    pieces = [processor.id_to_piece(i) for i in range(processor.get_piece_size())]
    return ["</s>", "<unk>", *(piece for piece in pieces if piece not in special)]


def _copying_weights(words: int, shift: int) -> dict[str, Any]:
    """Tokens and places are orthogonal; the decoder attends to its own place in the source and says what stands there.

    `shift` moves what it says, other than the end, up in the vocabulary.
    """
    size = words + PLACES + words % 2
    of_tokens, of_places = np.zeros((size, size), np.float32), np.zeros((size, size), np.float32)
    of_tokens[range(words), range(words)] = 1
    of_places[range(words, size), range(words, size)] = 1
    said = np.zeros((size, size), np.float32)
    said[range(words), [0, 1, *np.roll(range(2, words), shift)]] = 1
    nothing = np.zeros((size, size), np.float32)
    weights: dict[str, Any] = {
        "Wemb": np.eye(words, size, dtype=np.float32),
        "Wpos": np.eye(PLACES, size, k=words, dtype=np.float32) * size**0.5,
        "decoder_ff_logit_out_b": np.zeros((1, words), np.float32),
    }
    for block in ("encoder_l1_self", "decoder_l1_self", "decoder_l1_context"):
        for part in "qkvo":
            weights[f"{block}_W{part}"], weights[f"{block}_b{part}"] = nothing, np.zeros((1, size), np.float32)
        _norm(weights, f"{block}_Wo", size)
    weights["decoder_l1_context_Wq"] = weights["decoder_l1_context_Wk"] = of_places * 4
    weights["decoder_l1_context_Wv"], weights["decoder_l1_context_Wo"] = of_tokens, said * 20
    for block in ("encoder_l1_ffn", "decoder_l1_ffn"):
        weights[f"{block}_W1"], weights[f"{block}_b1"] = np.zeros((size, 8), np.float32), np.zeros((1, 8), np.float32)
        weights[f"{block}_W2"], weights[f"{block}_b2"] = (
            np.zeros((8, size), np.float32),
            np.zeros((1, size), np.float32),
        )
        _norm(weights, f"{block}_ffn", size)
    return weights


def _norm(weights: dict[str, Any], scope: str, size: int) -> None:
    weights[f"{scope}_ln_scale"], weights[f"{scope}_ln_bias"] = np.ones((1, size)), np.zeros((1, size))


def make_marian(folder: Path, shift: int = 0) -> Path:
    """A folder as OPUS-MT hands it out."""
    folder.mkdir()
    pieces = _pieces(folder)
    config = np.frombuffer(CONFIG.encode() + b"\0", dtype=np.int8)
    weights = {name: array.astype(np.float32) for name, array in _copying_weights(len(pieces), shift).items()}
    np.savez(folder / "model.npz", **weights, **{"special:model.yml": config})
    lines = [f"{json.dumps(piece, ensure_ascii=False)}: {i}\n" for i, piece in enumerate(pieces)]
    (folder / "vocab.yml").write_text("".join(lines), encoding="utf-8")
    (folder / "decoder.yml").write_text("models: [model.npz]\nvocabs: [vocab.yml, vocab.yml]\n")
    return folder


@pytest.fixture
def marian(tmp_path: Path) -> Path:
    return make_marian(tmp_path / "opus-tiny")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    use(Resources(Settings(home=tmp_path / "home", translation_beam=1)))
    yield tmp_path / "home"
    resources().translation.router.close()
    resources().store.close()
    use(None)


@pytest.fixture
def test_set(tmp_path: Path) -> Path:
    (tmp_path / "test.jsonl").write_text("\n".join(json.dumps({"en": text, "de": text}) for text in TEXTS))
    return tmp_path / "test.jsonl"


def add(*arguments: str) -> int:
    return main(["model", "add", "translate", *arguments])


def test_a_marian_model_is_converted_measured_and_serves(marian: Path, home: Path, test_set: Path, capsys: Any) -> None:
    assert add("en-de", str(marian), "--test", str(test_set)) == 0
    assert "ctranslate2 with chrF 100" in capsys.readouterr().out
    card = json.loads((home / "translation" / "en-de" / CARD).read_text())
    assert (card["engine"], card["chrf"], card["origin"]) == ("ctranslate2", 100.0, "opus-tiny")
    requests = [{"text": "send {x} the token. pay 0.5 ETH now", "source": "en", "target": "de"}]
    [answer] = run(find("nlp.translate"), [json.dumps(requests[0])])
    assert isinstance(answer, bytes)
    made = json.loads(answer)
    assert made["text"] == "send {x} the token. pay 0.5 ETH now"
    assert (made["engine"], made["path"], made["quality"]) == ("ctranslate2", ["en", "de"], "good")
    [answer] = run(find("nlp.supported-languages"), ["{}"])
    assert isinstance(answer, bytes)
    assert {"source": "en", "target": "de", "engine": "ctranslate2", "quality": "good", "path": ["en", "de"],
            "chrf": 100.0} in json.loads(answer)["pairs"]  # fmt: skip


def test_a_model_below_the_gate_is_refused(marian: Path, home: Path, test_set: Path, capsys: Any) -> None:
    test_set.write_text(json.dumps({"en": "send the token", "de": "Zahlung ausführen"}))
    assert add("en-de", str(marian), "--test", str(test_set)) == 1
    assert "below the gate of 45" in capsys.readouterr().err
    assert [path.name for path in (home / "translation").iterdir()] == []


def test_a_model_worse_than_what_serves_is_refused(marian: Path, home: Path, test_set: Path, capsys: Any) -> None:
    assert add("en-de", str(marian), "--test", str(test_set)) == 0
    worse = make_marian(marian.with_name("worse"), shift=1)
    assert add("en-de", str(worse), "--test", str(test_set), "--min-chrf", "0") == 1
    assert "below 100.0 of ctranslate2, which serves this pair" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("missing", "said"), [("source.spm", "source.spm is missing"), ("decoder.yml", "expected decoder.yml")]
)
def test_an_incomplete_folder_is_refused(
    marian: Path, home: Path, test_set: Path, capsys: Any, missing: str, said: str
) -> None:
    (marian / missing).unlink()
    assert add("en-de", str(marian), "--test", str(test_set)) == 1
    assert said in capsys.readouterr().err


def test_a_folder_of_converted_files_can_be_added_again(marian: Path, home: Path, test_set: Path) -> None:
    assert add("en-de", str(marian), "--test", str(test_set)) == 0
    assert add("en-nl", str(home / "translation" / "en-de"), "--test", str(test_set.with_name("nl.jsonl"))) != 0
    test_set.with_name("nl.jsonl").write_text(json.dumps({"en": TEXTS[0], "nl": TEXTS[0]}))
    assert add("en-nl", str(home / "translation" / "en-de"), "--test", str(test_set.with_name("nl.jsonl"))) == 0
    assert set(CTranslate2(home / "translation").directions()) == {("en", "de"), ("en", "nl")}


def test_without_torch_its_engine_promises_nothing(tmp_path: Path) -> None:
    if find_spec("torch"):
        pytest.skip("torch is installed")
    assert Transformers(tmp_path).directions() == {}


def test_a_hugging_face_model_is_converted(home: Path, marian: Path, test_set: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs the torch extra")
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    pieces = _pieces(marian)
    folder = tmp_path / "hf"
    folder.mkdir()
    (folder / "vocab.json").write_text(json.dumps({piece: i for i, piece in enumerate([*pieces, "<pad>"])}))
    tokenizer = MarianTokenizer(
        str(marian / "source.spm"), str(marian / "target.spm"), str(folder / "vocab.json"), model_max_length=64
    )
    tokenizer.save_pretrained(folder)
    config = MarianConfig(
        vocab_size=len(pieces) + 1, d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, pad_token_id=len(pieces), eos_token_id=0,
        decoder_start_token_id=len(pieces), forced_eos_token_id=0, max_position_embeddings=64,
    )  # fmt: skip
    MarianMTModel(config).save_pretrained(folder)
    assert add("en-de", str(folder), "--test", str(test_set), "--min-chrf", "0") == 0
    assert set(CTranslate2(home / "translation").directions()) == {("en", "de")}
