"""Price changes told to the partners at whose EVSEs they count: gathered over some minutes, one mail per partner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from app.access.permissions import Permission
from app.domain.people.features import Features, features_at
from app.domain.people.models import Partner
from app.domain.people.notices import Receiver, receivers
from app.domain.tariffs.cascade import HELD, SAYS
from app.domain.tariffs.models import Tariff as TariffSheet
from app.domain.tariffs.models import TariffVersion
from app.domain.tariffs.moving import PriceMove, moves
from app.domain.tariffs.queries import stored_terms
from app.money.terms import Tariff
from app.work.unit import Work

#: changes within so many minutes are one mail
GATHERED = timedelta(minutes=5)
#: a change that was made at the end of the minutes may be stored a little later
_SLACK = timedelta(minutes=1)

#: by sheet who holds the EVSEs where it counts at an instant, for whomever; wants :at, :operator and :sheets
_HOLDERS = text(
    f"""
    select distinct named.sheet, held_by.id
    from (select cast(:at as timestamptz) as at) w
    join evse e on e.operator_id = :operator
    join station st on st.id = e.station_id and st.retired_at is null
    join operator o on o.id = e.operator_id
    left join location l on l.id = st.location_id
    {HELD}
    join lateral (
        select c.tariff_id, c.group_id from ({SAYS}) c
        where c.tariff_id is not null or c.group_id is not null order by c.rank limit 1
    ) chosen on true
    left join lateral (
        select v.id, v.rest_tariff_id from tariff_group_version v
        where v.group_id = chosen.group_id and v.valid_from <= w.at order by v.valid_from desc limit 1
    ) gv on true
    join lateral (
        select chosen.tariff_id as sheet
        union select gv.rest_tariff_id
        union select x.tariff_id from tariff_group_line x where x.version_id = gv.id
    ) named on named.sheet = any (:sheets)
    where held_by.id is not null
    """  # noqa: S608 - constants
).bindparams(bindparam("sheets", type_=ARRAY(Uuid)))


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange:
    """New prices of a sheet from an instant on, or (``withdrawn``) planned ones that will not come; ``before``: what counts until then."""

    tariff_id: UUID
    code: str
    name: str
    valid_from: datetime
    withdrawn: bool
    before: Tariff | None
    after: Tariff


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceNews:
    """What somebody of a partner is told at once, the next change first; times by the partner's clock."""

    partner_id: UUID
    partner_code: str
    partner_name: str
    time_zone: str
    to: Receiver
    changes: tuple[PriceChange, ...]
    moves: tuple[PriceMove, ...] = ()

    @property
    def only_withdrawn(self) -> bool:
        """Nothing becomes other than it is: what was planned will not come."""
        return all(change.withdrawn for change in self.changes) and all(move.withdrawn for move in self.moves)


def tell_later(work: Work) -> None:
    """Want the mails of the minutes that this unit of work falls in; however many changes want them, they are one job."""
    since = work.now - timedelta(seconds=work.now.timestamp() % GATHERED.total_seconds())
    until = since + GATHERED
    key = f"tariffs.tell:{work.operator_id}:{int(since.timestamp())}"
    work.later("tariffs.tell", key=key, due_at=until + _SLACK, since=since, until=until)


def price_news(work: Work, since: datetime, until: datetime) -> list[PriceNews]:
    """What changed in these minutes, for every partner that it concerns and that wants to know; for the mails' job.

    That is terms of sheets, and which sheet or group EVSEs have. What was published and withdrawn within them is not told at all.
    """
    work.require(Permission.TARIFF_VIEW)
    concerned: dict[UUID, list[PriceChange]] = defaultdict(list)
    starting: dict[datetime, list[PriceChange]] = defaultdict(list)
    for change in _changes(work, since, until):
        starting[change.valid_from].append(change)
    for at, changes in starting.items():
        holders = _holders(work, at, {each.tariff_id for each in changes})
        for change in changes:
            for partner_id in holders[change.tariff_id]:
                concerned[partner_id].append(change)
    return _addressed(work, concerned, moves(work, since, until))


def _changes(work: Work, since: datetime, until: datetime) -> list[PriceChange]:
    """Terms published or withdrawn in these minutes, by their start; a sheet's first terms change nothing. One statement."""
    v, earlier = TariffVersion, aliased(TariffVersion)
    before = (
        select(earlier.terms)
        .where(earlier.tariff_id == v.tariff_id, earlier.valid_from < v.valid_from, earlier.withdrawn_at.is_(None))
        .order_by(earlier.valid_from.desc())
        .limit(1)
        .scalar_subquery()
    )
    published = (v.created_at >= since) & (v.created_at < until) & v.withdrawn_at.is_(None) & (v.number > 1)
    withdrawn = (v.withdrawn_at >= since) & (v.withdrawn_at < until) & (v.created_at < since)
    rows = work.session.execute(
        select(v, TariffSheet, before)
        .join(TariffSheet, TariffSheet.id == v.tariff_id)
        .where(v.operator_id == work.operator_id, published | withdrawn)
        .order_by(v.valid_from, TariffSheet.name, TariffSheet.id)
    )
    found = [_change(*row) for row in rows.tuples()]
    return [each for each in found if each is not None]


def _change(version: TariffVersion, sheet: TariffSheet, before: dict[str, Any] | None) -> PriceChange | None:
    after = stored_terms(version.terms)
    if after is None:
        return None
    return PriceChange(
        tariff_id=sheet.id,
        code=sheet.code,
        name=sheet.name,
        valid_from=version.valid_from,
        withdrawn=version.withdrawn_at is not None,
        before=stored_terms(before),
        after=after,
    )


def _holders(work: Work, at: datetime, sheets: Collection[UUID]) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for sheet, partner_id in work.session.execute(_HOLDERS, {"at": at, "operator": work.operator_id, "sheets": list(sheets)}):
        found[sheet].add(partner_id)
    return found


def _addressed(work: Work, concerned: dict[UUID, list[PriceChange]], moved: dict[UUID, list[PriceMove]]) -> list[PriceNews]:
    """To the administrative contacts of those whose switch is on and to who chose it, by the partner's name. Four statements."""
    ids = concerned.keys() | moved.keys()
    switches = features_at(work.session, list(ids), work.now)
    told = receivers(work, "price_change", ids, [key for key in ids if switches.get(key, Features()).price_mail])
    rows = select(Partner).where(Partner.id.in_(ids), Partner.state != "closed").order_by(Partner.name, Partner.id)
    return [
        PriceNews(
            partner_id=partner.id,
            partner_code=partner.code,
            partner_name=partner.name,
            time_zone=partner.time_zone,
            to=to,
            changes=tuple(concerned[partner.id]),
            moves=tuple(moved[partner.id]),
        )
        for partner in work.session.scalars(rows)
        for to in told[partner.id]
    ]
