"""The Celery app: `celery -A workers.app worker -Q fraud`."""

from __future__ import annotations

import os
import sys

from foundation.settings import ROOT, get_settings
from workers import metrics

os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")  # SIGTERM begins the soft shutdown; read when Celery is imported
sys.path.append(str(ROOT))  # the celery command has the project on its path only while it imports this module
metrics.prepare(get_settings())

from celery import Celery  # noqa: E402 - after the lines above

from tasks.discovery import discover  # noqa: E402 - likewise
from workers import lifecycle  # noqa: E402 - likewise
from workers.execution import register  # noqa: E402 - likewise

app = Celery("soba", config_source="celeryconfig")
register(app, discover())
lifecycle.connect(app)
