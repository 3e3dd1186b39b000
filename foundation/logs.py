"""One form of log line for every process."""

from __future__ import annotations

import logging
import sys

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure(level: str) -> None:
    """Log to the standard error, from `level` up."""
    logging.basicConfig(stream=sys.stderr, level=level.upper(), format=FORMAT, force=True)
