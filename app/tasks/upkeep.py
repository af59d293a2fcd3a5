"""Housekeeping of the database: partitions ahead of time; old raw frames, readings, mails, attempts and finished jobs away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from app.tasks.registry import job
from app.work.unit import Work

#: finished jobs stay visible to those who asked for them for so long
KEEP_JOBS = timedelta(days=30)
#: used or unused, a link is worth nothing a day after it ended; attempts to sign in count for minutes
KEEP_TRACES = timedelta(days=1)
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


@job("upkeep.readings")
def drop_old_readings(work: Work, months: int) -> dict[str, Any]:
    """Readings older than the retention are gone, but for signed ones: what was billed by them can be checked as long as its receipt."""
    gone = work.session.execute(
        text(
            "delete from meter_reading where received_at < cast(:now as timestamptz) - make_interval(months => :months) and signed is null"
        ),
        {"now": work.now, "months": months},
    )
    return {"deleted": gone.rowcount}  # type: ignore[attr-defined]


@job("upkeep.traces")
def forget_traces(work: Work, mail_days: int) -> dict[str, Any]:
    """Mails older than the retention, attempts to sign in, links for a new password and invitations that nobody took are forgotten.

    Papers, entries and the log stay; a mail that is still to go out is not touched.
    """
    moments = {"mails": work.now - timedelta(days=mail_days), "traces": work.now - KEEP_TRACES}
    return {
        name: work.session.execute(text(statement), {kind: moments[kind]}).rowcount  # type: ignore[attr-defined]
        for name, kind, statement in _TRACES
    }


_TRACES = (
    ("mails", "mails", "delete from mail_message where created_at < :mails and state not in ('queued', 'waiting')"),
    ("invitations", "mails", "delete from invitation where expires_at < :mails and accepted_at is null"),
    ("attempts", "traces", "delete from sign_in_throttle where since < :traces and coalesce(blocked_until, since) < :traces"),
    ("resets", "traces", "delete from password_reset where expires_at < :traces"),
)


@job("upkeep.jobs")
def forget_finished_jobs(work: Work) -> dict[str, Any]:
    """Jobs that ended well some time ago are forgotten, those of the clock after a day; failed ones stay until somebody looks."""
    gone = text(
        "with gone as (delete from job where state in ('done', 'cancelled') "
        "and finished_at < case when key like 'scheduled:%' then :yesterday else :before end returning id) select count(*) from gone"
    )
    return {"deleted": work.session.scalar(gone, {"before": work.now - KEEP_JOBS, "yesterday": work.now - timedelta(days=1)})}
