"""A sub-operator's draft: a month's sessions of the partners in its care, shared again with the draft as the level above them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.contracts.models import Contract, ContractVersion
from app.domain.people.models import Partner, PartnerCare
from app.domain.people.tax import TaxStep
from app.domain.sessions.models import ChargingSession, SessionLine
from app.domain.sessions.settling import Surroundings, level_above, parent_of, surroundings, tax_member
from app.domain.settlement.care import Level, Pair, case_above, entry_above
from app.domain.settlement.standing import lines_of
from app.kernel.periods import Month, month_span
from app.money.settlement.care import rows_above
from app.money.statement import build_statement

_Group = tuple[UUID, UUID, UUID | None]


@dataclass(frozen=True, slots=True)
class CareReplay:
    """The sessions that are shared again, by code, with everything the settlement asks of them."""

    level: Level
    around: Surroundings
    sessions: dict[str, ChargingSession]
    lines: dict[UUID, list[SessionLine]]

    def rows(self, draft: ContractVersion | None, tax: dict[str, str] | None = None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Rows of the level above, and those of sessions that are shared without it: nothing of them is the sub-operator's.

        ``draft`` None: with the versions that were above at the starts. ``tax``: as if that were the sub-operator's status.
        """
        above: list[dict[str, Any]] = []
        without: list[dict[str, Any]] = []
        for pair, mine in self._pairs(draft):
            entries = [self._entry(pair, row) for row in mine]
            statement = build_statement(case_above(self.level if tax is None else self._taxed(tax), self.around, pair, entries))
            if pair.parent is not None:
                above += rows_above(statement)
            else:
                rows = statement.answer()["rows"]
                without += [row | {"passed_on": row["partner"], "partner": "0", "override": None} for row in rows]
        return above, without

    def name_of(self, row: ChargingSession) -> str:
        """Whose session it is."""
        return "" if row.partner_id is None else self.around.partners[row.partner_id].name

    def without_room(self, draft: ContractVersion) -> list[dict[str, Any]]:
        """The partners that are promised more than the draft gives, each with how many sessions."""
        counts: dict[UUID, int] = defaultdict(int)
        for pair, mine in self._pairs(draft):
            counts[pair.partner_id] += 0 if pair.parent else len(mine)
        found = [(self.around.partners[key], count) for key, count in counts.items() if count]
        return [{"name": one.name, "code": one.code, "count": count} for one, count in sorted(found, key=lambda pair: pair[0].name)]

    def _pairs(self, draft: ContractVersion | None) -> Iterator[tuple[Pair, list[ChargingSession]]]:
        groups: dict[_Group, list[ChargingSession]] = defaultdict(list)
        for row in self.sessions.values():
            if row.partner_id is not None and row.contract_version_id is not None:
                groups[row.partner_id, row.contract_version_id, row.parent_version_id if draft is None else None].append(row)
        for (partner_id, version_id, _), mine in groups.items():
            version = self.around.versions[version_id]
            parent = parent_of(self.around, mine[0]) if draft is None else level_above(version, draft)
            yield Pair(partner_id, version, parent), mine

    def _entry(self, pair: Pair, row: ChargingSession) -> dict[str, Any]:
        member = entry_above(self.level, self.around, pair, row, self.lines[row.id])
        return member | {"collected_on": str(self.level.month.last)}

    def _taxed(self, tax: dict[str, str]) -> Level:
        level = self.level
        return Level(level.partner_id, level.month, level.time_zone, level.currency, tax)


def gather_care(session: Session, partner: Partner, contract: Contract, month: Month, tax: list[TaxStep]) -> CareReplay | None:
    """The month's sessions of the partners that were in a sub-operator's care when they began; None for whoever has none in its care."""
    if partner.kind != "sub_operator":
        return None
    span = month_span(month, contract.time_zone)
    then = (
        select(PartnerCare.parent_id)
        .where(PartnerCare.partner_id == ChargingSession.partner_id, PartnerCare.since <= ChargingSession.started_at)
        .order_by(PartnerCare.since.desc(), PartnerCare.id.desc())
        .limit(1)
    )
    ever = select(PartnerCare.partner_id).where(PartnerCare.parent_id == partner.id)
    rows = session.scalars(
        select(ChargingSession)
        .where(
            ChargingSession.partner_id.in_(ever),
            ChargingSession.contract_version_id.is_not(None),
            ChargingSession.state == "rated",
            ChargingSession.currency == contract.currency,
            ChargingSession.ended_at >= span.start,
            ChargingSession.ended_at < span.end,
            then.scalar_subquery() == partner.id,
        )
        .order_by(ChargingSession.ended_at, ChargingSession.id)
    ).all()
    level = Level(partner.id, month, contract.time_zone, contract.currency, tax_member(tax))
    return CareReplay(level, surroundings(session, rows), {row.code: row for row in rows}, lines_of(session, [row.id for row in rows]))
