"""Countries in which the operator may not sell energy, from a day on: declared by its staff, since only a lawyer knows (features 121).

From that day a price per kWh is refused there, and a price for time needs a limit in kWh (``rules/energy_not_sold.toml``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from app.access.permissions import Permission
from app.db.base import Base
from app.domain.tariffs.events import EnergyBarLifted, EnergyBarSet
from app.kernel.errors import Invalid, NotFound
from app.text.regions import country_choices
from app.work.unit import Work


class EnergyBar(Base):
    """What is declared of a country; its history is in the audit log."""

    __tablename__ = "energy_bar"
    __table_args__ = (CheckConstraint("country ~ '^[A-Z]{2}$'", "country"), CheckConstraint("basis <> ''", "basis"))

    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operator.id"), primary_key=True)
    country: Mapped[str] = mapped_column(primary_key=True)
    from_on: Mapped[date] = mapped_column(comment="the first day on which energy may not be sold there")
    basis: Mapped[str] = mapped_column(comment="the law, or who advised it")
    set_at: Mapped[datetime]
    set_by: Mapped[UUID | None]
    set_name: Mapped[str]


@dataclass(frozen=True, slots=True)
class BarRow:
    """A country on the page."""

    country: str
    from_on: date
    basis: str
    set_at: datetime
    set_name: str


def energy_bars(work: Work) -> list[BarRow]:
    """Every country declared, by its code. One statement."""
    work.require(Permission.TARIFF_VIEW)
    rows = work.session.scalars(select(EnergyBar).where(EnergyBar.operator_id == work.operator_id).order_by(EnergyBar.country))
    return [BarRow(row.country, row.from_on, row.basis, row.set_at, row.set_name) for row in rows]


def barred(work: Work) -> dict[str, date]:
    """By country the first day on which energy may not be sold there. One statement."""
    found = select(EnergyBar.country, EnergyBar.from_on).where(EnergyBar.operator_id == work.operator_id)
    return dict(work.session.execute(found).tuples().all())


def set_bar(work: Work, country: str, from_on: date, basis: str) -> None:
    """Declare a country, or change what is declared; refuses ``unknown_choice`` and ``missing`` at the field."""
    work.require(Permission.TARIFF_EDIT)
    if country not in dict(country_choices()):
        raise Invalid("unknown_choice", field="country", value=country[:20])
    if not basis.strip():
        raise Invalid("missing", field="basis")
    row = work.session.get(EnergyBar, (work.operator_id, country))
    before = {"from_on": row.from_on, "basis": row.basis} if row else None
    if row is None:
        row = EnergyBar(operator_id=work.operator_id, country=country)
        work.session.add(row)
    row.from_on, row.basis = from_on, basis.strip()[:300]
    row.set_at, row.set_by, row.set_name = work.now, work.actor.id, work.actor.name
    work.session.flush()
    work.record(EnergyBarSet(operator_id=work.operator_id, country=country, from_on=from_on, basis=row.basis, before=before))


def lift_bar(work: Work, country: str) -> None:
    """Energy may be sold there again, as far as is known."""
    work.require(Permission.TARIFF_EDIT)
    row = work.session.get(EnergyBar, (work.operator_id, country))
    if row is None:
        raise NotFound
    work.session.delete(row)
    work.session.flush()
    work.record(EnergyBarLifted(operator_id=work.operator_id, country=country, from_on=row.from_on, basis=row.basis))
