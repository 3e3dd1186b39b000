"""What a service is: the data from which the supervisor starts, watches and stops it."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field

from cli.stack.probes import Probe


@dataclass(frozen=True)
class Service:
    """One process of the stack."""

    name: str
    command: tuple[str, ...]
    probe: Probe
    environment: Mapping[str, str] = field(default_factory=dict)
    start: int = 1
    """Services start in this order; those with the same number start together."""
    stop: int = 0
    """They stop in this one."""
    patience: float = 300.0
    """Seconds from its start until it must be ready."""
    silence: float = 60.0
    """Seconds without a good answer from the probe after which it is started again."""
    drain: float = 10.0
    """Seconds from SIGTERM until it is killed."""
    widowed: signal.Signals = signal.SIGKILL
    """What the kernel sends it where the supervisor itself is killed (on Linux)."""
