"""Sequence-to-sequence models that CTranslate2 does not run, by transformers itself; needs the torch extra."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.nlp.translation.engine import Direction, Pair
from models.nlp.translation.local_models import models
from models.nlp.translation.sentences import by_sentence

log = logging.getLogger(__name__)
_MAX_TOKENS = 512
_SENTENCES_A_BATCH = 16


class Transformers:
    """One model a pair, loaded from its folder on first use and kept; no directions where torch is not installed."""

    name = "transformers"

    def __init__(self, folder: Path, beam: int = 4) -> None:
        self._folder, self._beam = folder, beam
        self._loaded: dict[Pair, tuple[Any, Any]] = {}

    def directions(self) -> Mapping[Pair, Direction]:
        if importlib.util.find_spec("torch") is None:
            return {}
        return {pair: direction for pair, _, direction in models(self._folder, self.name)}

    def translate(self, texts: Sequence[str], pair: Pair) -> list[str | None]:
        try:
            return list(by_sentence(texts, lambda sentences: self._run(sentences, pair)))
        except (RuntimeError, ValueError, OSError):
            log.exception("transformers failed at %s-%s", *pair)
            return [None] * len(texts)

    def _run(self, sentences: list[str], pair: Pair) -> list[str]:
        """Translate in batches of like length, answers in the order that was asked for."""
        tokenizer, model = self._model(pair)
        made = [""] * len(sentences)
        order = sorted(range(len(sentences)), key=lambda i: len(sentences[i]))
        for start in range(0, len(order), _SENTENCES_A_BATCH):
            part = order[start : start + _SENTENCES_A_BATCH]
            inputs = tokenizer(
                [sentences[i] for i in part], return_tensors="pt", padding=True, truncation=True, max_length=_MAX_TOKENS
            )
            output = model.generate(**inputs, num_beams=self._beam, max_new_tokens=_MAX_TOKENS)
            for i, text in zip(part, tokenizer.batch_decode(output, skip_special_tokens=True), strict=True):
                made[i] = text
        return made

    def _model(self, pair: Pair) -> tuple[Any, Any]:
        if pair not in self._loaded:
            from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

            path = next(path for found, path, _ in models(self._folder, self.name) if found == pair)
            tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
            model = AutoModelForSeq2SeqLM.from_pretrained(path, local_files_only=True).eval()
            self._loaded[pair] = tokenizer, model
        return self._loaded[pair]

    def close(self) -> None:
        self._loaded.clear()
