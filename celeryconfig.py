"""Every Celery setting. Why each reliability setting is as it is: docs/decisions/0005-reliability-settings.md."""

from kombu import Queue

from foundation.settings import get_settings
from schemas.primitives import QUEUES

_settings = get_settings()

broker_url = _settings.redis
broker_transport = "workers.transport:Transport"
result_backend = _settings.redis
result_backend_always_retry = True
result_expires = _settings.result_ttl
broker_connection_retry_on_startup = True
broker_connection_max_retries = None
broker_transport_options = {
    "visibility_timeout": _settings.visibility_timeout,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
result_backend_transport_options = {"socket_keepalive": True, "health_check_interval": 10}

task_serializer = "json"
result_serializer = "json"
accept_content = ["json"]
result_accept_content = ["json"]

task_queues = [Queue(name, routing_key=name) for name in QUEUES]
task_default_queue = "data"
task_create_missing_queues = False

task_acks_late = True
task_reject_on_worker_lost = False
task_retry_on_worker_lost = True
task_track_started = True
task_ignore_result = True
task_send_sent_event = False

worker_consumer = "workers.consumer:Consumer"
worker_concurrency = _settings.concurrency
worker_prefetch_multiplier = 1
worker_disable_prefetch = True
worker_detect_quorum_queues = False
worker_soft_shutdown_timeout = 30.0
worker_hijack_root_logger = False
worker_redirect_stdouts = False
worker_send_task_events = True
worker_proc_alive_timeout = 120.0
worker_cancel_long_running_tasks_on_connection_loss = False
worker_lost_wait = 2.0

beat_scheduler = "beat.scheduler.Scheduler"
beat_max_loop_interval = 5
redbeat_redis_url = _settings.redis
redbeat_key_prefix = "soba:redbeat:"
redbeat_lock_timeout = 15
