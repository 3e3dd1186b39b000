"""OPUS-MT and other Marian models in CTranslate2's form: 8-bit weights, several times as fast as their trainer.

See Tiedemann and Thottingal, "OPUS-MT: building open translation services for the world", EAMT 2020.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.nlp.translation.engine import Direction, Pair
from models.nlp.translation.local_models import models
from models.nlp.translation.sentences import by_sentence

log = logging.getLogger(__name__)
_TOKENS_A_BATCH = 4096
_MAX_TOKENS = 512
_END = "</s>"


class CTranslate2:
    """One translator a pair, loaded on first use and kept; `beam` 1 is greedy."""

    name = "ctranslate2"

    def __init__(self, folder: Path, beam: int = 4) -> None:
        self._folder, self._beam = folder, beam
        self._loaded: dict[Pair, _Model] = {}

    def directions(self) -> Mapping[Pair, Direction]:
        return {pair: direction for pair, _, direction in models(self._folder, self.name)}

    def translate(self, texts: Sequence[str], pair: Pair) -> list[str | None]:
        try:
            model = self._model(pair)
            return list(by_sentence(texts, lambda sentences: model.translate(sentences, self._beam)))
        except (RuntimeError, ValueError, OSError):
            log.exception("ctranslate2 failed at %s-%s", *pair)
            return [None] * len(texts)

    def _model(self, pair: Pair) -> _Model:
        if pair not in self._loaded:
            path = next(path for found, path, _ in models(self._folder, self.name) if found == pair)
            self._loaded[pair] = _Model(path)
        return self._loaded[pair]

    def close(self) -> None:
        self._loaded.clear()


class _Model:
    """A converted model with its two sentencepiece models beside it."""

    def __init__(self, folder: Path) -> None:
        from ctranslate2 import Translator
        from sentencepiece import SentencePieceProcessor

        self._translator = Translator(str(folder), device="auto", compute_type="default", inter_threads=1)
        self._source = SentencePieceProcessor(model_file=str(folder / "source.spm"))
        self._target = SentencePieceProcessor(model_file=str(folder / "target.spm"))
        config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self._end = [] if config.get("add_source_eos") else [_END]

    def translate(self, sentences: list[str], beam: int) -> list[str]:
        """Batches are made of sentences of like length."""
        tokens = [[*self._source.encode(sentence, out_type=str), *self._end] for sentence in sentences]
        results = self._translator.translate_batch(
            tokens,
            beam_size=beam,
            max_batch_size=_TOKENS_A_BATCH,
            batch_type="tokens",
            max_input_length=_MAX_TOKENS,
            max_decoding_length=_MAX_TOKENS,
        )
        return [str(self._target.decode(result.hypotheses[0])) for result in results]
