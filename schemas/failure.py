"""What a failure looks like in JSON; the errors themselves are in foundation.errors."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from foundation.errors import SobaError
from schemas.base import Wire


class Failure(Wire):
    """One failed request: in `job.failedReason`, in HTTP answers, in the place of a batch's item."""

    code: str
    """One of the codes of foundation.errors."""
    message: str
    retryable: bool
    """Whether the same request may succeed later."""
    details: list[dict[str, Any]] = Field(default_factory=list)
    """`{path, message}` for each field at fault."""
    request_id: str | None = None

    @classmethod
    def of(cls, error: SobaError, request_id: str | None = None) -> Failure:
        return cls.model_validate(error.envelope(request_id))
