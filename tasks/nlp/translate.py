"""`nlp.translate`: one text into another language, with everything that is not language left as it is."""

from __future__ import annotations

from importlib import import_module

from foundation.errors import SobaError
from schemas.translation import Text, Translation, TranslationOptions
from tasks.operation import operation
from tasks.resources import resources
from tasks.translation import answers, fields, wanted


class Request(TranslationOptions):
    """A text and how to translate it."""

    text: Text
    """Plain text, HTML or an ICU message, as `format` says."""


class Result(Translation):
    """The text in the target language."""


def load() -> None:
    """Load what translation needs before the first job; engines start their processes at a pair's first text."""
    from models.nlp.language.detector import detector

    detector()
    _ = resources().translation
    import_module("storage.translations")


@operation(
    queue="nlp",
    cache_ttl=3600,
    stale_while_error=True,
    time_limit=60,
    batch_size=128,
    max_bytes=8 * 1024 * 1024,
    load=load,
    examples=[
        {"text": "Confirm the swap in your wallet", "source": "en", "target": "es"},
        {"text": "Add liquidity to this pool", "target": "pt"},
        {"text": "0x6982508145454Ce325dDbE47a25d4ec3d2311933", "target": "fr"},
    ],
)
def translate(requests: list[Request]) -> list[Translation | SobaError]:
    """Translate a text, keeping addresses, placeholders, tags, tickers and amounts byte for byte.

    A person's translation is used where the memory has the very text; an engine otherwise. A pair without an engine is
    MODEL_UNAVAILABLE, with the pairs that there are.
    """
    made = answers([wanted(request, request.text) for request in requests])
    return [one if isinstance(one, SobaError) else fields(one) for one in made]
