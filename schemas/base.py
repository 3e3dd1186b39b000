"""Wire: the base of every request and result."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    """snake_case in Python, camelCase in JSON; unknown fields, NaN and silent conversions refused.

    Strict types are strict in Python too: bound every list and string with `Field(max_length=...)`, and use the
    types of `schemas.primitives` for addresses, amounts and times, which accept what the wire allows.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        ser_json_inf_nan="constants",
        use_attribute_docstrings=True,
        protected_namespaces=(),
    )
