"""The one place that reads the environment: every variable begins with SOBA_."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


Pool = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,16}:0x[0-9a-fA-F]{40}$")]


class Settings(BaseSettings):
    """Frozen and typed; `Settings(redis_url=...)` in tests, `get_settings()` in programs.

    An empty variable counts as one that is not set, so that a compose file may pass `${NAME:-}`.
    """

    model_config = SettingsConfigDict(env_prefix="SOBA_", frozen=True, env_ignore_empty=True, extra="ignore")

    home: Path = Field(ROOT / ".soba", description="folder of every file that the program writes")
    redis_url: str | None = Field(None, description="Redis of queues and results; the embedded server where unset")
    cache_url: str | None = Field(None, description="Redis of the TTL cache; that of the queues where unset")
    database_url: str | None = Field(None, description="SQL store; SQLite in the home folder where unset")
    models_url: str | None = Field(None, description="fsspec URL of the model registry; the home folder where unset")
    redis_port: int | None = Field(None, description="port of the embedded server; a free one where unset")
    gateway_host: str = Field("127.0.0.1", description="address that the gateway listens on")
    gateway_port: int | None = Field(None, description="port of the gateway; a free one where unset")
    api_key: str | None = Field(None, description="bearer token that the gateway asks for; none where unset")
    flower_port: int | None = Field(None, description="port of Flower; a free one where unset")
    flower_user: str = Field("soba", description="user of Flower")
    flower_password: str | None = Field(None, description="password of Flower; made on first start where unset")
    bull_prefix: str = Field("bull", description="key prefix of BullMQ")
    event_abis: Path | None = Field(None, description="folder of JSON ABIs of further events to decode")
    result_ttl: int = Field(86_400, gt=0, description="seconds that a polling key lives")
    concurrency: int = Field(1, gt=0, description="pool processes of a worker")
    visibility_timeout: int = Field(10_800, gt=0, description="seconds before Celery delivers an unanswered task again")
    bridge_batch: int = Field(128, gt=0, description="jobs of one Celery task, at most")
    bridge_in_flight: int = Field(3, gt=0, description="batches of one queue that a bridge has under way")
    bridge_lock_ms: int = Field(10_000, ge=1000, description="lock of an active job; renewed at a third of it")
    bridge_metrics_port: int = Field(0, description="Prometheus port of the bridge; 0 takes a free one")
    worker_metrics_port: int | None = Field(None, description="Prometheus port of a worker; 0 takes a free one")
    metrics_host: str = Field("127.0.0.1", description="address that the metrics ports listen on")
    heartbeat_file: Path | None = Field(None, description="touched every 5 s by a process that is ready and well")
    fraud_review: float = Field(0.3, ge=0, le=1, description="score from which an assessment is a case for review")
    fraud_block: float = Field(0.8, ge=0, le=1, description="score from which an assessment says block")
    fraud_rules: Path | None = Field(None, description="TOML file of the fraud rules; the shipped one where unset")
    fraud_lists: dict[str, list[str]] = Field(
        default_factory=dict, description="JSON: list name to files and URLs of addresses, sanctions and phishing say"
    )
    fraud_lists_refresh: float = Field(3600, gt=0, description="seconds after which the lists are read again")
    event_streams: str = Field("", description="Redis streams of events that beat has read on, by commas")
    event_retention_blocks: int | None = Field(None, ge=1, description="events this far below the tip are given up")
    dead_events: int = Field(100_000, ge=0, description="malformed events that are kept for inspection")
    deep_reorg_blocks: int = Field(64, ge=1, description="a reorg deeper than this raises an alarm")
    markets: dict[str, Pool] = Field({}, description='JSON: pools by symbol, {"ETHUSDC": "1:0x88e6..."}, chain first')
    retrain: dict[str, str] = Field(
        {}, description='what beat trains anew, and from what: {"range-1h": "/data/market", "volume-spike-1h": "store"}'
    )
    max_payload_bytes: int = Field(20_000_000, description="job.data above this never reaches a worker")
    translation_engines: str = Field(
        "ctranslate2,transformers,apertium", description="translation engines, the preferred first"
    )
    translation_beam: int = Field(4, description="width of the neural engines' search; 1 is greedy")
    traces_url: str | None = Field(None, description="OTLP/HTTP collector of workers' spans; none are sent where unset")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    @property
    def redis(self) -> str:
        """The queues' Redis, for processes that cannot be without it."""
        return self.redis_url or "redis://127.0.0.1:6379/0"

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.home.resolve() / 'store.db'}"

    @property
    def translation_models(self) -> Path:
        return self.home.resolve() / "translation"

    @property
    def models(self) -> str:
        return self.models_url or str(self.home.resolve() / "models")


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
