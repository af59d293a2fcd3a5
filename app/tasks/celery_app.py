"""The Celery worker's and beat's composition root: ``celery -A app.tasks.celery_app worker``.

Celery carries hints, not jobs: one task that runs a job of the outbox by its id, one that sweeps. So losing Redis, a worker or beat
loses nothing but a few seconds.
"""

from __future__ import annotations

import contextlib
import threading
from functools import cache
from typing import TYPE_CHECKING
from uuid import UUID

import redis
from celery import Celery, signals

from app.kernel.clock import system_clock
from app.live.job_nudge import FIRST, LISTS, QUEUE, RUN, TRANSPORT, CeleryNudge, broker_url, priority
from app.settings import Settings, from_environment

if TYPE_CHECKING:
    from app.tasks.runner import Runner

#: renewed every third of its life; ``/healthz`` looks for it
ALIVE_KEY = "voltpact:alive:tasks"
ALIVE_S = 15
#: a job that was hinted at is not hinted at again for so long, unless Redis forgot
HINT_AGAIN_S = 15
#: with so many hints on the way, more would only be in the way
ENOUGH_HINTS = 2000
SWEEP_S = 5

settings: Settings = from_environment()

celery = Celery("voltpact", broker=broker_url(settings.redis_url))
celery.conf.update(
    task_default_queue=QUEUE,
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=1000,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    broker_connection_retry=True,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options=TRANSPORT | {"socket_timeout": 30.0},
    timezone="UTC",
    beat_schedule={"sweep": {"task": "voltpact.sweep", "schedule": SWEEP_S, "options": {"expires": SWEEP_S * 2, "priority": FIRST}}},
    beat_max_loop_interval=SWEEP_S,
)


@cache
def runner() -> Runner:
    """Engines and rooms of this process, made after the fork."""
    from app.db.engine import make_engine, make_sessions
    from app.live.redis_bus import RedisBus
    from app.tasks import registry
    from app.tasks.runner import Runner
    from app.work.unit import WorkRoom

    registry.load_all()
    bus, nudge = RedisBus.connect(settings.redis_url), CeleryNudge(settings.redis_url)
    web = make_engine(settings.web_database_url, pool_size=2, application="voltpact tasks")
    books = make_engine(settings.worker_database_url, pool_size=2, application="voltpact tasks")
    tenants = WorkRoom(make_sessions(web), system_clock, bus, nudge)
    return Runner(tenants, WorkRoom(make_sessions(books), system_clock, bus, nudge), books, system_clock)


@celery.task(name=RUN)
def run(job_id: str) -> str:
    """Run one job of the outbox."""
    return runner().run(UUID(job_id))


@celery.task(name="voltpact.sweep")
def sweep() -> int:
    """Write what is due by the schedule, and hint again at what waits."""
    from sqlalchemy.exc import DBAPIError

    from app.tasks import schedule

    try:
        return schedule.sweep(runner().books, system_clock(), hint, schedule.schedule_of(settings))
    except DBAPIError:
        # the database is away; the next sweep is five seconds off
        return -1


def hint(jobs: list[tuple[UUID, str]]) -> None:
    """Hint at jobs, given by id and name, that were not hinted at within the last seconds."""
    client = redis.Redis.from_url(settings.redis_url, socket_timeout=5)
    try:
        if sum(int(client.llen(name)) for name in LISTS) > ENOUGH_HINTS:
            return
        with client.pipeline(transaction=False) as pipeline:
            for job_id, _ in jobs:
                pipeline.set(f"voltpact:hinted:{job_id}", 1, nx=True, ex=HINT_AGAIN_S)
            fresh = [one for one, new in zip(jobs, pipeline.execute(), strict=True) if new]
    finally:
        client.close()
    for job_id, name in fresh:
        run.apply_async([str(job_id)], priority=priority(name))


def _beat_heart() -> None:
    """Renew the sign of life until the process ends."""
    client = redis.Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2)
    stop = threading.Event()
    while True:
        # no Redis, no sign of life: that is what health should say
        with contextlib.suppress(redis.RedisError):
            client.set(ALIVE_KEY, 1, ex=ALIVE_S)
        stop.wait(ALIVE_S / 3)


@signals.worker_init.connect
def _load_before_forking(**_: object) -> None:
    """The worker's processes share what is loaded now; beat, which only sends, loads none of it."""
    import app.tables  # noqa: F401 - all mappers
    from app.tasks import registry

    registry.load_all()


@signals.worker_ready.connect
def _show_life(**_: object) -> None:
    threading.Thread(target=_beat_heart, name="alive", daemon=True).start()
