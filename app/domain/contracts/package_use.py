"""What a partner has in use that another service package would limit or promise otherwise: people, and faults that wait for an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.access.permissions import Permission
from app.domain.network.urgent import UrgentFault, partner_faults
from app.domain.people.checks import one_of
from app.domain.people.features import PACKAGES
from app.domain.people.general import find_partner
from app.domain.people.seats import people_of
from app.domain.people.service_packages import service_packages
from app.work.unit import Work


@dataclass(frozen=True, slots=True)
class PackageUse:
    """``people`` work in the account or are invited, ``room`` is for so many (None: for any number); faults whose answer is due at
    another time: now, and then (None: no time is promised)."""

    people: int
    room: int | None
    faults: list[tuple[UrgentFault, datetime | None]]

    @property
    def is_crowded(self) -> bool:
        """More people than there is room for."""
        return self.room is not None and self.people > self.room


def package_use(work: Work, code: str, after: str) -> PackageUse:
    """What the partner has in use, under the package of that name. Refuses ``unknown_choice``. Six statements."""
    partner = find_partner(work, code)
    work.require(Permission.PARTNER_EDIT, partner_id=partner.id)
    then = service_packages(work.session, work.operator_id)[one_of(after, PACKAGES, "package")]
    hours = None if then.response_hours is None else timedelta(hours=then.response_hours)
    dues = [(fault, None if hours is None else fault.since + hours) for fault in partner_faults(work, partner.id)]
    people = people_of(work.session, partner.id, work.now)
    return PackageUse(people, then.people_most, [(fault, due) for fault, due in dues if due != fault.due_at])
