"""Where operations get what lasts longer than a request; tests put their own in with `use`.

Everything is made on first use and kept for the life of the process.
"""

from __future__ import annotations

import logging
import time
from functools import cached_property
from typing import TYPE_CHECKING

from foundation.settings import Settings, get_settings
from schemas import keys

if TYPE_CHECKING:
    from redis import Redis

    from features.tallies import Tallies
    from features.velocity import Velocity
    from models.fraud.lists import Lists
    from models.fraud.rules import LiveRules
    from models.nlp.translation.service import Service
    from models.registry import Registry
    from storage.engine import Store
    from tasks.fraud_watch import Watch

log = logging.getLogger(__name__)


class Resources:
    """The process's connections, by settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def redis(self) -> Redis | None:
        """The queues' Redis; None where none is set, as in `./soba call` without a stack."""
        if self.settings.redis_url is None:
            return None
        from redis import Redis

        return Redis.from_url(self.settings.redis_url, socket_timeout=5, health_check_interval=30)

    @cached_property
    def store(self) -> Store:
        """The SQL store, migrated."""
        from storage.engine import Store

        return Store(self.settings.database)

    @cached_property
    def registry(self) -> Registry:
        """Model versions and what of them is loaded."""
        from models.registry import Registry

        return Registry(self.settings.models, tell=self._tell_of_model)

    def _tell_of_model(self, model: str, degraded: bool) -> None:
        """Have the bridge's metrics show a model that another version serves for; a Redis that is gone harms nobody."""
        if self.redis is None:
            return
        from redis import RedisError

        try:
            if degraded:
                self.redis.hset(keys.DEGRADED, model, str(int(time.time())))
            else:
                self.redis.hdel(keys.DEGRADED, model)
        except RedisError as error:
            log.warning("the state of %s was not told: %s", model, error)

    @cached_property
    def translation(self) -> Service:
        """Translation engines and memory."""
        from tasks.translation import service

        return service(self)

    @cached_property
    def _quick_redis(self) -> Redis | None:
        """The queues' Redis by a connection that gives up soon: for what an answer can do without."""
        if self.settings.redis_url is None:
            return None
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        once = Retry(NoBackoff(), 1)
        return Redis.from_url(self.settings.redis_url, socket_timeout=0.5, socket_connect_timeout=0.5, retry=once)

    @cached_property
    def velocity(self) -> Velocity | None:
        """Velocity windows; None where no Redis is set."""
        from features.velocity import Velocity

        return Velocity(self._quick_redis) if self._quick_redis else None

    @cached_property
    def tallies(self) -> Tallies | None:
        """Counters by day; None where no Redis is set."""
        from features.tallies import Tallies

        return Tallies(self._quick_redis) if self._quick_redis else None

    @cached_property
    def fraud_watch(self) -> Watch | None:
        """Notes on the fraud models' traffic; None where no Redis is set."""
        from tasks.fraud_watch import Watch

        return Watch(self.tallies, self.registry, self.settings.fraud_review) if self.tallies else None

    @cached_property
    def fraud_rules(self) -> LiveRules:
        """The rule book, followed as its file changes."""
        from features.velocity import FACTS
        from models.fraud.facts import known_facts
        from models.fraud.rules import SHIPPED, LiveRules

        return LiveRules(self.settings.fraud_rules or SHIPPED, known_facts(FACTS))

    @cached_property
    def fraud_lists(self) -> Lists:
        """Lists of addresses, shipped and named by the operator."""
        from models.fraud.lists import Lists

        return Lists(self.settings.fraud_lists, self.settings.fraud_lists_refresh)


_current: Resources | None = None


def resources() -> Resources:
    global _current
    if _current is None:
        _current = Resources(get_settings())
    return _current


def use(replacement: Resources | None) -> None:
    """Put other resources in the place of the process's own (None: make them anew from the settings)."""
    global _current
    _current = replacement
