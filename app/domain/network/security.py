"""The security profile of a charge point: raised by a person, never lowered (T14)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.access.permissions import Permission
from app.domain.network.models import Station
from app.domain.network.queries import station_by_label
from app.kernel.errors import Conflict
from app.kernel.events import Event
from app.work.unit import Work

#: a password that travels over TLS only
TLS: Final = 2


@dataclass(frozen=True, kw_only=True)
class TlsRequired(Event):
    """A charge point is let in over TLS only from now on."""

    label: str
    before: int
    after: int


def require_tls(work: Work, label: str, *, ends_tls: bool) -> None:
    """From now on the charge point is let in over TLS only; a link without it ends within a minute. Twice is once.

    ``ends_tls``: a trusted proxy in front of the OCPP worker ends TLS; without one the charge point could never come in:
    ``no_tls_proxy``.
    """
    found = station_by_label(work, label)
    work.require(Permission.NETWORK_EDIT, partner_id=found.partner_id, location_id=found.location_id)
    if found.retired_at is not None:
        raise Conflict("station_retired", label=found.label)
    if not ends_tls:
        raise Conflict("no_tls_proxy")
    place = work.session.get_one(Station, found.station_id, with_for_update={"key_share": True})
    before, place.security_profile = place.security_profile, TLS
    if before != TLS:
        work.record(
            TlsRequired(
                operator_id=place.operator_id,
                partner_id=place.partner_id,
                subject=("station", place.id),
                label=place.label,
                before=before,
                after=TLS,
            )
        )
