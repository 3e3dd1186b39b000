"""Every kind of subject that a fraud model judges."""

from __future__ import annotations

from models.fraud.pool import POOL
from models.fraud.wallet import WALLET

SPECS = {spec.name: spec for spec in (WALLET, POOL)}
