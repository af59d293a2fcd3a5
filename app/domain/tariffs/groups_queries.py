"""Reading tariff groups, within what the actor may see. A constant number of statements each."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.access.permissions import Permission
from app.db.paging import PAGE, AnySelect, Page, take_page
from app.domain.people.models import Partner
from app.domain.people.queries import within
from app.domain.people.user_groups import UserGroup, UserGroupToken
from app.domain.tariffs.cascade_lines import Line, dead_lines
from app.domain.tariffs.groups_models import GroupAssignment, TariffGroup, TariffGroupDraft, TariffGroupLine, TariffGroupVersion
from app.domain.tariffs.groups_rows import GroupRow, GroupState, SheetRow, ShownLine, UserGroupRow
from app.domain.tariffs.models import Tariff, TariffAssignment
from app.kernel.errors import NotFound
from app.kernel.ids import read_code
from app.work.unit import Work

#: numbers of a list's rows at an instant: lines in force, places in force, next version, draft
_FACTS = text(
    """
    select g.id,
      (select count(*) from tariff_group_line l where l.version_id = (
         select v.id from tariff_group_version v where v.group_id = g.id and v.valid_from <= :at order by v.valid_from desc limit 1)),
      (select count(*) from tariff_assignment t where t.group_id = g.id and t.valid_from = (
         select max(u.valid_from) from tariff_assignment u where u.evse_id = t.evse_id and u.valid_from <= :at))
      + (select count(*) from group_assignment a where a.group_id = g.id and a.valid_from = (
         select max(u.valid_from) from group_assignment u where u.level = a.level and u.place_id = a.place_id and u.valid_from <= :at)),
      (select min(v.valid_from) from tariff_group_version v where v.group_id = g.id and v.valid_from > :at),
      exists (select from tariff_group_draft d where d.group_id = g.id)
    from tariff_group g where g.id = any (:ids)
    """
)


def _visible(work: Work) -> ColumnElement[bool]:
    """Own groups, and those that count at the actor's places (row-level security shows no other attachments)."""
    reach = work.scope(Permission.TARIFF_VIEW)
    if not isinstance(reach, frozenset):
        return TariffGroup.id.is_not(None)
    here = select(TariffAssignment.group_id).where(within(TariffAssignment.partner_id, reach), TariffAssignment.group_id.is_not(None))
    above = select(GroupAssignment.group_id).where(GroupAssignment.group_id.is_not(None))
    return or_(within(TariffGroup.partner_id, reach), TariffGroup.id.in_(here.union(above))) if reach else TariffGroup.id.is_(None)


def _statement(work: Work) -> AnySelect:
    statement: AnySelect = select(TariffGroup, Partner.name).outerjoin(Partner, Partner.id == TariffGroup.partner_id)
    return statement.where(TariffGroup.operator_id == work.operator_id, _visible(work))


def groups(work: Work, *, words: str = "", cursor: str | None = None, limit: int = PAGE) -> Page[GroupRow]:
    """Tariff groups by name. Three statements."""
    statement = _statement(work).where(TariffGroup.archived_at.is_(None))
    if words.strip():
        found = or_(TariffGroup.name.icontains(words.strip(), autoescape=True), TariffGroup.code == read_code("G", words))
        statement = statement.where(found)
    order = (TariffGroup.name, TariffGroup.id)
    page = take_page(work.session, statement, order, lambda r: (r.TariffGroup.name, r.TariffGroup.id), cursor=cursor, limit=limit)
    return Page(_filled(work, page.rows), page.before, page.after, page.total)


def group_by_code(work: Work, code: str) -> GroupRow:
    """A tariff group by its code; a foreign one is not found."""
    found = work.session.execute(_statement(work).where(TariffGroup.code == (read_code("G", code) or ""))).one_or_none()
    if found is None:
        raise NotFound
    return _filled(work, [found])[0]


def _filled(work: Work, rows: Iterable[Any]) -> list[GroupRow]:
    found = list(rows)
    facts = {row[0]: row[1:] for row in work.session.execute(_FACTS, {"at": work.now, "ids": [g.id for g, _ in found]})}
    return [_row(group, owner, *facts.get(group.id, (0, 0, None, False))) for group, owner in found]


def _row(group: TariffGroup, owner: str | None, lines: int, places: int, next_at: datetime | None, has_draft: bool) -> GroupRow:  # noqa: FBT001
    return GroupRow(
        id=group.id,
        code=group.code,
        name=group.name,
        currency=group.currency,
        partner_id=group.partner_id,
        owner=owner,
        archived=group.archived_at is not None,
        lines=lines,
        places=places,
        next_at=next_at,
        has_draft=has_draft,
    )


def group_versions(session: Session, group_id: UUID, limit: int = 20) -> list[GroupState]:
    """The last versions of a group, the newest first, those to come included. Two statements."""
    newest = select(TariffGroupVersion).where(TariffGroupVersion.group_id == group_id).order_by(TariffGroupVersion.valid_from.desc())
    found = list(session.scalars(newest.limit(limit)))
    lines = lines_of(session, [v.id for v in found])
    return [
        GroupState(
            lines=lines.get(v.id, ()),
            rest_tariff_id=v.rest_tariff_id,
            number=v.number,
            revision=-v.number,
            valid_from=v.valid_from,
            by=v.created_name,
            at=v.created_at,
        )
        for v in found
    ]


def lines_of(session: Session, version_ids: Collection[UUID]) -> dict[UUID, tuple[Line, ...]]:
    """The lines of versions, in order. One statement."""
    statement = select(TariffGroupLine).where(TariffGroupLine.version_id.in_(version_ids))
    lines: dict[UUID, tuple[Line, ...]] = {}
    for row in session.scalars(statement.order_by(TariffGroupLine.version_id, TariffGroupLine.position)):
        lines[row.version_id] = (*lines.get(row.version_id, ()), _line(row))
    return lines


def _line(row: TariffGroupLine) -> Line:
    return Line(
        tariff_id=row.tariff_id,
        channels=tuple(row.channels),
        own_users=row.own_users,
        user_group_id=row.user_group_id,
        plan=row.plan,
        provider=row.provider,
        first_day=row.first_day,
        last_day=row.last_day,
        reason=row.reason,
    )


def draft_of(session: Session, group_id: UUID) -> GroupState | None:
    """The lines being changed, None if nobody does. One statement."""
    row = session.scalars(select(TariffGroupDraft).where(TariffGroupDraft.group_id == group_id)).one_or_none()
    if row is None:
        return None
    lines = tuple(line_of_json(each) for each in row.lines)
    return GroupState(lines=lines, rest_tariff_id=row.rest_tariff_id, revision=row.revision, by=row.changed_name, at=row.changed_at)


def line_of_json(raw: dict[str, Any]) -> Line:
    """A line as drafts keep it."""
    keys = {name: UUID(raw[name]) if raw.get(name) else None for name in ("tariff_id", "user_group_id")}
    days = {name: date.fromisoformat(raw[name]) if raw.get(name) else None for name in ("first_day", "last_day")}
    return Line(**raw | keys | days | {"channels": tuple(raw["channels"])})


def sheets(work: Work, ids: Collection[UUID]) -> dict[UUID, SheetRow]:
    """Price sheets that lines name. One statement."""
    found = work.session.scalars(select(Tariff).where(Tariff.operator_id == work.operator_id, Tariff.id.in_(ids)))
    return {row.id: _sheet(row) for row in found}


def sheet_choices(work: Work, currency: str | None, partner_id: UUID | None) -> list[SheetRow]:
    """Price sheets that a group of that owner may name: the operator's that the actor sees, and the owner's. One statement."""
    reach = work.scope(Permission.TARIFF_VIEW)
    statement = select(Tariff).where(Tariff.operator_id == work.operator_id, Tariff.archived_at.is_(None))
    statement = statement.where(or_(Tariff.partner_id.is_(None), Tariff.partner_id == partner_id))
    if currency:
        statement = statement.where(Tariff.currency == currency)
    if isinstance(reach, frozenset) and not reach:
        return []
    return [_sheet(row) for row in work.session.scalars(statement.order_by(Tariff.name, Tariff.code).limit(500))]


def _sheet(row: Tariff) -> SheetRow:
    return SheetRow(
        id=row.id, code=row.code, name=row.name, currency=row.currency, partner_id=row.partner_id, archived=row.archived_at is not None
    )


def user_groups(work: Work, partner_id: UUID | None = None, *, every: bool = False) -> list[UserGroupRow]:
    """Groups of people a group of that owner may name: the operator's and the owner's; ``every``: all in sight. One statement."""
    cards = (
        select(func.count()).select_from(UserGroupToken).where(UserGroupToken.group_id == UserGroup.id, UserGroupToken.since <= work.now)
    )
    cards = cards.where(or_(UserGroupToken.until.is_(None), UserGroupToken.until > work.now))
    statement = select(UserGroup, cards.scalar_subquery()).where(UserGroup.operator_id == work.operator_id, UserGroup.archived_at.is_(None))
    if not every:
        statement = statement.where(or_(UserGroup.partner_id.is_(None), UserGroup.partner_id == partner_id))
    found = work.session.execute(statement.order_by(UserGroup.name, UserGroup.id).limit(200)).tuples()
    return [UserGroupRow(id=g.id, code=g.code, name=g.name, partner_id=g.partner_id, cards=count) for g, count in found]


def shown_lines(state: GroupState, named: dict[UUID, SheetRow], people: dict[UUID, str], today: date) -> list[ShownLine]:
    """The lines of a page, with what they name and why nobody reaches them."""
    dead = dead_lines(state.lines, today)
    return [
        ShownLine(
            number=number,
            line=line,
            sheet=named.get(line.tariff_id),
            people=people.get(line.user_group_id) if line.user_group_id else None,
            dead=dead.get(number),
        )
        for number, line in enumerate(state.lines, 1)
    ]


_NAMING = text(
    """
    select named.sheet, count(distinct v.group_id)
    from (
        select l.version_id, l.tariff_id as sheet from tariff_group_line l where l.tariff_id = any (:sheets)
        union
        select r.id, r.rest_tariff_id from tariff_group_version r where r.rest_tariff_id = any (:sheets)
    ) named
    join tariff_group_version v on v.id = named.version_id
    join tariff_group g on g.id = v.group_id and g.archived_at is null
    where v.valid_from >= coalesce((
        select max(u.valid_from) from tariff_group_version u where u.group_id = v.group_id and u.valid_from <= :at), :at)
    group by named.sheet
    """
).bindparams(bindparam("sheets", type_=ARRAY(Uuid)))


def groups_naming(session: Session, sheet_ids: Collection[UUID], at: datetime) -> dict[UUID, int]:
    """How many groups name each price sheet in a version that counts now or later; one that none names is left out. One statement."""
    return {row[0]: row[1] for row in session.execute(_NAMING, {"sheets": list(sheet_ids), "at": at})}
