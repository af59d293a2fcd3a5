"""Staff see the page behind a label as a driver sees it (ux 1.7): at the price of a kind of driver; nothing starts.

Kept in the browser's session beside the preview of a partner's portal; ``portal_driver/doors.at_evse`` asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import session

from app.access.permissions import Permission
from app.domain.contracts.grants import load_actor
from app.domain.contracts.previews import PointSeen, begin_driver_preview, end_driver_preview
from app.domain.tariffs.cascade_lines import Who
from app.domain.tariffs.cascade_tester import Kind
from app.kernel.errors import NotAllowed
from app.web.database import aside, room
from app.web.signin import current_person, current_work
from app.web.tariff_group_pages import kind_word
from app.work.unit import Work

_KEY = "driver_preview"


@dataclass(frozen=True, slots=True)
class Riding:
    """The preview of this browser at one EVSE: which kind of driver, when, until when. ``at`` None: now."""

    point: PointSeen
    kind: Kind
    at: datetime | None
    until: datetime
    operator_id: UUID

    @property
    def word(self) -> str:
        """The kind of driver in words."""
        return kind_word(self.kind)


def riding() -> Riding | None:
    """What this browser began and has not ended."""
    kept = session.get(_KEY) or {}
    try:
        channel, home_id, groups, plan, provider, words = kept["who"]
        who = Who(channel, UUID(home_id) if home_id else None, tuple(UUID(each) for each in groups), plan, provider, tuple(words))
        partner_id, at = kept["partner_id"], kept["at"]
        point = PointSeen(
            UUID(kept["station_id"]), UUID(kept["evse_id"]), UUID(partner_id) if partner_id else None, kept["partner"], kept["station"],
            kept["number"], kept["zone"],
        )  # fmt: skip
        found = Kind(kept["kind"], who, kept["name"])
        past = datetime.fromisoformat(at) if at else None
        return Riding(point, found, past, datetime.fromisoformat(kept["until"]), UUID(kept["operator_id"]))
    except (KeyError, TypeError, ValueError):
        return None


def begin_riding(point: PointSeen, kind: Kind, at: datetime | None) -> None:
    """Begin; what ran before in this browser ends."""
    work = current_work()
    end_riding(work)
    until = begin_driver_preview(work, point, at)
    channel, home_id, groups, plan, provider, words = kind.who
    session[_KEY] = {
        "who": [channel, str(home_id) if home_id else None, [str(each) for each in groups], plan, provider, list(words)],
        "kind": kind.key, "name": kind.name, "at": at.isoformat() if at else None, "until": until.isoformat(),
        "operator_id": str(work.operator_id), "station_id": str(point.station_id), "evse_id": str(point.evse_id),
        "partner_id": str(point.partner_id) if point.partner_id else None, "partner": point.partner, "station": point.station,
        "number": point.number, "zone": point.zone,
    }  # fmt: skip


def end_riding(work: Work) -> Riding | None:
    """End the one that runs; which it was. ``work`` is that of the staff who began it."""
    found = riding()
    session.pop(_KEY, None)
    if found is not None:
        end_driver_preview(work, found.point)
    return found


def riding_at(evse_id: UUID) -> Riding | None:
    """The preview, if it is of that EVSE, still runs and whoever began it may still look; one whose time is over ends here."""
    found, person = riding(), current_person()
    if found is None or person is None or found.point.evse_id != evse_id:
        return None
    staff = load_actor(current_work().session, person.user_id, operator_id=found.operator_id)
    if room().clock() >= found.until:
        with aside(staff) as apart:
            end_riding(apart)
        raise NotAllowed("preview_over")
    Work(current_work().session, staff, current_work().now).require(Permission.PREVIEW_AS)
    return found
