"""Making, changing, assigning and archiving price sheets. Published terms are never edited; a change is a new version."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.access.permissions import Permission
from app.domain.network.models import Evse
from app.domain.people.models import Operator, Partner
from app.domain.tariffs.events import TariffArchived, TariffAssigned, TariffCreated, TermsPublished
from app.domain.tariffs.groups_queries import groups_naming
from app.domain.tariffs.law import FAST_W, findings
from app.domain.tariffs.models import Tariff, TariffAssignment, TariffVersion
from app.domain.tariffs.queries import places_by_id, places_of, tariff_by_code
from app.domain.tariffs.rows import TariffInput, TariffRow
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.ids import new_code, uuid7
from app.kernel.periods import next_quarter
from app.money.simple import SimpleTerms
from app.money.terms_json import tariff_to_json
from app.work.unit import Work


def create_tariff(work: Work, wanted: TariffInput, *, partner_id: UUID | None = None) -> str:
    """A new price sheet, in force at once as nobody has it yet; returns its code. ``partner_id``: the host that owns it."""
    work.require(Permission.TARIFF_EDIT, partner_id=partner_id)
    if not wanted.name.strip():
        raise Invalid("missing", field="name")
    _check_law(wanted.terms, fast=False, country=_country(work, partner_id))
    tariff = Tariff(
        id=uuid7(),
        operator_id=work.operator_id,
        partner_id=partner_id,
        code=new_code("T"),
        name=wanted.name.strip(),
        currency=wanted.terms.currency,
        created_at=work.now,
    )
    work.session.add(tariff)
    work.session.flush()
    terms = tariff_to_json(wanted.terms.to_tariff(tariff.code))
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


def publish_terms(work: Work, code: str, terms: SimpleTerms, *, starts_at: datetime | None = None) -> datetime:
    """Give a price sheet new terms from the next quarter hour, or from a later instant; running sessions keep theirs."""
    row = tariff_by_code(work, code)
    work.require(Permission.TARIFF_EDIT, partner_id=row.partner_id)
    tariff = work.session.get_one(Tariff, row.id, with_for_update=True)
    if row.archived:
        raise Conflict("tariff_archived")
    if terms.currency != tariff.currency:
        raise Invalid("other_currency", field="currency", currency=tariff.currency)
    earliest = next_quarter(work.now)
    start = earliest if starts_at is None else starts_at
    if start < earliest:
        raise Invalid("starts_too_early", field="starts_at")
    used_by = places_of(work, row.id)
    _check_law(terms, fast=any(p.max_w >= FAST_W for p in used_by), country=_country(work, tariff.partner_id))
    number = _next_number(work, tariff, start)
    written = tariff_to_json(terms.to_tariff(tariff.code))
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
    return start


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
    if row.archived or row.now is None or row.now.simple is None:
        raise Conflict("tariff_not_usable")
    _check_law(row.now.simple, fast=any(p.max_w >= FAST_W for p in chosen), country=_country(work, row.partner_id))
    start = starts_at or (work.now if all(p.tariff_code is None for p in chosen) else next_quarter(work.now))
    if start < work.now:
        raise Invalid("starts_too_early", field="starts_at")
    owners = dict(work.session.execute(select(Evse.id, Evse.partner_id).where(Evse.id.in_(evse_ids))).tuples().all())
    values = [
        {
            "id": uuid7(),
            "operator_id": work.operator_id,
            "partner_id": owners[place.evse_id],
            "evse_id": place.evse_id,
            "tariff_id": row.id,
            "valid_from": start,
            "created_at": work.now,
            "created_by": work.actor.id,
            "created_name": work.actor.name,
        }
        for place in chosen
    ]
    changes = ("tariff_id", "group_id", "created_by", "created_name")
    fresh = insert(TariffAssignment)
    same_start = fresh.on_conflict_do_update(
        index_elements=["evse_id", "valid_from"], set_={name: fresh.excluded[name] for name in changes}
    )
    work.session.execute(same_start, values)
    for partner_id in {place.partner_id for place in chosen}:
        work.record(_assigned(row, partner_id, start, tuple(p.evse_id for p in chosen if p.partner_id == partner_id), work.operator_id))
    return len(values)


def _assigned(row: TariffRow, partner_id: UUID | None, start: datetime, evse_ids: tuple[UUID, ...], operator_id: UUID) -> TariffAssigned:
    return TariffAssigned(
        operator_id=operator_id, partner_id=partner_id, subject=("tariff", row.id), code=row.code, valid_from=start, evse_ids=evse_ids
    )


def archive_tariff(work: Work, code: str) -> None:
    """Take a price sheet that no EVSE has off the lists."""
    row = tariff_by_code(work, code)
    work.require(Permission.TARIFF_EDIT, partner_id=row.partner_id)
    if row.evses:
        raise Conflict("tariff_in_use", count=row.evses)
    if in_groups := groups_naming(work.session, row.id, work.now):
        raise Conflict("tariff_in_group", count=in_groups)
    work.session.get_one(Tariff, row.id).archived_at = work.now
    work.record(TariffArchived(operator_id=work.operator_id, partner_id=row.partner_id, subject=("tariff", row.id), code=row.code))


def _check_law(terms: SimpleTerms, *, fast: bool, country: str) -> None:
    for finding in findings(terms, fast=fast, country=country):
        if finding.blocks:
            raise Invalid(finding.code, field=finding.field, clause=finding.clause)


def _country(work: Work, partner_id: UUID | None) -> str:
    if partner_id is not None:
        return work.session.get_one(Partner, partner_id).country
    return work.session.get_one(Operator, work.operator_id).country


def _next_number(work: Work, tariff: Tariff, start: datetime) -> int:
    known = work.session.execute(select(TariffVersion.number, TariffVersion.valid_from).where(TariffVersion.tariff_id == tariff.id)).all()
    if any(at == start for _, at in known):
        raise Conflict("terms_start_taken")
    return max((number for number, _ in known), default=0) + 1


def _add_version(work: Work, tariff: Tariff, number: int, start: datetime, terms: dict[str, object]) -> None:
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
