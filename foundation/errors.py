"""Every error that crosses the wire, as a tree; its first split says whether trying again can help.

SobaError
├── Permanent                 the same request will fail again
│   ├── InvalidInput          INVALID_INPUT        details: [{path, message}]
│   ├── UnknownOperation      UNKNOWN_OPERATION
│   ├── PayloadTooLarge       PAYLOAD_TOO_LARGE
│   ├── DeadlineExceeded      DEADLINE_EXCEEDED
│   ├── Cancelled             CANCELLED
│   └── Conflict              CONFLICT
└── Retryable                 the same request may succeed later
    ├── Overloaded            OVERLOADED
    ├── ModelUnavailable      MODEL_UNAVAILABLE
    ├── Timeout               TIMEOUT
    └── Internal              INTERNAL
"""

from __future__ import annotations

from typing import Any, ClassVar


class SobaError(Exception):
    """A failure with a code that a caller can act on.

    `details` is a list of `{path, message}`; other keys may be added by an error that has more to say.
    """

    code: ClassVar[str] = "INTERNAL"
    retryable: ClassVar[bool] = True

    def __init__(self, message: str, details: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details or []

    def envelope(self, request_id: str | None = None) -> dict[str, Any]:
        """The failure as it stands in `job.failedReason`, in HTTP answers and in `soba call`."""
        return {
            "code": self.code,
            "message": self.message,
            "retryable": self.retryable,
            "details": self.details,
            "requestId": request_id,
        }


class Permanent(SobaError):
    """The same request will fail again."""

    retryable = False


class Retryable(SobaError):
    """The same request may succeed later."""


class InvalidInput(Permanent):
    """The request is not what the operation's schema or rules ask for."""

    code = "INVALID_INPUT"

    @classmethod
    def at(cls, path: str, message: str) -> InvalidInput:
        """One fault at one field: `InvalidInput.at("candles.3.high", "is below low")`."""
        return cls(f"{path}: {message}" if path else message, [{"path": path, "message": message}])


class UnknownOperation(Permanent):
    """Nothing of this name is served on this queue."""

    code = "UNKNOWN_OPERATION"


class PayloadTooLarge(Permanent):
    """The request is larger than its operation takes."""

    code = "PAYLOAD_TOO_LARGE"


class DeadlineExceeded(Permanent):
    """The caller's deadline passed before the work was begun."""

    code = "DEADLINE_EXCEEDED"


class Cancelled(Permanent):
    """The caller took the job back."""

    code = "CANCELLED"


class Conflict(Permanent):
    """The same idempotency key came with another payload."""

    code = "CONFLICT"


class Overloaded(Retryable):
    """The queue is too long to answer in useful time."""

    code = "OVERLOADED"


class ModelUnavailable(Retryable):
    """No model or engine that could answer is loaded at the moment."""

    code = "MODEL_UNAVAILABLE"


class Timeout(Retryable):
    """The work took longer than the operation's time limit."""

    code = "TIMEOUT"


class Internal(Retryable):
    """A fault of ours."""

    code = "INTERNAL"


def _leaves(kind: type[SobaError]) -> list[type[SobaError]]:
    children = kind.__subclasses__()
    return [leaf for child in children for leaf in _leaves(child)] if children else [kind]


BY_CODE: dict[str, type[SobaError]] = {leaf.code: leaf for leaf in _leaves(SobaError)}


def from_envelope(envelope: dict[str, Any]) -> SobaError:
    """The error that an envelope describes; a code that is not ours is read as `Internal`."""
    kind = BY_CODE.get(str(envelope.get("code")), Internal)
    return kind(str(envelope.get("message", "")), envelope.get("details") or [])
