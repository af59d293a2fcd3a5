"""Making, changing, assigning and archiving price sheets. Published terms are never edited; a change is a new version."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.access.permissions import Permission
from app.domain.contracts.price_limits import price_limits
from app.domain.network.models import Evse
from app.domain.tariffs.assign import write_evses
from app.domain.tariffs.energy_bars import barred
from app.domain.tariffs.events import TariffArchived, TariffAssigned, TariffCreated, TariffRestored, TermsPublished, TermsWithdrawn
from app.domain.tariffs.judging import home_class, law_places, require_within
from app.domain.tariffs.law import require_lawful
from app.domain.tariffs.law_places import classes_of_places
from app.domain.tariffs.models import Tariff as TariffSheet
from app.domain.tariffs.models import TariffAssignment, TariffVersion
from app.domain.tariffs.people_named import with_groups
from app.domain.tariffs.queries import places_by_id, tariff_by_code
from app.domain.tariffs.rows import TariffInput, TariffRow
from app.domain.tariffs.telling import tell_later
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.ids import new_code, uuid7
from app.kernel.periods import next_quarter
from app.money.simple import SimpleTerms
from app.money.terms import Tariff
from app.money.terms_json import tariff_from_json, tariff_to_json
from app.work.unit import Work


def create_tariff(work: Work, wanted: TariffInput, *, partner_id: UUID | None = None) -> str:
    """A new price sheet, in force at once as nobody has it yet; returns its code. ``partner_id``: the host that owns it."""
    work.require(Permission.TARIFF_EDIT, partner_id=partner_id)
    if not wanted.name.strip():
        raise Invalid("missing", field="name")
    code = new_code("T")
    agreed = with_groups(work, _engine_terms(wanted.terms, code), partner_id)
    require_lawful(agreed, [home_class(work, partner_id)], work.now.date(), barred(work))
    require_within(agreed, price_limits(work.session, partner_id, work.now.date(), agreed.currency))
    tariff = TariffSheet(
        id=uuid7(),
        operator_id=work.operator_id,
        partner_id=partner_id,
        code=code,
        name=wanted.name.strip(),
        currency=agreed.currency,
        created_at=work.now,
    )
    work.session.add(tariff)
    work.session.flush()
    terms = tariff_to_json(agreed)
    _add_version(work, tariff, 1, work.now, terms)
    work.record(
        TariffCreated(
            operator_id=tariff.operator_id,
            partner_id=partner_id,
            subject=("tariff", tariff.id),
            code=tariff.code,
            tariff_name=tariff.name,
            terms=terms,
        )
    )
    return tariff.code


def publish_terms(work: Work, code: str, terms: Tariff | SimpleTerms, *, starts_at: datetime | None = None) -> datetime:
    """Give a price sheet new terms from the next quarter hour, or from a later instant; running sessions keep theirs.

    Refuses what the law forbids at the places that use it, and prices above what the owner's contract allows, at their field.
    """
    row = tariff_by_code(work, code)
    work.require(Permission.TARIFF_EDIT, partner_id=row.partner_id)
    tariff = work.session.get_one(TariffSheet, row.id, with_for_update=True)
    if row.archived:
        raise Conflict("tariff_archived")
    if terms.currency != tariff.currency:
        raise Invalid("other_currency", field="currency", currency=tariff.currency)
    earliest = next_quarter(work.now)
    start = earliest if starts_at is None else starts_at
    if start < earliest:
        raise Invalid("starts_too_early", field="starts_at")
    wanted = with_groups(work, _engine_terms(terms, tariff.code), row.partner_id, row)
    require_lawful(wanted, law_places(work, row), start.date(), barred(work))
    require_within(wanted, price_limits(work.session, row.partner_id, start.date(), row.currency))
    number = _next_number(work, tariff, start)
    written = tariff_to_json(wanted)
    _add_version(work, tariff, number, start, written)
    work.record(
        TermsPublished(
            operator_id=tariff.operator_id,
            partner_id=tariff.partner_id,
            subject=("tariff", tariff.id),
            code=tariff.code,
            number=number,
            valid_from=start,
            before=row.now.terms if row.now else None,
            terms=written,
        )
    )
    tell_later(work)
    return start


def withdraw_terms(work: Work, code: str, number: int) -> None:
    """Take back terms that have not started; they stay in the history as withdrawn."""
    row = tariff_by_code(work, code)
    work.require(Permission.TARIFF_EDIT, partner_id=row.partner_id)
    of_number = select(TariffVersion).where(TariffVersion.tariff_id == row.id, TariffVersion.number == number).with_for_update()
    version = work.session.scalars(of_number).one_or_none()
    if version is None:
        raise NotFound
    if version.withdrawn_at is not None:
        raise Conflict("terms_withdrawn")
    if version.valid_from <= work.now:
        raise Conflict("terms_started")
    version.withdrawn_at, version.withdrawn_name = work.now, work.actor.name
    work.record(
        TermsWithdrawn(
            operator_id=version.operator_id,
            partner_id=version.partner_id,
            subject=("tariff", row.id),
            code=row.code,
            number=number,
            valid_from=version.valid_from,
        )
    )
    tell_later(work)


def _engine_terms(terms: Tariff | SimpleTerms, code: str) -> Tariff:
    """The terms under the sheet's own code, checked like any other tariff."""
    found = terms.to_tariff(code) if isinstance(terms, SimpleTerms) else replace(terms, id=code)
    return tariff_from_json(tariff_to_json(found))


def assign_tariff(work: Work, code: str, evse_ids: Collection[UUID], *, starts_at: datetime | None = None) -> int:
    """These EVSEs have this price sheet from the next quarter hour (or at once where they had none, or from a later instant)."""
    row = tariff_by_code(work, code)
    chosen = places_by_id(work, evse_ids)
    if not evse_ids:
        raise Invalid("missing", field="evses")
    if len(chosen) != len(set(evse_ids)):
        raise NotFound
    for place in chosen:
        work.require(Permission.TARIFF_ASSIGN, partner_id=place.partner_id)
    if row.archived or row.now is None or row.now.tariff is None:
        raise Conflict("tariff_not_usable")
    _require_lawful_at(work, row, evse_ids)
    start = starts_at or (work.now if all(p.tariff_code is None for p in chosen) else next_quarter(work.now))
    if start < work.now:
        raise Invalid("starts_too_early", field="starts_at")
    owners = dict(work.session.execute(select(Evse.id, Evse.partner_id).where(Evse.id.in_(evse_ids))).tuples().all())
    owned = [{"evse_id": place.evse_id, "partner_id": owners[place.evse_id]} for place in chosen]
    write_evses(work, [each | {"tariff_id": row.id, "group_id": None} for each in owned], start)
    tell_later(work)
    for partner_id in {place.partner_id for place in chosen}:
        work.record(_assigned(row, partner_id, start, tuple(p.evse_id for p in chosen if p.partner_id == partner_id), work.operator_id))
    return len(chosen)


def _require_lawful_at(work: Work, row: TariffRow, evse_ids: Collection[UUID]) -> None:
    places, declared = classes_of_places(work, evse_ids), barred(work)
    for version in (row.now, row.next):
        if version is not None and version.tariff is not None:
            require_lawful(version.tariff, places, max(work.now, version.valid_from).date(), declared)


def _assigned(row: TariffRow, partner_id: UUID | None, start: datetime, evse_ids: tuple[UUID, ...], operator_id: UUID) -> TariffAssigned:
    return TariffAssigned(
        operator_id=operator_id, partner_id=partner_id, subject=("tariff", row.id), code=row.code, valid_from=start, evse_ids=evse_ids
    )


def archive_tariff(work: Work, code: str) -> None:
    """Take a price sheet that no EVSE has, now or later, off the lists."""
    row = tariff_by_code(work, code)
    work.require(Permission.TARIFF_EDIT, partner_id=row.partner_id)
    planned = select(func.count()).where(TariffAssignment.tariff_id == row.id, TariffAssignment.valid_from > work.now)
    if in_use := row.evses + (work.session.scalar(planned) or 0):
        raise Conflict("tariff_in_use", count=in_use)
    if row.groups:
        raise Conflict("tariff_in_group", count=row.groups)
    work.session.get_one(TariffSheet, row.id).archived_at = work.now
    work.record(TariffArchived(operator_id=work.operator_id, partner_id=row.partner_id, subject=("tariff", row.id), code=row.code))


def restore_tariff(work: Work, code: str) -> None:
    """Put an archived price sheet back on the lists."""
    row = tariff_by_code(work, code)
    work.require(Permission.TARIFF_EDIT, partner_id=row.partner_id)
    work.session.get_one(TariffSheet, row.id).archived_at = None
    work.record(TariffRestored(operator_id=work.operator_id, partner_id=row.partner_id, subject=("tariff", row.id), code=row.code))


def _next_number(work: Work, tariff: TariffSheet, start: datetime) -> int:
    columns = (TariffVersion.number, TariffVersion.valid_from, TariffVersion.withdrawn_at)
    known = work.session.execute(select(*columns).where(TariffVersion.tariff_id == tariff.id)).all()
    if any(at == start and gone is None for _, at, gone in known):
        raise Conflict("terms_start_taken")
    return max((number for number, _, _ in known), default=0) + 1


def _add_version(work: Work, tariff: TariffSheet, number: int, start: datetime, terms: dict[str, object]) -> None:
    work.session.add(
        TariffVersion(
            id=uuid7(),
            operator_id=tariff.operator_id,
            partner_id=tariff.partner_id,
            tariff_id=tariff.id,
            number=number,
            valid_from=start,
            terms=terms,
            created_at=work.now,
            created_by=work.actor.id,
            created_name=work.actor.name,
        )
    )
    work.session.flush()
