"""Who may charge at a charge point, and whether drivers who look for a free place are shown it: to read (B10)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, text

from app.access.permissions import Permission
from app.domain.network.access_models import StationAccess
from app.domain.network.models import Station
from app.domain.people.models import Partner
from app.domain.people.queries import within
from app.domain.people.user_groups import UserGroup
from app.work.unit import Work


@dataclass(frozen=True, slots=True)
class Access:
    """Who may charge: everybody (``public``), the partner's own users (``own``), the users of ``group_ids`` (``groups``).

    ``company``: a company's driver charges on its account without saying so; else only who chose it.
    """

    access: str = "public"
    listed: bool = True
    group_ids: tuple[UUID, ...] = ()
    company: bool = True


@dataclass(frozen=True, slots=True)
class AccessRow:
    """The same for people: code and name of each group that the reader may see, by name."""

    access: str
    listed: bool
    groups: tuple[tuple[str, str], ...]
    company: bool = True


def access_rows(work: Work, station_ids: Collection[UUID]) -> dict[UUID, AccessRow]:
    """Of these charge points, found before. Two statements."""
    columns = (Station.id, Station.access, Station.listed, Station.access_groups, Station.company_default)
    found = work.session.execute(select(*columns).where(Station.id.in_(station_ids))).all()
    names = group_names(work, {key for row in found for key in row.access_groups})
    return {row.id: shown_access(access_of(row), names) for row in found}


def access_then(work: Work, station_id: UUID, at: datetime) -> tuple[AccessRow, datetime | None, str | None]:
    """What held at an instant at a charge point found before, since when and by whom (None: always). Two statements."""
    asked = select(StationAccess).where(StationAccess.station_id == station_id, StationAccess.set_at <= at)
    row = work.session.scalars(asked.order_by(StationAccess.set_at.desc(), StationAccess.id.desc()).limit(1)).one_or_none()
    if row is None:
        return AccessRow("public", listed=True, groups=()), None, None
    return shown_access(after_of(row), group_names(work, row.access_groups)), row.set_at, row.set_name


def groups_to_choose(work: Work) -> list[tuple[str, str]]:
    """Code and name of every group that may be let in: the operator's own and those of partners for whom the actor decides."""
    mine = or_(UserGroup.partner_id.is_(None), within(UserGroup.partner_id, work.scope(Permission.ACCESS_EDIT)))
    asked = select(UserGroup.code, UserGroup.name, Partner.name).outerjoin(Partner, Partner.id == UserGroup.partner_id)
    asked = asked.where(UserGroup.operator_id == work.operator_id, UserGroup.archived_at.is_(None), mine)
    rows = work.session.execute(asked.order_by(UserGroup.name, UserGroup.code))
    return [(code, name if owner is None else f"{name} ({owner})") for code, name, owner in rows]


def group_ids(work: Work, codes: Sequence[str]) -> tuple[UUID, ...]:
    """The keys of groups by their codes, in one order; a code nobody knows is left out."""
    asked = select(UserGroup.id).where(UserGroup.operator_id == work.operator_id, UserGroup.code.in_(codes))
    return tuple(work.session.scalars(asked.order_by(UserGroup.id)))


def may_card_charge(work: Work, station_id: UUID, card: str) -> bool:
    """Whether a card, known or not, is let in at a charge point found before. One statement."""
    asked = text(
        "select st.access = 'public' or coalesce(voltpact_may_use(st.access, st.access_groups, st.partner_id, st.id, t.id, t.value, "
        "t.partner_id, :now), false) from station st left join id_token t on t.operator_id = st.operator_id and t.value = upper(:card) "
        "and t.status = 'accepted' where st.id = :station"
    )
    return bool(work.session.scalar(asked, {"now": work.now, "card": card.strip(), "station": station_id}))


def group_names(work: Work, ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Code and name of groups by their keys; none: no statement."""
    if not ids:
        return {}
    rows = work.session.execute(select(UserGroup.id, UserGroup.code, UserGroup.name).where(UserGroup.id.in_(ids)))
    return {row.id: (row.code, row.name) for row in rows}


def shown_access(one: Access, names: dict[UUID, tuple[str, str]]) -> AccessRow:
    """As people read it; ``names``: of its groups."""
    return AccessRow(
        one.access,
        one.listed,
        tuple(sorted((names[key] for key in one.group_ids if key in names), key=lambda known: known[1])),
        one.company,
    )


def access_of(place: Any) -> Access:
    """What holds now, of a charge point or its columns."""
    return Access(place.access, place.listed, tuple(place.access_groups), place.company_default)


def after_of(row: StationAccess) -> Access:
    """What held from then on."""
    return Access(row.access, row.listed, tuple(row.access_groups), row.company)


def before_of(row: StationAccess) -> Access:
    """What held until then."""
    return Access(row.before_access, row.before_listed, tuple(row.before_groups), row.before_company)
