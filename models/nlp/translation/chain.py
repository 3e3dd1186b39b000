"""One direction of Apertium, alive: its filters, and our lexicon between two of them."""

from __future__ import annotations

from collections.abc import Sequence

from models.nlp.translation.lexicon import Lexicon
from models.nlp.translation.pipeline import Pipeline


class Chain:
    """The filters of one direction, in two pipelines where a lexicon has its say between them."""

    def __init__(self, filters: Sequence[Sequence[str]], words: Lexicon | None) -> None:
        cut = _end_of_lexical_selection(filters) if words else 0
        self._lexicon = words
        self._pipelines: list[Pipeline] = []
        for part in (filters[:cut], filters[cut:]) if cut else (filters,):
            self._pipelines.append(Pipeline(part))

    @property
    def pids(self) -> list[int]:
        return [pid for pipeline in self._pipelines for pid in pipeline.pids]

    def exchange(self, blocks: Sequence[bytes], seconds: float) -> list[bytes]:
        """The answers to blocks, in order; raises PipelineFailed and closes itself where there are none."""
        try:
            first, *second = self._pipelines
            answers = first.exchange(blocks, seconds)
            if self._lexicon and second:
                answers = [self._lexicon.choose(answer.decode(errors="replace")).encode() for answer in answers]
                answers = second[0].exchange(answers, seconds)
            return answers
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        for pipeline in self._pipelines:
            pipeline.close()


def _end_of_lexical_selection(filters: Sequence[Sequence[str]]) -> int:
    """Where structural transfer begins, in the chains that keep it apart from the dictionary; 0 in others."""
    return next((i for i, part in enumerate(filters) if part[0] == "apertium-transfer" and "-b" in part), 0)
