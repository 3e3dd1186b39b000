"""JSON Schemas, the operations table and OpenAPI 3.1 of all operations, as Node and its callers read them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from foundation.errors import BY_CODE
from schemas.failure import Failure
from tasks.discovery import discover
from tasks.field_docs import docs_of, own_docs
from tasks.operation import Operation

Json = dict[str, Any]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
BASE_PATH = "/api/python"
_STATUS = {"400": "the request is not valid", "401": "no or a wrong API key", "404": "not found", "409": "conflict",
           "413": "too large", "429": "too many requests", "500": "a fault of ours", "503": "try again later",
           "504": "too late"}  # fmt: skip


class Generator(GenerateJsonSchema):
    """With the fields' docstrings as descriptions.

    Without field titles (they repeat the names) and without `discriminator` (ajv and OpenAPI differ on it).
    """

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        model = schema["cls"]
        names = {field.alias or name: name for name, field in model.model_fields.items()}
        return _described(super().model_schema(schema), names, docs_of(model))

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        names = {str(field.get("validation_alias", name)): name for name, field in schema["fields"].items()}
        return _described(super().typed_dict_schema(schema), names, own_docs(schema["cls"]))

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        made = super().tagged_union_schema(schema)
        made.pop("discriminator", None)
        return made


def _described(made: JsonSchemaValue, names: Mapping[str, str], docs: Mapping[str, str]) -> JsonSchemaValue:
    for alias, field in made.get("properties", {}).items():
        if text := docs.get(names.get(alias, alias)):
            field["description"] = text
    return made


def schema_of(model: type[BaseModel], mode: JsonSchemaMode) -> Json:
    """The model's schema in JSON's names; `mode` is `validation` for requests, `serialization` for results."""
    made: Json = _without_titles(model.model_json_schema(by_alias=True, schema_generator=Generator, mode=mode))
    return made


def _without_titles(node: Any) -> Any:
    if isinstance(node, dict):
        return {k: _without_titles(v) for k, v in node.items() if not (k == "title" and isinstance(v, str))}
    if isinstance(node, list):
        return [_without_titles(item) for item in node]
    return node


def operations_table(operations: Mapping[str, Operation]) -> Json:
    """Everything that a client needs to know of every operation, and a version that changes with any of it."""
    table = {name: _entry(made) for name, made in operations.items()}
    digest = hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()
    return {"version": digest[:16], "operations": table}


def contract_version(operations: Mapping[str, Operation]) -> str:
    """The version of the operations' contract that this code serves."""
    return str(operations_table(operations)["version"])


def _entry(made: Operation) -> Json:
    return {
        "queue": made.queue,
        "summary": made.summary,
        "description": made.description,
        "method": made.method,
        "path": made.path,
        "long": made.long,
        "cacheTtl": made.cache_ttl,
        "staleWhileError": made.stale_while_error,
        "timeLimit": made.time_limit,
        "idempotent": made.idempotent,
        "maxBytes": made.max_bytes,
        "batchSize": made.batch_size,
        "request": schema_of(made.request, "validation"),
        "result": schema_of(made.result, "serialization"),
        "examples": list(made.examples),
    }


def openapi(operations: Mapping[str, Operation]) -> Json:
    """OpenAPI 3.1 of the gateway."""
    paths: Json = {}
    components: Json = {"Failure": schema_of(Failure, "serialization")}
    for made in operations.values():
        paths[BASE_PATH + made.path] = {made.method.lower(): _endpoint(made, components)}
    paths.update(_job_routes())
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": _DIALECT,
        "info": {
            "title": "Soba machine learning",
            "version": contract_version(operations),
            "description": "Every operation of the Python workers, and the jobs that carry them.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer"}},
        },
    }


def _endpoint(made: Operation, components: Json) -> Json:
    word = "".join(part.capitalize() for part in made.name.replace(".", "-").split("-"))
    request = _hoist(schema_of(made.request, "validation"), f"{word}Request", components)
    result = _hoist(schema_of(made.result, "serialization"), f"{word}Result", components)
    answers: Json = {"200": _answer("the result", result)}
    if made.long:
        answers["202"] = _answer("a job, to be followed at Location", _JOB) | {
            "headers": {"Location": {"schema": {"type": "string"}}}
        }
    endpoint: Json = {
        "operationId": made.name,
        "tags": [made.name.partition(".")[0]],
        "summary": made.summary,
        "description": made.description,
        "security": [{"apiKey": []}, {}],
        "responses": answers | _failures(),
    }
    if made.method == "GET":
        endpoint["parameters"] = _parameters(made, components[f"{word}Request"])
    else:
        endpoint["requestBody"] = {
            "required": True,
            "content": {
                "application/json": {
                    "schema": request,
                    "examples": {f"example{i}": {"value": v} for i, v in enumerate(made.examples, 1)},
                }
            },
        }
    return endpoint


_JOB: Json = {
    "type": "object",
    "required": ["jobId", "state"],
    "properties": {"jobId": {"type": "string"}, "state": {"type": "string"}, "statusUrl": {"type": "string"}},
}


def _hoist(schema: Json, name: str, components: Json) -> Json:
    """Move a schema and its $defs among the components, under names of its own; returns the reference."""
    definitions = schema.pop("$defs", {})
    text = json.dumps(schema)
    inner = json.dumps(definitions)
    for key in definitions:
        old, new = f'"#/$defs/{key}"', f'"#/components/schemas/{name}.{key}"'
        text, inner = text.replace(old, new), inner.replace(old, new)
    components[name] = json.loads(text)
    components.update({f"{name}.{key}": value for key, value in json.loads(inner).items()})
    return {"$ref": f"#/components/schemas/{name}"}


def _parameters(made: Operation, schema: Json) -> list[Json]:
    """Query parameters of a GET: values that are not text or numbers are written as JSON text."""
    example = made.examples[0]
    parameters = []
    for name, prop in schema.get("properties", {}).items():
        parameter = {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", []),
            "description": prop.get("description", name),
            "schema": prop,
        }
        if name in example:
            parameter["example"] = example[name]
        parameters.append(parameter)
    return parameters


def _answer(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _failures() -> Json:
    failure = {"$ref": "#/components/schemas/Failure"}
    return {status: _answer(text, failure) for status, text in _STATUS.items()}


def _job_routes() -> Json:
    parameter = {
        "name": "id",
        "in": "path",
        "required": True,
        "description": "<queue>:<jobId>",
        "schema": {"type": "string"},
    }

    def route(name: str, summary: str, status: str = "200") -> Json:
        return {
            "operationId": name,
            "tags": ["jobs"],
            "summary": summary,
            "parameters": [parameter],
            "security": [{"apiKey": []}, {}],
            "responses": {status: _answer(summary, {"type": "object"})} | _failures(),
        }

    job = f"{BASE_PATH}/jobs/{{id}}"
    events = route("jobs.events", "Progress and outcome of a job as server-sent events")
    events["responses"]["200"] = {
        "description": "a stream of events",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
    return {
        job: {"get": route("jobs.get", "State, progress and result of a job"),
              "delete": route("jobs.cancel", "Cancel a job that waits or runs")},
        f"{job}/events": {"get": events},
        f"{job}/replay": {"post": route("jobs.replay", "Run a failed job again", "202")},
    }  # fmt: skip


def codes() -> dict[str, bool]:
    """Every failure code, and whether it is retryable."""
    return {code: kind.retryable for code, kind in sorted(BY_CODE.items())}


if __name__ == "__main__":
    print(contract_version(discover()))
