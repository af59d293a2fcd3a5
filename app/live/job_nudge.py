"""Tells the task worker that jobs wait, through Redis. Only a hint: the jobs lie in the database, and a sweep finds what no hint named."""

from __future__ import annotations

import logging
import threading
import time
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from redis import RedisError

#: the one Celery task that runs jobs, and the queue it is read from
RUN = "voltpact.run"
QUEUE = "voltpact"
#: what somebody stands and waits for goes before papers, mails and months: payments, sessions, receipts, links to get in
_QUICK_ROOMS = ("payments.", "sessions.", "testprovider.")
_QUICK = frozenset({"documents.receipt", "people.reset", "contracts.preview"})
FIRST, LATER = 0, 5
#: after a failure nobody waits for a dead Redis again for so long
PAUSE_S = 2.0
#: short, since requests wait for it; no retries, since the sweep repairs
TRANSPORT = {"socket_timeout": 2.0, "socket_connect_timeout": 0.5, "visibility_timeout": 3600, "priority_steps": [FIRST, LATER], "sep": ":"}
#: the Redis lists behind the queue, the first one read first
LISTS = (QUEUE, f"{QUEUE}:{LATER}")

log = logging.getLogger(__name__)


def broker_url(redis_url: str) -> str:
    """The same Redis as Celery writes it: sockets have another scheme and name their database otherwise."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    number = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={number}"


def priority(name: str) -> int:
    """The place of a job of that name in the queue."""
    return FIRST if name in _QUICK or name.startswith(_QUICK_ROOMS) else LATER


class CeleryNudge:
    """Sends one hint per job after the commit. Never raises, never waits long. Safe to share between threads."""

    def __init__(self, redis_url: str) -> None:
        self._broker = broker_url(redis_url)
        self._lock = threading.Lock()
        self._closed_until = 0.0

    @cached_property
    def _celery(self) -> Any:
        # read with the first hint: half a second that no start has to wait for
        from celery import Celery

        celery = Celery("voltpact", broker=self._broker, set_as_current=False)
        celery.conf.update(task_default_queue=QUEUE, broker_transport_options=TRANSPORT, task_ignore_result=True)
        return celery

    def __call__(self, jobs: list[tuple[UUID, str]]) -> None:
        """Hint at these jobs, given by id and name."""
        from kombu.exceptions import KombuError

        if time.monotonic() < self._closed_until:
            return
        # one producer: web threads commit at the same time, and hints are short
        with self._lock:
            try:
                with self._celery.producer_or_acquire() as producer:
                    for job_id, name in jobs:
                        options = {"priority": priority(name), "retry": False, "ignore_result": True}
                        self._celery.send_task(RUN, args=[str(job_id)], producer=producer, **options)
            except (KombuError, RedisError, OSError) as error:
                self._closed_until = time.monotonic() + PAUSE_S
                log.warning("jobs wait for the sweep: %s", error)
