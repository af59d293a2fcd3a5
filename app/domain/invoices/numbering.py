"""Numbers without gaps: the series row is locked by the transaction that issues, so a rollback gives the number back."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert

from app.domain.invoices.models import NumberSeries
from app.kernel.ids import uuid7
from app.work.unit import Work

#: kind of paper -> how its numbers begin
PREFIXES = {"receipt": "RE", "correction": "KO", "statement": "ST", "self_billing": "GU", "invoice": "IN", "own_part": "EA"}


def take_number(work: Work, kind: str, year: int, *, partner_id: UUID | None = None, series: tuple[str, int] | None = None) -> str:
    """The next number of a series, such as ``RE-2026-000123``. Take it last: everybody else who issues waits until the commit.

    ``series`` is the prefix and first number of a partner that sells itself; its first year begins with that number, later ones with 1.
    """
    prefix, first = (PREFIXES[kind], 1) if series is None else series
    if series is not None and _began_before(work, kind, year, partner_id):
        first = 1
    fresh = insert(NumberSeries).values(
        id=uuid7(),
        operator_id=work.operator_id,
        partner_id=partner_id,
        kind=kind,
        year=year,
        prefix=f"{prefix}-{year}-",
        next_number=first,
    )
    work.session.execute(fresh.on_conflict_do_nothing(constraint="uq_number_series_operator_id_partner_id_kind_year"))
    taken = work.session.execute(
        update(NumberSeries)
        .where(
            NumberSeries.operator_id == work.operator_id,
            NumberSeries.partner_id.is_(None) if partner_id is None else NumberSeries.partner_id == partner_id,
            NumberSeries.kind == kind,
            NumberSeries.year == year,
        )
        .values(next_number=NumberSeries.next_number + 1)
        .returning(NumberSeries.prefix, NumberSeries.next_number - 1)
        .execution_options(synchronize_session=False)
    ).one()
    return f"{taken[0]}{taken[1]:06d}"


def _began_before(work: Work, kind: str, year: int, partner_id: UUID | None) -> bool:
    earlier = exists().where(
        NumberSeries.operator_id == work.operator_id,
        NumberSeries.partner_id == partner_id,
        NumberSeries.kind == kind,
        NumberSeries.year < year,
    )
    return bool(work.session.scalar(select(earlier)))
