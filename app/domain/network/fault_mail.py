"""Faults and all-clears since the last mail, per partner that wants them; gathered, so that a flapping plug is one line."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.domain.network.kept_models import FaultNotice
from app.domain.people.features import features_at, features_of_operator
from app.domain.people.models import Partner
from app.domain.people.notices import Receiver, partners_wishing, receivers
from app.domain.people.service_packages import partners_having, service_packages
from app.work.locks import hold
from app.work.unit import Work

#: the first mail of a partner looks back so far
_FIRST = timedelta(minutes=10)
#: and no mail further, however long nobody wanted any
_LONGEST = timedelta(days=1)

_CHANGES = text(
    """
    select c.partner_id, s.label, e.number, l.name as place, c.status, c.error_code, c.error_info, c.at, s.location_id,
      count(*) over w as times,
      row_number() over (partition by c.connector_id order by c.received_at desc, c.id desc) as newest
    from status_change c
    join station s on s.id = c.station_id join connector k on k.id = c.connector_id join evse e on e.id = k.evse_id
    left join location l on l.id = s.location_id
    left join lateral (select p.status from status_change p where p.connector_id = c.connector_id and p.at < c.at
                       order by p.at desc limit 1) before on true
    where c.partner_id = any(:partners) and c.received_at > :since and c.received_at <= :until
      and c.at > cast(:since as timestamptz) - interval '1 day'
      and (c.status = 'Faulted' or before.status = 'Faulted')
    window w as (partition by c.connector_id)
    order by s.label, e.number
    """
).bindparams(bindparam("partners", type_=ARRAY(Uuid)))


@dataclass(frozen=True, slots=True)
class Fault:
    """The last change of one EVSE's plug: broken or working again, and how many such changes were gathered."""

    evse: str
    place: str
    faulted: bool
    code: str
    info: str
    at: datetime
    times: int
    location_id: UUID | None


@dataclass(frozen=True, slots=True)
class FaultDigest:
    """What somebody of a partner is told in one mail."""

    partner_id: UUID
    partner_name: str
    time_zone: str
    to: Receiver
    faults: tuple[Fault, ...]


def fault_digests(work: Work, *, at_once: bool = False) -> list[FaultDigest]:
    """Everything not told yet, marked as told in this unit of work: to technical contacts where the switch is on, and to who chose it.

    ``at_once``: of the partners alone whose service package says so.
    """
    hold(work.session, "fault mail", work.operator_id)
    prompt = _prompt(work) if at_once else None
    if prompt is None:
        switches = features_of_operator(work.session, work.operator_id, work.now)
    else:
        switches = features_at(work.session, prompt, work.now)
    switched = {key: row.valid_from or work.now - _FIRST for key, row in switches.items() if row.fault_mail}
    wishing = partners_wishing(work, "faults")
    wanting = list(switched.keys() | (wishing if prompt is None else wishing & prompt))
    if not wanting:
        return []
    partners = {p.id: p for p in work.session.scalars(select(Partner).where(Partner.id.in_(wanting)))}
    marks = {m.partner_id: m for m in work.session.scalars(select(FaultNotice).where(FaultNotice.partner_id.in_(wanting)))}
    told = receivers(work, "faults", wanting, switched.keys())
    found: list[FaultDigest] = []
    for since, ids in _windows(work, wanting, marks, switched).items():
        for partner_id, faults in _faults(work, ids, since).items():
            partner = partners[partner_id]
            for to in told[partner_id]:
                seen = tuple(f for f in faults if to.locations is None or f.location_id in to.locations)
                if seen:
                    found.append(FaultDigest(partner_id, partner.name, partner.time_zone, to, seen))
    return found


def _prompt(work: Work) -> set[UUID]:
    """Partners whose service package says that faults are mailed at once."""
    packages = service_packages(work.session, work.operator_id)
    return set(partners_having(work.session, work.operator_id, [name for name, row in packages.items() if row.faults_at_once]))


def _windows(work: Work, wanting: list[UUID], marks: dict[Any, FaultNotice], switched: dict[UUID, datetime]) -> dict[datetime, list[UUID]]:
    """Partners by the instant from which they are told; the marks move to now."""
    windows: dict[datetime, list[UUID]] = defaultdict(list)
    for partner_id in wanting:
        mark = marks.get(partner_id)
        if mark is None:
            windows[max(work.now - _FIRST, switched.get(partner_id, work.now - _FIRST))].append(partner_id)
            work.session.add(FaultNotice(operator_id=work.operator_id, partner_id=partner_id, told_until=work.now))
        else:
            windows[max(mark.told_until, work.now - _LONGEST)].append(partner_id)
            mark.told_until = work.now
    work.session.flush()
    return windows


def _faults(work: Work, partner_ids: list[UUID], since: datetime) -> dict[UUID, list[Fault]]:
    rows = work.session.execute(_CHANGES, {"partners": partner_ids, "since": since, "until": work.now})
    found: dict[UUID, list[Fault]] = defaultdict(list)
    for row in rows:
        if row.newest == 1:
            fault = Fault(
                evse=f"{row.label}/{row.number}",
                place=row.place or "",
                faulted=row.status == "Faulted",
                code=row.error_code or "",
                info=row.error_info or "",
                at=row.at,
                times=row.times,
                location_id=row.location_id,
            )
            found[row.partner_id].append(fault)
    return found
