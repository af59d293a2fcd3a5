"""What a sub-operator's month takes over: the sessions of partners in its care that began under its own contract, at its own level.

They are settled by the statement's own engine, partner by partner, under the versions fixed at their start; what leaves are the rows of
the level above (``app.money.settlement.care``), so that of a partner's contract the sub-operator's input has only what comes of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from app.domain.contracts.models import ContractVersion
from app.domain.people.models import Partner
from app.domain.people.tax import TaxStep
from app.domain.sessions.models import ChargingSession, SessionLine
from app.domain.sessions.refund_models import SessionRefund
from app.domain.sessions.settling import Surroundings, contract_member, parent_of, surroundings, tax_member, terms_members
from app.domain.settlement.models import Statement, StatementRow
from app.domain.settlement.standing import entry_member, issued_rows, lines_of, refund_members
from app.kernel.periods import Month, month_span
from app.money.amount import to_text
from app.money.settlement.care import held_above, rows_above
from app.money.statement import build_statement

#: terms that say when and for what else a version counts; a session has fixed it already
_NOT_ASKED = ("valid_to", "platform_fee")
Found = Sequence[tuple[ChargingSession, date | None]]


@dataclass(frozen=True, slots=True)
class Care:
    """Rows of the level above by their end, what of them waits, and which key stands behind which code."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    #: what waits for something the settlement must not guess
    held: list[dict[str, Any]] = field(default_factory=list)
    session_ids: dict[str, UUID] = field(default_factory=dict)
    refund_ids: dict[str, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Level:
    """The sub-operator's month, and its tax status as the engine reads it."""

    partner_id: UUID
    month: Month
    time_zone: str
    currency: str
    tax: dict[str, str] | list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Pair:
    """A partner in care under one version of its contract, and the version above; ``parent`` None: without that level."""

    partner_id: UUID
    version: ContractVersion
    parent: ContractVersion | None


def care_of(
    session: Session,
    partner: Partner,
    month: Month,
    currency: str,
    versions: Collection[UUID],
    tax: Sequence[TaxStep],
    which: ColumnElement[bool],
) -> Care:
    """The rows that a sub-operator's statement of the month takes over, under these versions of its own contracts; none for others.

    ``which``: of the sessions only these.
    """
    if partner.kind != "sub_operator" or not versions:
        return Care()
    level = Level(partner.id, month, partner.time_zone, currency, tax_member(tax))
    found = _sessions(session, level, versions, which)
    if not found:
        return Care()
    rows = [row for row, _ in found]
    around, lines = surroundings(session, rows), lines_of(session, [row.id for row in rows])
    codes = {row.id: row.code for row in rows}
    chains: dict[str, list[dict[str, Any]]] = defaultdict(list)
    refunds = refund_members(session, partner.id, codes, month)
    for one, member in refunds:
        chains[codes[one.session_id]].append(member)
    statements = [build_statement(case) for case in _cases(level, around, found, lines, chains)]
    made = [line for one in statements for line in rows_above(one)]
    held = [line for one in statements for line in held_above(one)]
    known = {row.code: row for row in rows}
    booked = {one.code: one.booked_on for one, _ in refunds}
    for line in (*made, *held):
        line["name"] = around.partners[UUID(line["partner"])].name
    for line in made:
        _name(line["row"], known, booked, around)
    for line in held:
        if (row := known.get(line["id"])) is not None:
            line |= {"charge_point": row.station_label, "ended_at": row.ended_at and row.ended_at.isoformat()}
    made.sort(key=lambda line: (line["row"].get("booked_on") or line["row"]["ended_at"], line["row"]["id"]))
    return Care(made, held, {row.code: row.id for row in rows}, {one.code: one.id for one, _ in refunds})


def _sessions(
    session: Session, level: Level, versions: Collection[UUID], which: ColumnElement[bool]
) -> list[tuple[ChargingSession, date | None]]:
    """As of a partner's own sessions: in none of its issued statements, still awaited when the month began, or given back since."""
    span = month_span(level.month, level.time_zone)
    issued = issued_rows(level.partner_id).where(StatementRow.session_id == ChargingSession.id, StatementRow.refund_id.is_(None))
    settled = issued.with_only_columns(func.min(Statement.month)).scalar_subquery()
    refund = exists().where(SessionRefund.session_id == ChargingSession.id, SessionRefund.booked_on <= level.month.last)
    given_back = refund.where(~issued_rows(level.partner_id).where(StatementRow.refund_id == SessionRefund.id).exists())
    awaited = or_(ChargingSession.collected_at.is_(None), ChargingSession.collected_at >= span.start)
    rows = session.execute(
        select(ChargingSession, settled.label("settled_in"))
        .where(
            ChargingSession.parent_version_id.in_(versions),
            ChargingSession.currency == level.currency,
            ChargingSession.state == "rated",
            ChargingSession.ended_at < span.end,
            or_(~issued.exists(), awaited, given_back),
            which,
        )
        .order_by(ChargingSession.ended_at, ChargingSession.id)
    )
    return [(row, settled_in) for row, settled_in in rows]


def _cases(
    level: Level, around: Surroundings, found: Found, lines: dict[UUID, list[SessionLine]], chains: dict[str, list[dict[str, Any]]]
) -> Iterator[dict[str, Any]]:
    """A month for the engine per partner and pair of versions; a pair that is no level above has none."""
    groups: dict[tuple[UUID | None, UUID | None, UUID | None], list[tuple[ChargingSession, date | None]]] = defaultdict(list)
    for row, settled in found:
        groups[row.partner_id, row.contract_version_id, row.parent_version_id].append((row, settled))
    for (partner_id, version_id, _), mine in groups.items():
        parent = parent_of(around, mine[0][0])
        if partner_id is None or version_id is None or parent is None:
            continue
        pair = Pair(partner_id, around.versions[version_id], parent)
        entries = []
        for row, settled in mine:
            entries += [entry_above(level, around, pair, row, lines[row.id], settled), *chains[row.code]]
        yield case_above(level, around, pair, entries)


def entry_above(
    level: Level, around: Surroundings, pair: Pair, row: ChargingSession, lines: list[SessionLine], settled: date | None = None
) -> dict[str, Any]:
    """A session of a partner in care as the engine takes it for the level above.

    Whoever pays it: here the money counts once it is collected.
    """
    member = entry_member(row, lines, settled, level.time_zone, around.suppliers.get(pair.partner_id, ()))
    return member | terms_members(row, pair.version) | ({"payer": "account"} if row.channel == "corporate" else {})


def case_above(level: Level, around: Surroundings, pair: Pair, entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A month for the engine: sessions (and refunds) of one partner under one version, with the version above."""
    terms = {name: value for name, value in contract_member(pair.version, pair.parent).items() if name not in _NOT_ASKED}
    held = [{"contract": terms["id"], "from": "1970-01-01"}]
    labels = sorted({member["charge_point"] for member in entries if "charge_point" in member})
    return {
        "month": str(level.month),
        "time_zone": level.time_zone,
        "currency": level.currency,
        "partner": {"id": str(pair.partner_id), "tax": tax_member(around.taxes[pair.partner_id])},
        "sub_operator": {"id": str(level.partner_id), "tax": level.tax},
        "contracts": [terms | {"valid_from": "1970-01"}],
        "holdings": [{"charge_point": label, "evses": [], "assignments": held} for label in labels],
        "sessions": list(entries),
    }


def _name(facts: dict[str, Any], known: dict[str, ChargingSession], booked: dict[str, date], around: Surroundings) -> None:
    """What a page needs to show the row to who no longer sees the session; the contract is the sub-operator's."""
    row = known[facts.get("reverses", facts["id"])]
    parent = parent_of(around, row)
    if parent is not None:
        facts |= {"contract": str(parent.contract_id), "version": parent.number}
    facts |= {"charge_point": row.station_label, "ended_at": row.ended_at and row.ended_at.isoformat(), "kwh": to_text(row.energy_wh, 3)}
    if "reverses" in facts:
        facts["booked_on"] = str(booked[facts["id"]])
