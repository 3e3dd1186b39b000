"""Docstrings below fields become descriptions in the schema."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from schemas.base import Wire
from tasks.field_docs import docs_of
from tasks.schema import schema_of


class Row(TypedDict):
    at: int
    """When."""
    bare: int


class Base(Wire):
    kept_name: int
    """From the base."""
    changed: int
    """No longer so."""


class Whole(Base):
    changed: str
    rows: list[Row]
    """Two lines
    of text."""
    told: Annotated[int, Field(description="in the field")]


def test_docstrings_of_a_class_and_its_bases() -> None:
    assert docs_of(Whole) == {"kept_name": "From the base.", "rows": "Two lines\nof text."}


def test_they_stand_in_the_schema_by_the_names_of_the_wire() -> None:
    schema = schema_of(Whole, "validation")
    told = {name: field.get("description") for name, field in schema["properties"].items()}
    assert told == {
        "keptName": "From the base.",
        "changed": None,
        "rows": "Two lines\nof text.",
        "told": "in the field",
    }
    row = schema["$defs"]["Row"]["properties"]
    assert (row["at"].get("description"), row["bare"].get("description")) == ("When.", None)


def test_a_class_without_source_has_none() -> None:
    assert docs_of(type("Made", (Wire,), {"__module__": "nowhere"})) == {}
