"""Exact decimal numbers on the wire."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

PATTERN = r"^[0-9]{1,80}(\.[0-9]{1,80})?([eE][+-]?[0-9]{1,2})?$"
_FORM = re.compile(PATTERN.replace("$", r"\Z"), re.ASCII)


def to_decimal(value: Any) -> Decimal:
    """The number that a decimal text, or the shortest text of a JSON number, stands for; raises ValueError."""
    if isinstance(value, Decimal):
        return value
    text = repr(value) if type(value) is float or type(value) is int else value
    if type(text) is str and len(text) <= 170 and _FORM.match(text):
        return Decimal(text)
    raise ValueError("expected a decimal number, 0 or above, as text or as a JSON number")


Positive = Annotated[
    Decimal,
    BeforeValidator(to_decimal),
    Field(gt=0, strict=False),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": PATTERN, "maxLength": 170},
                {"type": "number", "exclusiveMinimum": 0},
            ],
            "description": "a decimal number above 0: as text, to keep every digit, or a JSON number",
        }
    ),
]
"""A decimal number above 0, exact."""
