"""What forbids a price sheet at a class of EVSE: asked before a group or a sheet is attached, for drivers without card or contract."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.domain.tariffs.energy_bars import barred
from app.domain.tariffs.groups_rows import GroupRow, GroupState
from app.domain.tariffs.law import Finding, PlaceClass, findings
from app.domain.tariffs.law_places import classes_of_group
from app.domain.tariffs.models import TariffVersion
from app.kernel.errors import Invalid
from app.money.terms_json import tariff_from_json
from app.work.unit import Work

#: what blocks a sheet, by sheet and kind of EVSE
Blocks = dict[tuple[UUID, PlaceClass], Finding]


def ad_hoc_sheets(states: Iterable[GroupState]) -> set[UUID]:
    """The price sheets that drivers without card or contract may pay by, of these lines."""
    found: set[UUID] = set()
    for state in states:
        found |= {state.rest_tariff_id, *(line.tariff_id for line in state.lines if line.meets_strangers)}
    return found


def blocking(work: Work, sheet_ids: Collection[UUID], kinds: Iterable[PlaceClass], at: datetime) -> Blocks:
    """What blocks these sheets at these kinds of EVSEs, by the terms in force at an instant and those announced. Two statements."""
    known, declared = set(kinds), barred(work)
    latest = select(func.max(TariffVersion.valid_from)).where(TariffVersion.valid_from <= at, TariffVersion.withdrawn_at.is_(None))
    of = TariffVersion.__table__.alias("of")
    since = latest.where(TariffVersion.tariff_id == of.c.tariff_id).scalar_subquery()
    statement = select(of.c.tariff_id, of.c.terms).where(
        of.c.tariff_id.in_(sheet_ids), of.c.valid_from >= func.coalesce(since, at), of.c.withdrawn_at.is_(None)
    )
    blocks: Blocks = {}
    for sheet_id, terms in work.session.execute(statement).tuples():
        for kind in known:
            found = _blocking(terms, kind, at, declared)
            if found is not None:
                blocks.setdefault((sheet_id, kind), found)
    return blocks


def _blocking(terms: dict[str, Any], place: PlaceClass, at: datetime, declared: Mapping[str, date]) -> Finding | None:
    """The first finding that blocks; terms that cannot be read block as well."""
    try:
        tariff = tariff_from_json(terms)
    except Invalid:
        return Finding("tariff_not_usable", "blocks", "", "")
    return next((f for f in findings(tariff, [place], at.date(), declared) if f.blocks), None)


def refuse_unlawful(work: Work, group: GroupRow, state: GroupState) -> None:
    """Refuse lines whose prices for drivers without a card are forbidden where the group counts; the refusal names line and clause."""
    if not group.places:
        return
    classes = classes_of_group(work, group.id)
    blocks = blocking(work, ad_hoc_sheets([state]), classes, work.now)
    named = [(f"lines[{n}].tariff", line.tariff_id) for n, line in enumerate(state.lines) if line.meets_strangers]
    for field, sheet_id in [*named, ("rest", state.rest_tariff_id)]:
        found = next((blocks[sheet_id, kind] for kind in classes if (sheet_id, kind) in blocks), None)
        if found is not None:
            raise Invalid(found.code, field=field, **{"clause": found.clause} | found.params)
