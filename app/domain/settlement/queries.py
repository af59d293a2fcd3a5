"""Reading the close of a month: partners, runs, statements and their rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, not_, select
from sqlalchemy.orm import defer

from app.access.permissions import Permission
from app.db.paging import AnySelect
from app.domain.ledger.models import Posting
from app.domain.people.models import Partner
from app.domain.people.queries import within
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.refund_models import SessionRefund
from app.domain.settlement.models import SettlementRun, Statement, StatementRow
from app.domain.settlement.plain import booked_above
from app.domain.settlement.rows import DayPoint, RunRow, SettledRow, StatementHead
from app.kernel.errors import NotFound
from app.kernel.periods import Month, month_span
from app.work.jobs import Job
from app.work.unit import Work


def statement_head(statement: Statement, partner_code: str, partner_name: str) -> StatementHead:
    """The row of a statement."""
    names = {f: getattr(statement, f) for f in StatementHead.__dataclass_fields__ if not f.startswith("partner_")}
    return StatementHead(**names, partner_id=_owner(statement), partner_code=partner_code, partner_name=partner_name)


def _owner(statement: Statement) -> UUID:
    if statement.partner_id is None:
        raise RuntimeError("a statement belongs to a partner")
    return statement.partner_id


def heads(work: Work) -> AnySelect:
    """Statements with their partner's code and name, those the actor may see; ``statement_head`` makes rows of them."""
    statement: AnySelect = select(Statement, Partner.code, Partner.name).join(Partner, Partner.id == Statement.partner_id)
    # a head has neither: of a large partner they are megabytes
    statement = statement.options(defer(Statement.input), defer(Statement.answer))
    return statement.where(within(Statement.partner_id, work.scope(Permission.STATEMENT_VIEW)))


def _visible(work: Work) -> ColumnElement[bool]:
    """Drafts are the operator's own business until they are issued."""
    return Statement.state.is_not(None) if work.can(Permission.SETTLEMENT_VIEW) else Statement.state != "draft"


def statement_by_code(work: Work, code: str) -> StatementHead:
    """A statement by its public code; drafts and foreign ones are not found for partners."""
    found = work.session.execute(heads(work).where(Statement.code == code.strip().upper(), _visible(work))).one_or_none()
    if found is None:
        raise NotFound
    return statement_head(*found)


def _own_level(work: Work) -> ColumnElement[bool]:
    """Rows of partners' statements; for a sub-operator in its own account those of its own."""
    taken_over = StatementRow.facts.has_key("passed_on")
    own = work.scope(Permission.CARE_VIEW)
    return and_(taken_over, within(Statement.partner_id, own)) if own else not_(taken_over)


def statement_of_session(work: Work, session_id: UUID) -> StatementHead | None:
    """The newest statement that a session itself stands in, of the actor's own level, as far as the actor may see it."""
    found = work.session.execute(
        heads(work)
        .join(StatementRow, StatementRow.statement_id == Statement.id)
        .where(StatementRow.session_id == session_id, StatementRow.refund_id.is_(None), _visible(work), _own_level(work))
        .order_by(Statement.month.desc(), Statement.revision.desc())
        .limit(1)
    ).one_or_none()
    return statement_head(*found) if found else None


def statements_of_refunds(work: Work, session_id: UUID) -> dict[UUID, StatementHead]:
    """The statement of each refund of a session, by the refund's key, as far as the actor may see it; one statement."""
    rows = heads(work).join(StatementRow, StatementRow.statement_id == Statement.id).add_columns(StatementRow.refund_id)
    found = work.session.execute(
        rows.where(StatementRow.session_id == session_id, StatementRow.refund_id.is_not(None), _visible(work), _own_level(work)).order_by(
            Statement.month
        )
    )
    return {row[3]: statement_head(*row[:3]) for row in found}


def statements_of(work: Work, partner_id: UUID) -> list[StatementHead]:
    """A partner's statements, the newest month first."""
    found = work.session.execute(heads(work).where(Statement.partner_id == partner_id, _visible(work)).order_by(Statement.month.desc()))
    return [statement_head(*row) for row in found]


def statement_rows(work: Work, head: StatementHead) -> list[SettledRow]:
    """The sessions and refunds of a statement found before; needs the right to see rows, not only sums. One statement."""
    work.require(Permission.STATEMENT_ROWS, partner_id=head.partner_id)
    found = work.session.execute(
        select(StatementRow, ChargingSession, SessionRefund.booked_on)
        .outerjoin(ChargingSession, ChargingSession.id == StatementRow.session_id)
        .outerjoin(SessionRefund, SessionRefund.id == StatementRow.refund_id)
        .where(StatementRow.statement_id == head.id)
        .order_by(StatementRow.position)
    )
    return [_settled(*row) for row in found]


def _settled(row: StatementRow, session: ChargingSession | None, booked_on: date | None) -> SettledRow:
    """A session that is out of sight by now, of a partner that left a sub-operator's care, is told by its row."""
    facts = row.facts
    if session is None:
        booked_on = date.fromisoformat(facts["booked_on"]) if "booked_on" in facts else None
        label, energy_wh = facts["charge_point"], int(Decimal(facts["kwh"]) * 1000)
        ended_at: datetime | None = datetime.fromisoformat(facts["ended_at"])
    else:
        label, ended_at, energy_wh = session.station_label, session.ended_at, session.energy_wh
    return SettledRow(
        position=row.position,
        code=facts["id"],
        session_code=facts.get("reverses", facts["id"]),
        label=label,
        ended_at=ended_at,
        booked_on=booked_on,
        energy_wh=0 if booked_on else energy_wh,
        gross_minor=row.gross_minor,
        net_minor=row.net_minor,
        vat_minor=row.vat_minor,
        partner_minor=row.partner_minor,
        state=row.state,
        facts=row.facts,
    )


def statement_answer(work: Work, head: StatementHead) -> dict[str, Any]:
    """The engine's whole answer of a statement found before: expenses, taxes, carry, held rows."""
    work.require(Permission.STATEMENT_VIEW, partner_id=head.partner_id)
    return dict(work.session.execute(select(Statement.answer).where(Statement.id == head.id)).scalar_one())


def days_of(work: Work, partner_id: UUID, month: Month, zone: str) -> list[DayPoint]:
    """What each day of a month brought a partner, in its own zone; days without sessions are left out. One statement."""
    work.require(Permission.STATEMENT_VIEW, partner_id=partner_id)
    span = month_span(month, zone)
    on = func.date(func.timezone(zone, ChargingSession.ended_at)).label("on")
    found = work.session.execute(
        select(
            on,
            func.count(),
            func.sum(ChargingSession.energy_wh),
            func.coalesce(func.sum(ChargingSession.net_minor), 0),
            func.coalesce(func.sum(ChargingSession.partner_minor), 0),
        )
        .where(
            ChargingSession.partner_id == partner_id,
            ChargingSession.state == "rated",
            ChargingSession.ended_at >= span.start,
            ChargingSession.ended_at < span.end,
        )
        .group_by(on)
        .order_by(on)
    )
    return [DayPoint(on=row[0], sessions=row[1], energy_wh=int(row[2]), net_minor=int(row[3]), partner_minor=int(row[4])) for row in found]


def care_days_of(work: Work, partner: Partner, month: Month) -> list[DayPoint]:
    """The same of the sessions of partners in a sub-operator's care, with what stays with it by the books. One statement."""
    work.require(Permission.STATEMENT_VIEW, partner_id=partner.id)
    span = month_span(month, partner.time_zone)
    on = func.date(func.timezone(partner.time_zone, ChargingSession.ended_at)).label("on")
    sums = (func.sum(part) for part in (ChargingSession.energy_wh, ChargingSession.net_minor, -Posting.amount_minor))
    found = work.session.execute(
        booked_above(partner.id, on, func.count(), *sums)
        .where(
            ChargingSession.currency == partner.currency,
            ChargingSession.ended_at >= span.start,
            ChargingSession.ended_at < span.end,
        )
        .group_by(on)
    )
    return [DayPoint(on=row[0], sessions=row[1], energy_wh=int(row[2]), net_minor=int(row[3]), partner_minor=int(row[4])) for row in found]


def runs_of(work: Work, month: date) -> list[RunRow]:
    """The wishes to build drafts of a month or to issue them, the newest first. Two statements."""
    work.require(Permission.SETTLEMENT_VIEW)
    found: Sequence[SettlementRun] = work.session.scalars(
        select(SettlementRun)
        .where(SettlementRun.operator_id == work.operator_id, SettlementRun.month == month)
        .order_by(SettlementRun.created_at.desc(), SettlementRun.id.desc())
        .limit(5)
    ).all()
    given_up = _failed_jobs(work, [run for run in found if run.done < run.total])
    return [
        RunRow(
            id=run.id,
            month=run.month,
            kind=run.kind,
            requested_name=run.requested_name,
            created_at=run.created_at,
            done=run.done,
            total=run.total,
            problems=tuple(run.problems),
            failed=given_up.get(str(run.id), 0),
            finished=run.done + given_up.get(str(run.id), 0) >= run.total,
        )
        for run in found
    ]


def _failed_jobs(work: Work, runs: Sequence[SettlementRun]) -> dict[str, int]:
    """By run, how many of its jobs were given up."""
    if not runs:
        return {}
    run_id = Job.args["run_id"].astext
    since = min(run.created_at for run in runs)
    mine = (Job.operator_id == work.operator_id, Job.state == "failed", Job.created_at >= since, run_id.in_([str(run.id) for run in runs]))
    return dict(work.session.execute(select(run_id, func.count()).where(*mine).group_by(run_id)).tuples().all())
