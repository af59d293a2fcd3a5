"""Jobs about the network."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.network.access import JOB as ACCESS_JOB
from app.domain.network.access import write_access
from app.domain.network.access_rows import Access
from app.domain.network.counting import gather
from app.domain.network.fault_mail import FaultDigest, fault_digests
from app.domain.network.many import JOB, gone_from_reach, send_wishes
from app.domain.network.silence import announce_silence
from app.tasks.asker import act_for
from app.tasks.mailing import write_notice
from app.tasks.registry import job
from app.tasks.runner import report_progress
from app.text.locales import speaking
from app.text.words import gettext
from app.work.unit import Work


@job("network.silence")
def silence(work: Work) -> dict[str, Any]:
    """Show what has just fallen silent as without connection; the counts by state are few rows again."""
    gather(work)
    return {"stations": announce_silence(work)}


@job("network.fault_mail")
def fault_mail(work: Work) -> dict[str, Any]:
    """Tell technical contacts where it is switched on, and who chose it, what broke and what works again since the last mail."""
    return _tell(fault_digests(work), work)


@job("network.fault_mail_at_once")
def fault_mail_at_once(work: Work) -> dict[str, Any]:
    """The same for the partners alone whose service package says "at once"."""
    return _tell(fault_digests(work, at_once=True), work)


def _tell(digests: list[FaultDigest], work: Work) -> dict[str, Any]:
    for digest in digests:
        broken = sum(fault.faulted for fault in digest.faults)
        with speaking(digest.to.language):
            subject = gettext("%(partner)s: charge points report faults", partner=digest.partner_name)
            if not broken:
                subject = gettext("%(partner)s: all-clear", partner=digest.partner_name)
        write_notice(work, "faults", digest.to, "faults", subject, partner_id=digest.partner_id, d=digest)
    return {"mails": len(digests)}


@job(JOB)
def commands(
    work: Work, action: str, wish: str, stations: dict[str, str], left_out: list[list[str]], until: str, by: str, partner: str | None = None
) -> dict[str, Any]:
    """One command to many charge points (key and label), as far as who asked may still send it; nothing where one is no longer in sight."""
    report_progress(0, len(stations))
    act_for(work, by, partner)
    known = {UUID(key): label for key, label in stations.items()}
    if gone := gone_from_reach(work, known):
        return {"action": action, "keys": [], "left_out": left_out, "gone": gone}
    keys, also = send_wishes(work, action, wish, list(known), datetime.fromisoformat(until))
    return {"action": action, "keys": keys, "left_out": left_out + [[one.label, one.why] for one in also]}


@job(ACCESS_JOB)
def access(work: Work, change: str, wanted: list[Any], undo_of: str | None, by: str, partner: str | None = None) -> dict[str, Any]:
    """Who may charge at many charge points, as far as who asked may still say it (``wanted``: access, listed, groups, places, company)."""
    act_for(work, by, partner)
    kept: dict[UUID, Access] = {}
    for word, listed, groups, stations, company in wanted:
        kept |= {UUID(each): Access(word, listed, tuple(UUID(one) for one in groups), company) for each in stations}
    return {"changed": write_access(work, UUID(change), kept, UUID(undo_of) if undo_of else None)}
