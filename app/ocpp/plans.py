"""Prepared statements keep their plan for hours; here they are made to look at the tables again every few seconds.

A plan made while the tables of a new installation are empty reads them whole, and would go on doing so when they have grown, until the
next statistics. Planning again costs some milliseconds.
"""

from __future__ import annotations

import time
from typing import Any, Final

EVERY_S: Final = 5.0
FIRST_S: Final = 0.25
_WHEN: Final = "planned_at"


def plan_once(connection: Any, _record: Any) -> None:
    """For a pool's ``connect``: prepared statements keep one plan for any number of rows, instead of planning nine joins every time."""
    with connection.transaction(), connection.cursor() as cur:
        cur.execute("set plan_cache_mode = force_generic_plan")


def plan_again(connection: Any, record: Any, _proxy: Any) -> None:
    """For a pool's ``checkout``: forget this connection's plans if they are old."""
    now = time.monotonic()
    if now - record.info.get(_WHEN, now - EVERY_S) >= EVERY_S:
        record.info[_WHEN] = now
        with connection.transaction(), connection.cursor() as cur:
            cur.execute("discard plans")


class Planner:
    """The same for a connection that is never given back; asked inside each transaction.

    Soon at first: the tables of a new installation grow a thousandfold within its first seconds.
    """

    def __init__(self) -> None:
        self._at = time.monotonic()
        self._every_s = FIRST_S

    def plan_again(self, cur: Any) -> None:
        """Forget the plans if they are old."""
        now = time.monotonic()
        if now - self._at >= self._every_s:
            self._at = now
            self._every_s = min(2 * self._every_s, EVERY_S)
            cur.execute("discard plans")
