"""The Celery app: `celery -A workers.app worker -Q fraud`."""

from __future__ import annotations

import os
import sys

from foundation.settings import ROOT

os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")  # SIGTERM begins the soft shutdown; read when Celery is imported
sys.path.append(str(ROOT))  # the celery command has the project on its path only while it imports this module

from celery import Celery

from tasks.discovery import discover
from workers import lifecycle
from workers.execution import register

app = Celery("soba", config_source="celeryconfig")
register(app, discover())
lifecycle.connect(app)
