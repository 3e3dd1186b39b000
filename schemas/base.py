"""Wire: the base of every request and result."""

from __future__ import annotations

from typing import Any, Self

import orjson
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic_core import from_json

from foundation.errors import InvalidInput


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
        defer_build=True,
        protected_namespaces=(),
    )


class Rows(Wire):
    """A request or result that is mostly rows, of which there may be a hundred thousand and more.

    Such a request is parsed to plain objects first, so that types may check whole columns of them (`schemas.columns`);
    pydantic's own reading of JSON keeps a tree of all values beside. Such a result holds what JSON has: dictionaries
    with the names of the wire, and no integers beyond 64 bits; models may stand in it, rows of models may not.
    """

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """As any model does, except that NaN is refused wherever it stands."""
        try:
            content = from_json(json_data, allow_inf_nan=False, cache_strings="keys")
        except ValueError as fault:
            super().model_validate_json(json_data, **options)  # which tells what is wrong, if it is more than NaN
            raise InvalidInput.at("", f"not JSON: {fault}") from None
        return cls.model_validate(content, **options)

    def to_json(self) -> bytes:
        """The JSON of a result; raises TypeError where it holds what JSON has not."""
        fields = type(self).model_fields
        content = {fields[name].alias or name: value for name, value in vars(self).items()}
        return orjson.dumps(content, default=lambda model: model.model_dump(mode="json"))
