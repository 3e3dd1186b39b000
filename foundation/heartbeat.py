"""A file that a healthy process touches: `python -m foundation.heartbeat FILE MAX_AGE` exits 0 while it is fresh."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from foundation.settings import get_settings


def beat() -> None:
    """Touch the heartbeat file of the settings, if there is one."""
    file = get_settings().heartbeat_file
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def is_fresh(file: Path, max_age: float) -> bool:
    """Whether the file was touched within `max_age` seconds."""
    try:
        return time.time() - file.stat().st_mtime <= max_age
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    sys.exit(0 if is_fresh(Path(sys.argv[1]), float(sys.argv[2])) else 1)
