"""Drivers to read: the list by name, one driver with cards and balance, imports. Lists take a constant number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.access.permissions import Permission
from app.db.paging import PAGE, AnySelect, Page, take_page
from app.db.words import folded
from app.domain.drivers.models import Driver, DriverCharge, DriverImport, DriverTopUp
from app.domain.drivers.rows import CardRow, DriverFilter, DriverRow, ImportRow, TopUpRow
from app.domain.ledger.queries import owed_on
from app.domain.people.features import Corporate, corporates_at
from app.domain.people.models import Partner
from app.domain.people.queries import folded_column, within
from app.domain.people.user_groups import UserGroup
from app.kernel.errors import NotFound
from app.kernel.ids import read_code
from app.kernel.periods import local_date
from app.money.amount import Money
from app.money.balances import driver_balance
from app.work.unit import Work

_FACTS = text(
    """
    select d.id,
      (select coalesce(sum(c.company_minor), 0) from driver_charge c where c.driver_id = d.id and c.on_account
         and c.month = date_trunc('month', cast(:now as timestamptz) at time zone p.time_zone)::date) as used,
      (select count(*) from id_token t where t.driver_id = d.id and t.status = 'accepted') as cards
    from driver d join partner p on p.id = d.partner_id where d.id = any(:ids)
    """
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))
_DEBTS = text(
    "select d.id, o.currency, sum(o.minor) from unnest(:ids) d (id) cross join lateral voltpact_open_parts(d.id) o "
    "group by 1, 2 order by 1, 2"
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))
_LAST = text(
    "select d.id, (select max(s.started_at) from charging_session s where s.driver_id = d.id) from driver d where d.id = any(:ids)"
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))
_CARDS = text(
    """
    select t.id, t.value, t.label, t.status, (select max(s.started_at) from charging_session s
      where s.driver_id = t.driver_id and upper(s.id_token) = t.value) as last_used_at, t.limits
    from id_token t where t.driver_id = :driver order by t.status, t.created_at desc
    """
)


def drivers(work: Work, partner_id: UUID, *, words: str = "", cursor: str | None = None, limit: int = PAGE) -> Page[DriverRow]:
    """Drivers of a partner by name; ``words`` find name and address. Seven statements."""
    work.require(Permission.DRIVER_VIEW, partner_id=partner_id)
    return _page(work, _asked(words).where(Driver.partner_id == partner_id), cursor, limit)


def all_drivers(work: Work, wanted: DriverFilter, *, cursor: str | None = None, limit: int = PAGE) -> Page[DriverRow]:
    """Drivers of every partner within reach, by name. Eight statements, however many rows."""
    statement = _asked(wanted.text).where(within(Driver.partner_id, work.scope(Permission.DRIVER_VIEW)))
    statement = statement.where(Driver.operator_id == work.operator_id)
    if wanted.state:
        statement = statement.where(Driver.state == wanted.state)
    if wanted.company:
        none = Driver.company_state.is_(None)
        statement = statement.where(none if wanted.company == "none" else Driver.company_state == wanted.company)
    if wanted.partner:
        statement = statement.where(Partner.code == (read_code("P", wanted.partner) or ""))
    if wanted.group:
        statement = statement.where(func.lower(UserGroup.name) == wanted.group.lower())
    return _page(work, statement, cursor, limit)


def driver_place(work: Work, code: str) -> tuple[str, str]:
    """The codes of the partner and the driver behind a driver's code as typed; ``NotFound`` out of reach."""
    statement = select(Partner.code, Driver.code).join(Partner, Partner.id == Driver.partner_id)
    statement = statement.where(Driver.code == (read_code("D", code) or ""), within(Driver.partner_id, work.scope(Permission.DRIVER_VIEW)))
    found = work.session.execute(statement).tuples().one_or_none()
    if found is None:
        raise NotFound
    return found


def last_charges(work: Work, rows: Sequence[DriverRow]) -> dict[UUID, datetime]:
    """When each of these drivers charged last, for the operator's people. One statement."""
    return {key: at for key, at in work.session.execute(_LAST, {"ids": [row.id for row in rows]}).tuples() if at is not None}


def _asked(words: str) -> AnySelect:
    statement: AnySelect = (
        select(Driver, UserGroup.name.label("group"), Partner)
        .join(Partner, Partner.id == Driver.partner_id)
        .outerjoin(UserGroup, UserGroup.id == Driver.group_id)
        .where(Driver.erased_at.is_(None))
    )
    for word in words.split()[:4]:
        statement = statement.where(func.strpos(folded_column(func.concat_ws(" ", Driver.name, Driver.email)), folded(word)) > 0)
    return statement


def _page(work: Work, statement: AnySelect, cursor: str | None, limit: int) -> Page[DriverRow]:
    page = take_page(work.session, statement, (Driver.name, Driver.id), lambda r: (r.Driver.name, r.Driver.id), cursor=cursor, limit=limit)
    return Page(_rows(work, page.rows), page.before, page.after, page.total)


def _rows(work: Work, found: Sequence[Any]) -> list[DriverRow]:
    facts = {row.id: row for row in work.session.execute(_FACTS, {"now": work.now, "ids": [row.Driver.id for row in found]})}
    terms = corporates_at(work.session, {row.Partner.id for row in found}, work.now)
    debts = debts_of(work.session, [row.Driver.id for row in found])
    accounts = {row.Driver.id: driver_balance(str(row.Partner.id), str(row.Driver.id)) for row in found}
    owed: dict[str, int] = {}
    for currency in sorted({row.Partner.currency for row in found}):
        owed |= owed_on(work.session, work.operator_id, accounts.values(), currency)
    rows = []
    for row in found:
        d, p, more = row.Driver, row.Partner, facts[row.Driver.id]
        limit = terms.get(p.id, Corporate()).driver_limit_minor if d.limit_minor is None else d.limit_minor
        rows.append(
            DriverRow(
                id=d.id, partner_id=p.id, partner_code=p.code, partner_name=p.name, currency=p.currency, time_zone=p.time_zone,
                code=d.code, name=d.name, email=d.email, phone=d.phone, language=d.language, state=d.state, corporate=d.corporate,
                company_state=d.company_state, own_limit_minor=d.limit_minor, limit_minor=limit, group=row.group or "",
                used_minor=int(more.used), balance_minor=owed.get(accounts[d.id], 0), cards=more.cards, debts=debts.get(d.id, ()),
            )
        )  # fmt: skip
    return rows


def driver_by_code(work: Work, partner_id: UUID, code: str) -> DriverRow:
    """One driver of that partner; ``NotFound`` for any other."""
    work.require(Permission.DRIVER_VIEW, partner_id=partner_id)
    wanted = _asked("").where(Driver.partner_id == partner_id, Driver.code == (read_code("D", code) or ""))
    row = work.session.execute(wanted).one_or_none()
    if row is None:
        raise NotFound
    return _rows(work, [row])[0]


def balance_of(session: Session, driver: Driver, currency: str) -> int:
    """What a driver may still use of the balance, in minor units; the caller has found the driver."""
    account = driver_balance(str(driver.partner_id), str(driver.id))
    return owed_on(session, driver.operator_id, [account], currency).get(account, 0)


def debts_of(session: Session, ids: Collection[UUID]) -> dict[UUID, tuple[Money, ...]]:
    """What drivers have not paid yet of their own parts, gross, one amount per currency; without those who owe nothing. One statement."""
    found: dict[UUID, tuple[Money, ...]] = defaultdict(tuple)
    for key, currency, minor in session.execute(_DEBTS, {"ids": list(ids)}):
        found[key] += (Money(int(minor), currency),)
    return dict(found)


def cards_of(work: Work, driver_id: UUID) -> list[CardRow]:
    """A driver's cards, usable ones first."""
    return [CardRow(*row) for row in work.session.execute(_CARDS, {"driver": driver_id})]


def top_ups(work: Work, driver_id: UUID) -> list[TopUpRow]:
    """What was added to a driver's balance, newest first, at most a hundred; the caller has found the driver."""
    found = select(DriverTopUp).where(DriverTopUp.driver_id == driver_id).order_by(DriverTopUp.asked_at.desc()).limit(100)
    return [_top_up(work, each) for each in work.session.scalars(found)]


def top_up(work: Work, driver_id: UUID, key: UUID) -> TopUpRow:
    """One of them; ``NotFound`` for another driver's."""
    found = work.session.get(DriverTopUp, key)
    if found is None or found.driver_id != driver_id:
        raise NotFound
    return _top_up(work, found)


def _top_up(work: Work, t: DriverTopUp) -> TopUpRow:
    return TopUpRow(
        t.id, t.amount_minor, t.currency, t.reason, t.state, t.asked_at, t.asked_name, t.decided_name, t.asked_by == work.actor.id,
        t.borne_by_partner, t.reversed_name, t.reversed_reason,
    )  # fmt: skip


def imports(work: Work, partner_id: UUID) -> list[ImportRow]:
    """The last ten lists, newest first."""
    work.require(Permission.DRIVER_VIEW, partner_id=partner_id)
    found = select(DriverImport).where(DriverImport.partner_id == partner_id).order_by(DriverImport.created_at.desc()).limit(10)
    return [
        ImportRow(i.id, i.file_name, i.whole, i.state, i.rows, i.taken, i.problems, i.created_at, i.created_name)
        for i in work.session.scalars(found)
    ]


def groups_of(work: Work, partner_id: UUID) -> dict[str, UUID]:
    """Groups a driver of that partner may be in, by name in small letters: the operator's and its own."""
    found = select(UserGroup.name, UserGroup.id).where(UserGroup.archived_at.is_(None)).order_by(UserGroup.partner_id.nulls_first())
    rows = work.session.execute(found.where(UserGroup.partner_id.is_(None) | (UserGroup.partner_id == partner_id)))
    return {name.casefold(): key for name, key in rows}


def group_names(work: Work, partner_id: UUID) -> list[str]:
    """The same groups' names, by name."""
    rows = work.session.scalars(
        select(UserGroup.name)
        .where(UserGroup.archived_at.is_(None), UserGroup.partner_id.is_(None) | (UserGroup.partner_id == partner_id))
        .order_by(UserGroup.name)
    )
    return list(dict.fromkeys(rows))


def used_of_account(work: Work, partner: Partner | Any) -> int:
    """Charged on the partner's account this month by all drivers, wherever, gross minor units: what has ended."""
    month = local_date(work.now, partner.time_zone).replace(day=1)
    used = select(func.sum(DriverCharge.company_minor)).where(DriverCharge.partner_id == partner.id, DriverCharge.month == month)
    return int(work.session.scalar(used) or 0)


def company_parts(session: Session, partner_id: UUID, session_ids: Collection[UUID]) -> dict[UUID, int]:
    """What a partner was told to pay of its drivers' sessions, gross minor units, by session. No scope, one statement."""
    told = select(DriverCharge.session_id, DriverCharge.company_minor)
    rows = session.execute(told.where(DriverCharge.partner_id == partner_id, DriverCharge.session_id.in_(session_ids)))
    return {key: int(minor) for key, minor in rows}


def partner_of_driver(work: Work, partner_id: UUID) -> Partner:
    """The partner within sight of who may see its drivers."""
    found = work.session.scalars(
        select(Partner).where(Partner.id == partner_id, within(Partner.id, work.scope(Permission.DRIVER_VIEW)))
    ).one_or_none()
    if found is None:
        raise NotFound
    return found
