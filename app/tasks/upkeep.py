"""Housekeeping of the database: partitions ahead of time, old raw frames and finished jobs away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from app.tasks.registry import job
from app.work.unit import Work

#: finished jobs stay visible to those who asked for them for so long
KEEP_JOBS = timedelta(days=30)
#: partitions are made so far ahead
AHEAD = timedelta(days=40)


@job("upkeep.partitions")
def make_partitions(work: Work) -> dict[str, Any]:
    """Partitions of the message log (days) and of the readings (months) exist well before they are written to."""
    today = work.now.date()
    made = work.session.scalar(
        text("select voltpact_ensure_partitions(:first, :last)"), {"first": today - timedelta(days=1), "last": today + AHEAD}
    )
    return {"made": made}


@job("upkeep.message_log")
def drop_old_frames(work: Work, days: int) -> dict[str, Any]:
    """Raw frames older than the retention are gone, a day's partition at a time."""
    before = work.now.date() - timedelta(days=days)
    return {"dropped": work.session.scalar(text("select voltpact_drop_message_log(:before)"), {"before": before})}


@job("upkeep.jobs")
def forget_finished_jobs(work: Work) -> dict[str, Any]:
    """Jobs that ended well some time ago are forgotten, those of the clock after a day; failed ones stay until somebody looks."""
    gone = text(
        "with gone as (delete from job where state in ('done', 'cancelled') "
        "and finished_at < case when key like 'scheduled:%' then :yesterday else :before end returning id) select count(*) from gone"
    )
    return {"deleted": work.session.scalar(gone, {"before": work.now - KEEP_JOBS, "yesterday": work.now - timedelta(days=1)})}
