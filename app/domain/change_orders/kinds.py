"""What an order can change by itself: read as it is, and made so by the very action that people use on its own page.

Every function is given the house at work for whoever is allowed to (``Work.as_house``); a value is a small JSON object, the same before and
after. What has no kind here is changed on its own page, and the order is said to be done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from app.access.permissions import Permission
from app.domain.invoices.models import Document
from app.domain.network.access import set_access
from app.domain.network.access_rows import Access, access_rows, group_ids
from app.domain.network.many import Choice
from app.domain.network.models import Evse, Station
from app.domain.network.rows import evse_label
from app.domain.people.contacting import save_contact
from app.domain.people.models import Contact, Partner
from app.domain.people.rows import ContactInput
from app.domain.sessions.models import ChargingSession
from app.domain.tariffs.actions import assign_tariff, publish_terms, withdraw_terms
from app.domain.tariffs.assign import attach_group
from app.domain.tariffs.models import Tariff, TariffVersion
from app.domain.tariffs.queries import places_by_id, tariff_by_code
from app.domain.tariffs.rows import TariffRow
from app.kernel.errors import Invalid
from app.kernel.ids import uuid7
from app.kernel.periods import next_quarter
from app.money.simple import SimpleTerms, simple_terms
from app.work.unit import Work

#: more things than this are not offered: the label is typed
MOST = 200
#: prices are published so long before they begin
LEAD = timedelta(minutes=15)
PRICES = ("energy", "per_min", "start_fee", "idle_per_min")
CONTACT = ("person", "email", "phone")

Value = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of change: which topic it belongs to, whose right makes it without a second person unless ``money`` moves.

    ``offers``: key and name of what can be changed (None: too many). ``now``: its value; refuses at ``thing``. ``run``: make it so, from an
    instant on; since when it counts. ``paper``: whether a document was issued under it since.
    """

    topic: str
    right: Permission
    money: bool
    offers: Callable[[Work, UUID], list[tuple[str, str]] | None]
    now: Callable[[Work, UUID, str], dict[str, Any]]
    run: Callable[[Work, UUID, str, Value, datetime | None], datetime]
    paper: Callable[[Work, str, datetime], bool]

    @property
    def lead(self) -> timedelta:
        """How long before its start it is run."""
        return LEAD if self.money else timedelta()


def name_of(work: Work, kind: Kind, partner_id: UUID, thing: str) -> str:
    """What people call it."""
    return dict(kind.offers(work, partner_id) or []).get(thing, thing)


# prices of a sheet


def _sheets(work: Work, partner_id: UUID) -> list[tuple[str, str]]:
    used = select(Evse.last_tariff_id).where(Evse.partner_id == partner_id, Evse.last_tariff_id.is_not(None))
    mine = or_(Tariff.partner_id == partner_id, Tariff.partner_id.is_(None) & Tariff.id.in_(used))
    asked = select(Tariff.code, Tariff.name).where(Tariff.operator_id == work.operator_id, Tariff.archived_at.is_(None), mine)
    return [(code, f"{name} ({code})") for code, name in work.session.execute(asked.order_by(Tariff.name, Tariff.code).limit(MOST))]


def _sheet_terms(work: Work, partner_id: UUID, code: str) -> tuple[TariffRow, SimpleTerms]:
    """A sheet that counts for this partner alone, with its newest prices; refuses one that a short form cannot say."""
    if code not in dict(_sheets(work, partner_id)):
        raise Invalid("order_no_thing", field="thing")
    row = tariff_by_code(work, code)
    elsewhere = select(Evse.id).where(Evse.last_tariff_id == row.id, Evse.partner_id.is_distinct_from(partner_id)).limit(1)
    if row.partner_id is None and (row.groups or work.session.scalar(elsewhere)):
        raise Invalid("order_sheet_elsewhere", field="thing")
    newest = row.next or row.now
    terms = simple_terms(newest.tariff) if newest is not None and newest.tariff is not None else None
    if terms is None:
        raise Invalid("order_not_simple", field="thing")
    return row, terms


def _prices(work: Work, partner_id: UUID, code: str) -> dict[str, Any]:
    row, terms = _sheet_terms(work, partner_id, code)
    values = {name: getattr(terms, name) for name in PRICES}
    return {name: None if value is None else format(value.normalize(), "f") for name, value in values.items()} | {"currency": row.currency}


def _set_prices(work: Work, partner_id: UUID, code: str, wanted: Value, starts_at: datetime | None) -> datetime:
    row, terms = _sheet_terms(work, partner_id, code)
    prices: dict[str, Any] = {name: None if wanted[name] is None else Decimal(wanted[name]) for name in PRICES}
    if terms.idle_per_min is not None and prices["idle_per_min"] is None:
        terms = replace(terms, idle_cap=None)
    if row.next is not None and row.now is not None and row.now.tariff is not None:
        before = simple_terms(row.now.tariff)
        if before is not None and all(getattr(before, name) == prices[name] for name in PRICES):
            withdraw_terms(work, code, row.next.number)
            return work.now
    start = max(starts_at or work.now, next_quarter(work.now))
    return publish_terms(work, code, replace(terms, **prices), starts_at=start)


def _priced_on_paper(work: Work, code: str, since: datetime) -> bool:
    """A paper of a session that began under prices of the sheet that count since then."""
    paid = select(Document.id).join(ChargingSession, ChargingSession.id == Document.session_id)
    paid = paid.join(TariffVersion, TariffVersion.id == ChargingSession.tariff_version_id)
    paid = paid.join(Tariff, Tariff.id == TariffVersion.tariff_id)
    return work.session.scalar(paid.where(Tariff.code == code, TariffVersion.valid_from >= since).limit(1)) is not None


# which sheet a charge point has


def _labels(work: Work, partner_id: UUID) -> list[tuple[str, str]] | None:
    asked = select(Station.label).where(Station.partner_id == partner_id, Station.retired_at.is_(None)).order_by(Station.label)
    found = work.session.scalars(asked.limit(MOST + 1)).all()
    return [(label, label) for label in found] if len(found) <= MOST else None


def _station(work: Work, partner_id: UUID, label: str) -> Station:
    asked = select(Station).where(Station.label == label.strip().upper(), Station.partner_id == partner_id, Station.retired_at.is_(None))
    found = work.session.scalars(asked).one_or_none()
    if found is None:
        raise Invalid("order_no_thing", field="thing")
    return found


def _own_sheet(work: Work, partner_id: UUID, label: str) -> dict[str, Any]:
    """The sheet that all its EVSEs have themselves; refuses where they differ, or have a group of their own."""
    station = _station(work, partner_id, label)
    evses = work.session.scalars(select(Evse).where(Evse.station_id == station.id)).all()
    if not evses:
        raise Invalid("order_no_thing", field="thing")
    if len({(one.last_tariff_id, one.last_group_id) for one in evses}) > 1 or evses[0].last_group_id is not None:
        raise Invalid("order_evses_differ", field="thing")
    found = None if evses[0].last_tariff_id is None else work.session.get_one(Tariff, evses[0].last_tariff_id)
    return {"code": None, "name": None} if found is None else {"code": found.code, "name": found.name}


def _set_sheet(work: Work, partner_id: UUID, label: str, wanted: Value, starts_at: datetime | None) -> datetime:
    station = _station(work, partner_id, label)
    evses = work.session.scalars(select(Evse).where(Evse.station_id == station.id)).all()
    start = max(starts_at or work.now, next_quarter(work.now))
    if wanted["code"] is None:
        for one in evses:
            attach_group(work, "evse", evse_label(station.label, one.number), None, starts_at=start)
        return start
    if wanted["code"] not in dict(sheets_for(work, partner_id)):
        raise Invalid("order_no_thing", field="code")
    had_none = all(place.tariff_code is None for place in places_by_id(work, [one.id for one in evses]))
    start = work.now if had_none and starts_at is None else start
    assign_tariff(work, wanted["code"], [one.id for one in evses], starts_at=start)
    return start


def sheets_for(work: Work, partner_id: UUID) -> list[tuple[str, str]]:
    """Code and name of the sheets a charge point of the partner can be given: its own and the operator's."""
    mine = or_(Tariff.partner_id == partner_id, Tariff.partner_id.is_(None))
    asked = select(Tariff.code, Tariff.name).where(Tariff.operator_id == work.operator_id, Tariff.archived_at.is_(None), mine)
    return [(code, f"{name} ({code})") for code, name in work.session.execute(asked.order_by(Tariff.name, Tariff.code).limit(MOST))]


def _charged_on_paper(work: Work, label: str, since: datetime) -> bool:
    """A paper of a session that began at the charge point since then."""
    paid = select(Document.id).join(ChargingSession, ChargingSession.id == Document.session_id)
    paid = paid.join(Station, Station.id == ChargingSession.station_id)
    return work.session.scalar(paid.where(Station.label == label, ChargingSession.started_at >= since).limit(1)) is not None


# who may charge at a charge point


def _access(work: Work, partner_id: UUID, label: str) -> dict[str, Any]:
    station = _station(work, partner_id, label)
    row = access_rows(work, [station.id])[station.id]
    codes, names = [code for code, _ in row.groups], [name for _, name in row.groups]
    return {"access": row.access, "listed": row.listed, "groups": codes, "names": names, "company": row.company}


def _set_access(work: Work, _partner_id: UUID, label: str, wanted: Value, _starts_at: datetime | None) -> datetime:
    access = Access(wanted["access"], wanted["listed"], group_ids(work, wanted["groups"]), wanted["company"])
    set_access(work, Choice(labels=(label.strip().upper(),)), access, key=str(uuid7()), account=None)
    return work.now


# a contact


def _contacts(work: Work, partner_id: UUID) -> list[tuple[str, str]]:
    found = work.session.scalars(select(Contact).where(Contact.partner_id == partner_id).order_by(Contact.kind, Contact.person))
    return [(str(one.id), f"{one.person} ({one.email})") for one in found]


def _contact(work: Work, partner_id: UUID, key: str) -> Contact:
    if key not in dict(_contacts(work, partner_id)):
        raise Invalid("order_no_thing", field="thing")
    return work.session.get_one(Contact, UUID(key))


def _contact_now(work: Work, partner_id: UUID, key: str) -> dict[str, Any]:
    one = _contact(work, partner_id, key)
    return {name: getattr(one, name) for name in CONTACT}


def _set_contact(work: Work, partner_id: UUID, key: str, wanted: Value, _starts_at: datetime | None) -> datetime:
    one, partner = _contact(work, partner_id, key), work.session.get_one(Partner, partner_id)
    kept: dict[str, Any] = {"language": one.language, "hours": one.hours, "orders": tuple(one.orders)}
    save_contact(work, partner.code, one.kind, ContactInput(**{name: wanted[name] for name in CONTACT}, **kept), one.id)
    return work.now


def _no_paper(_work: Work, _thing: str, _since: datetime) -> bool:
    return False


P = Permission
KINDS = {
    "price": Kind("prices", P.TARIFF_EDIT, True, _sheets, _prices, _set_prices, _priced_on_paper),
    "sheet": Kind("prices", P.TARIFF_ASSIGN, True, _labels, _own_sheet, _set_sheet, _charged_on_paper),
    "access": Kind("access", P.ACCESS_EDIT, False, _labels, _access, _set_access, _no_paper),
    "contact": Kind("data", P.CONTACT_EDIT, False, _contacts, _contact_now, _set_contact, _no_paper),
}
