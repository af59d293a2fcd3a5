"""Jobs about the network."""

from __future__ import annotations

from typing import Any

from app.domain.network.fault_mail import fault_digests
from app.domain.network.silence import announce_silence
from app.tasks.mailing import write_notice
from app.tasks.registry import job
from app.text.locales import speaking
from app.text.words import gettext
from app.work.unit import Work


@job("network.silence")
def silence(work: Work) -> dict[str, Any]:
    """Show what has just fallen silent as without connection."""
    return {"stations": announce_silence(work)}


@job("network.fault_mail")
def fault_mail(work: Work) -> dict[str, Any]:
    """Tell technical contacts where it is switched on, and who chose it, what broke and what works again since the last mail."""
    digests = fault_digests(work)
    for digest in digests:
        broken = sum(fault.faulted for fault in digest.faults)
        with speaking(digest.to.language):
            subject = gettext("%(partner)s: charge points report faults", partner=digest.partner_name)
            if not broken:
                subject = gettext("%(partner)s: all-clear", partner=digest.partner_name)
        write_notice(work, "faults", digest.to, "faults", subject, partner_id=digest.partner_id, d=digest)
    return {"mails": len(digests)}
