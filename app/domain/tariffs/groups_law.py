"""What forbids a price sheet at a class of EVSE: asked before a group or a sheet is attached, for drivers without card or contract."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.domain.people.models import Operator, Partner
from app.domain.tariffs.groups_rows import GroupRow, GroupState
from app.domain.tariffs.law import FAST_W, Finding, PlaceClass, findings
from app.domain.tariffs.models import TariffVersion
from app.kernel.errors import Invalid
from app.money.terms_json import tariff_from_json
from app.work.unit import Work

#: what blocks a sheet, by (sheet, is the EVSE 50 kW or more)
Blocks = dict[tuple[UUID, bool], Finding]


def ad_hoc_sheets(states: Iterable[GroupState]) -> set[UUID]:
    """The price sheets that drivers without card or contract may pay by, of these lines."""
    found: set[UUID] = set()
    for state in states:
        found |= {state.rest_tariff_id, *(line.tariff_id for line in state.lines if line.meets_strangers)}
    return found


def blocking(session: Session, sheet_ids: Collection[UUID], country: str, at: datetime) -> Blocks:
    """What blocks these sheets in a country, by the terms in force at an instant and those announced. One statement."""
    latest = select(func.max(TariffVersion.valid_from)).where(TariffVersion.valid_from <= at, TariffVersion.withdrawn_at.is_(None))
    of = TariffVersion.__table__.alias("of")
    since = latest.where(TariffVersion.tariff_id == of.c.tariff_id).scalar_subquery()
    statement = select(of.c.tariff_id, of.c.terms).where(
        of.c.tariff_id.in_(sheet_ids), of.c.valid_from >= func.coalesce(since, at), of.c.withdrawn_at.is_(None)
    )
    blocks: Blocks = {}
    for sheet_id, terms in session.execute(statement).tuples():
        tariff = tariff_from_json(terms)
        for fast in (False, True):
            place = PlaceClass(country=country, max_w=FAST_W if fast else FAST_W - 1)
            found = next((f for f in findings(tariff, [place], at.date()) if f.blocks), None)
            if found is not None:
                blocks.setdefault((sheet_id, fast), found)
    return blocks


def country_of(work: Work, partner_id: UUID | None) -> str:
    """The country whose rules count for a partner's places, or the operator's."""
    if partner_id is not None:
        return work.session.get_one(Partner, partner_id).country
    return work.session.get_one(Operator, work.operator_id).country


#: is there an EVSE of 50 kW or more below a place that has the group now or later
_FAST = text(
    """
    select exists (
      select from evse e join station st on st.id = e.station_id and st.retired_at is null
      where e.max_w >= :fast and (
        exists (select from tariff_assignment t where t.evse_id = e.id and t.group_id = :group)
        or exists (select from group_assignment g where g.group_id = :group and (
          g.place_id = st.id or g.place_id = st.location_id or g.place_id = st.partner_id or g.place_id = st.operator_id))))
    """
)


def refuse_unlawful(work: Work, group: GroupRow, state: GroupState) -> None:
    """Refuse lines whose prices for drivers without a card are forbidden where the group counts; the refusal names line and clause."""
    if not group.places:
        return
    blocks = blocking(work.session, ad_hoc_sheets([state]), country_of(work, group.partner_id), work.now)
    fast = bool(blocks) and bool(work.session.scalar(_FAST, {"group": group.id, "fast": FAST_W}))
    named = [(f"lines[{n}].tariff", line.tariff_id) for n, line in enumerate(state.lines) if line.meets_strangers]
    for field, sheet_id in [*named, ("rest", state.rest_tariff_id)]:
        found = blocks.get((sheet_id, fast)) or blocks.get((sheet_id, False))
        if found is not None:
            raise Invalid(found.code, field=field, clause=found.clause)
