"""The Celery app: `celery -A workers.app worker -Q fraud`, or quicker `python -m workers worker -Q fraud`.

What only workers need is imported when one begins: bridge, beat and Flower have the app alone.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from foundation import logs
from foundation.settings import ROOT, get_settings

os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")  # SIGTERM begins the soft shutdown; read when Celery is imported
sys.path.append(str(ROOT))  # the celery command has the project on its path only while it imports this module

from celery import Celery, bootsteps, signals


class Beginning(bootsteps.Step):  # type: ignore[misc]  # celery has no types
    """Has a worker serve the operations of its queues.

    A step and not a signal, whose errors Celery swallows: a worker with an incomplete operation must not start.
    """

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        from workers import lifecycle

        lifecycle.begin(worker.app)


def _setup_logging(**_: Any) -> None:
    logs.configure(get_settings().log_level)


app = Celery("soba", config_source="celeryconfig")
app.steps["worker"].add(Beginning)
signals.setup_logging.connect(_setup_logging, weak=False)
