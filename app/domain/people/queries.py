"""Partners, contacts and people to read. Lists answer with a constant number of statements and page by keyset."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, literal_column, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.access.actor import ALL, Reach
from app.access.permissions import Permission
from app.db.paging import PAGE, AnySelect, Page, take_page
from app.db.words import found_by
from app.domain.people.care_time import in_time_of_care
from app.domain.people.models import Contact, Membership, Operator, Partner, User
from app.domain.people.partner_filters import narrowed_by
from app.domain.people.rows import CONTACTS, Change, ContactRow, HistoryRow, MemberRow, PartnerFilter, PartnerRow
from app.kernel.errors import NotFound
from app.kernel.ids import read_code
from app.work.audit import AuditEntry
from app.work.unit import Work

PARENT = aliased(Partner, name="parent")
_COLUMNS = [f.name for f in fields(PartnerRow) if f.name not in {"parent_code", "parent_name"}]
#: what a partner's own history shows; sessions, states and commands have pages of their own
_HISTORY = (
    "partner", "contact", "membership", "driver", "invitation", "contract", "contract_version", "assignment", "location", "station",
    "tariff", "tariff_assignment", "tariff_group", "group_assignment", "bulk_assignment", "statement",
    "change_order",
)  # fmt: skip
#: and what staff read there besides
_STAFF_HISTORY = ("contract_draft", "partner_paper")


def within(column: ColumnElement[Any] | InstrumentedAttribute[Any], reach: Reach) -> ColumnElement[bool]:
    """The condition that rows belong to these partner accounts; ALL is no limit."""
    if not isinstance(reach, frozenset):
        return true()
    return column.in_(reach) if reach else false()


def partner_statement(work: Work, wanted: PartnerFilter) -> AnySelect:
    """Partner columns of a PartnerRow (as ``Partner`` and the parent's code and name), filtered and within the actor's reach."""
    columns: AnySelect = select(Partner, PARENT.code.label("parent_code"), PARENT.name.label("parent_name"))
    statement = columns.outerjoin(PARENT, PARENT.id == Partner.parent_id).where(
        Partner.operator_id == work.operator_id, within(Partner.id, work.scope(Permission.PARTNER_VIEW))
    )
    if wanted.text.strip():
        statement = statement.where(_matches(wanted.text))
    for column, value in ((Partner.state, wanted.state), (Partner.kind, wanted.kind), (Partner.country, wanted.country.upper())):
        if value:
            statement = statement.where(column == value)
    if wanted.parent_code:
        statement = statement.where(PARENT.code == wanted.parent_code)
    if wanted.manager:
        statement = statement.where(Partner.manager_id.is_(None) if wanted.manager == "none" else Partner.manager_id == work.actor.id)
    return statement.where(*narrowed_by(wanted, work.now))


def _matches(typed: str) -> ColumnElement[bool]:
    """Words of name, legal name, town, code or external id begin with those typed; case and accents do not matter."""
    code = read_code("P", typed)
    return Partner.code == code if code else found_by("found_partners", Partner.id, typed)


def folded_column(value: ColumnElement[str]) -> ColumnElement[str]:
    """The same of a column, in the database."""
    return func.regexp_replace(func.normalize(func.lower(value), literal_column("NFD")), "[\u0300-\u036f]", "", "g")


def partner_row(row: Any, *, with_notes: bool) -> PartnerRow:
    """The row of a ``partner_statement`` result."""
    values = {name: getattr(row.Partner, name) for name in _COLUMNS}
    if not with_notes:
        values["staff_notes"] = ""
    return PartnerRow(**values, parent_code=row.parent_code, parent_name=row.parent_name)


def partners(
    work: Work, wanted: PartnerFilter, *, cursor: str | None = None, limit: int = PAGE, also: Sequence[ColumnElement[bool]] = ()
) -> Page[PartnerRow]:
    """Partners by name; ``also``: conditions on ``Partner`` of other rooms. Two statements."""
    statement = partner_statement(work, wanted).where(*also)
    page = take_page(
        work.session, statement, (Partner.name, Partner.id), lambda r: (r.Partner.name, r.Partner.id), cursor=cursor, limit=limit
    )
    staff = sees_notes(work)
    return Page([partner_row(row, with_notes=staff) for row in page.rows], page.before, page.after, page.total)


def sees_notes(work: Work) -> bool:
    """Staff notes are for those who see every partner of the operator."""
    return work.scope(Permission.PARTNER_VIEW) is ALL


def partner_by_code(work: Work, code: str) -> PartnerRow:
    """The partner of that code, typed as people type; ``NotFound`` also for a foreign one."""
    statement = partner_statement(work, PartnerFilter()).where(Partner.code == (read_code("P", code) or ""))
    row = work.session.execute(statement).one_or_none()
    if row is None:
        raise NotFound
    return partner_row(row, with_notes=sees_notes(work))


def partner_countries(work: Work) -> list[str]:
    """Countries in which partners within sight are, for a filter."""
    seen = within(Partner.id, work.scope(Permission.PARTNER_VIEW))
    return list(work.session.scalars(select(Partner.country).where(Partner.operator_id == work.operator_id, seen).distinct()))


def sub_operators(work: Work) -> list[tuple[str, str]]:
    """Code and name of every sub-operator that may be a parent, by name."""
    statement = partner_statement(work, PartnerFilter(kind="sub_operator")).where(Partner.state != "closed").order_by(Partner.name)
    return [(row.Partner.code, row.Partner.name) for row in work.session.execute(statement)]


def contacts(work: Work, partner_id: UUID) -> dict[str, list[ContactRow]]:
    """The contacts by each of the three kinds, as they were named."""
    statement = select(Contact).where(Contact.partner_id == partner_id, within(Contact.partner_id, work.scope(Permission.PARTNER_VIEW)))
    found = list(work.session.scalars(statement.order_by(Contact.id)))
    return {kind: [contact_row(c) for c in found if c.kind == kind] for kind in CONTACTS}


def with_contact(work: Work, partner_ids: Collection[UUID], kind: str) -> frozenset[UUID]:
    """Which of the partners name a contact of that kind. One statement."""
    statement = select(Contact.partner_id).where(Contact.partner_id.in_(partner_ids), Contact.kind == kind)
    return frozenset(key for key in work.session.scalars(statement) if key is not None)


def contact_row(contact: Contact) -> ContactRow:
    """The row of a contact."""
    return ContactRow(
        id=contact.id,
        kind=contact.kind,
        person=contact.person,
        email=contact.email,
        phone=contact.phone,
        language=contact.language,
        hours=contact.hours,
        orders=tuple(contact.orders),
        confirmed_at=contact.confirmed_at,
        asked=contact.token_hash is not None,
    )


def members(work: Work, partner_id: UUID) -> list[MemberRow]:
    """People with a role in the account now, by name."""
    rows = work.session.execute(
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.partner_id == partner_id, Membership.ended_at.is_(None))
        .where(within(Membership.partner_id, work.scope(Permission.USER_VIEW)))
        .order_by(func.lower(User.name), Membership.id)
    )
    return [member_row(m, u) for m, u in rows]


def linked_accounts(work: Work, partner_id: UUID) -> dict[UUID, list[tuple[str, str]]]:
    """By person of the account the other partner accounts within sight they work in: code and name, by name. One statement."""
    here = aliased(Membership)
    rows = work.session.execute(
        select(Membership.user_id, Partner.code, Partner.name)
        .join(Partner, Partner.id == Membership.partner_id)
        .join(here, here.user_id == Membership.user_id)
        .where(here.partner_id == partner_id, here.ended_at.is_(None), Membership.partner_id != partner_id, Membership.ended_at.is_(None))
        .where(within(Membership.partner_id, work.scope(Permission.USER_VIEW)))
        .order_by(func.lower(Partner.name), Partner.code)
    )
    found: dict[UUID, list[tuple[str, str]]] = {}
    for user_id, code, name in rows:
        found.setdefault(user_id, []).append((code, name))
    return found


def staff(work: Work) -> list[MemberRow]:
    """The operator's own people, by name."""
    work.require(Permission.STAFF_EDIT)
    rows = work.session.execute(
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.operator_id == work.operator_id, Membership.partner_id.is_(None), Membership.ended_at.is_(None))
        .order_by(func.lower(User.name), Membership.id)
    )
    return [member_row(m, u) for m, u in rows]


def member_row(membership: Membership, person: User) -> MemberRow:
    """The row of somebody with a role."""
    return MemberRow(
        id=membership.id,
        user_id=person.id,
        name=person.name,
        email=person.email,
        role=membership.role,
        location_ids=None if membership.location_ids is None else tuple(membership.location_ids),
        networks=None if membership.networks is None else tuple(membership.networks),
        since=membership.created_at,
        last_sign_in_at=person.last_sign_in_at,
        can_sign_in=(person.password_hash is not None or person.second_factor_at is not None) and person.disabled_at is None,
        has_second_factor=person.second_factor_at is not None,
    )


def history(work: Work, partner_id: UUID, *, cursor: str | None = None, limit: int = PAGE) -> Page[HistoryRow]:
    """What was changed about a partner, newest first; a partner reads its own, without staff's notes and drafts.

    A sub-operator's people read of a partner what is of the time of their care.
    """
    statement = select(AuditEntry).where(
        AuditEntry.operator_id == work.operator_id,
        AuditEntry.partner_id == partner_id,
        AuditEntry.subject_kind.in_((*_HISTORY, *_STAFF_HISTORY) if sees_notes(work) else _HISTORY),
        within(AuditEntry.partner_id, work.scope(Permission.PARTNER_VIEW)),
        in_time_of_care(work, AuditEntry.partner_id, AuditEntry.at),
    )
    page = take_page(
        work.session,
        statement,
        (AuditEntry.at, AuditEntry.id),
        lambda r: (r.AuditEntry.at.isoformat(), r.AuditEntry.id),
        cursor=cursor,
        limit=limit,
        descending=True,
    )
    hidden = frozenset() if sees_notes(work) else frozenset({"staff_notes"})
    return Page([history_row(row.AuditEntry, hidden) for row in page.rows], page.before, page.after, page.total)


#: by kind of actor; the house itself acts in jobs, and for what follows from an act on a page
_WAYS = {"user": "page", "program": "api", "station": "station", "driver": "driver", "nobody": "link"}


def history_row(entry: AuditEntry, hidden: frozenset[str] = frozenset()) -> HistoryRow:
    """The row of a log entry; fields in ``hidden`` are left out."""
    before, after = entry.facts.get("before") or {}, entry.facts.get("after") or {}
    names = [name for name in {**before, **after} if name not in hidden]
    return HistoryRow(
        id=entry.id,
        at=entry.at,
        act=entry.act,
        actor_name=entry.actor_name,
        actor_kind=entry.actor_kind,
        on_behalf_of=entry.on_behalf_of,
        way=_WAYS.get(entry.actor_kind) or ("page" if entry.address is not None else "job"),
        facts={name: value for name, value in entry.facts.items() if name not in {"before", "after"}},
        changes=tuple(Change(name, before.get(name), after.get(name)) for name in names),
    )


def edits_since(work: Work, partner_id: UUID, version: int) -> list[AuditEntry]:
    """Log entries of edits after the state of that number, oldest first: what a form did not know."""
    statement = (
        select(AuditEntry)
        .where(AuditEntry.partner_id == partner_id, AuditEntry.subject_kind == "partner", AuditEntry.act == "PartnerEdited")
        .where(AuditEntry.facts["version"].as_integer() > version)
        .order_by(AuditEntry.at, AuditEntry.id)
    )
    return list(work.session.scalars(statement))


def operator_defaults(work: Work) -> dict[str, str]:
    """What a new partner's form starts with: country, language, time zone and currency of the operator."""
    owner = work.session.get_one(Operator, work.operator_id)
    return {"country": owner.country, "language": owner.language, "time_zone": owner.time_zone, "currency": owner.currency}
