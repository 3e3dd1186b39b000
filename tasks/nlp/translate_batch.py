"""`nlp.translate-batch`: many texts into one language at once."""

from __future__ import annotations

from pydantic import Field

from foundation.errors import SobaError
from models.nlp.translation.service import Answer
from schemas.base import Wire
from schemas.failure import Failure
from schemas.translation import Text, Translation, TranslationOptions
from tasks.nlp.translate import load
from tasks.operation import operation
from tasks.translation import answers, fields, wanted


class Request(TranslationOptions):
    """Texts and how to translate them."""

    texts: list[Text] = Field(max_length=10_000)


class Failed(Wire):
    """Stands in the place of a text that has no translation."""

    failure: Failure


class Result(Wire):
    """One translation, or failure, for each text, in order."""

    translations: list[Translation | Failed]


@operation(
    queue="nlp",
    cache_ttl=3600,
    stale_while_error=True,
    time_limit=120,
    batch_size=16,
    max_bytes=8 * 1024 * 1024,
    load=load,
    examples=[
        {"texts": ["Connect wallet", "Your order was filled", "0.5 ETH"], "source": "en", "target": "es"},
        {"texts": ["Nothing to show yet", "Connect wallet"], "source": "en", "target": "de", "protect": ["MetaMask"]},
    ],
)
def translate_batch(requests: list[Request]) -> list[Result | SobaError]:
    """Translate many texts into one language; equal ones are translated once, and a bad one fails in its place."""
    asked = [[wanted(request, text) for text in request.texts] for request in requests]
    made = iter(answers([one for texts in asked for one in texts]))
    return [Result(translations=[_item(next(made)) for _ in texts]) for texts in asked]


def _item(answer: Answer | SobaError) -> Translation | Failed:
    return Failed(failure=Failure.of(answer)) if isinstance(answer, SobaError) else fields(answer)
