"""The operator's log to read (B59): filtered, by page, and whether its chain is whole. Finance reads what is about money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, func, select, text

from app.access.permissions import Permission
from app.db.paging import PAGE, AnySelect, Page, take_page
from app.db.words import folded
from app.domain.people.models import Partner
from app.domain.people.queries import folded_column, history_row
from app.domain.people.rows import HistoryRow
from app.kernel.ids import uuid7
from app.work.audit import AuditAnchor, AuditEntry, AuditLink
from app.work.unit import Work

#: what entries about money are about
MONEY = (
    "session", "statement", "settlement_run", "document", "payment", "ledger_entry", "contract", "contract_version", "tariff",
    "tariff_assignment", "tariff_group", "group_assignment", "partner_bank", "bank_account", "payout",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What the log is narrowed to; empty: no limit. ``text`` finds words in what was recorded, ``until`` is the first instant left out."""

    who: str = ""
    act: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LogRow:
    """An entry with what the log adds to a history line: whose account, where from, which request, its place in the chain."""

    line: HistoryRow
    subject_kind: str | None
    account: str | None
    account_code: str | None
    address: str | None
    request_id: UUID
    seq: int | None


@dataclass(frozen=True, slots=True)
class ChainState:
    """The answer of a check. ``checked`` links from ``first_seq`` on; ``broken_seq`` is the first that does not fit; ``loose`` entries have
    no link at all."""

    since: datetime | None
    first_seq: int
    checked: int
    last_seq: int
    last_hash: bytes | None
    broken_seq: int | None
    loose: int
    anchored_at: datetime | None

    @property
    def is_whole(self) -> bool:
        """Nothing was changed, taken out or slipped in."""
        return self.broken_seq is None and self.loose == 0


def audit_log(work: Work, wanted: LogFilter, *, cursor: str | None = None, limit: int = PAGE) -> Page[LogRow]:
    """Entries, the newest first. Two statements."""
    work.require(Permission.AUDIT_VIEW)
    columns: AnySelect = select(AuditEntry, Partner.name, Partner.code, AuditLink.seq)
    statement = (
        columns.outerjoin(Partner, Partner.id == AuditEntry.partner_id)
        .outerjoin(AuditLink, AuditLink.entry_id == AuditEntry.id)
        .where(AuditEntry.operator_id == work.operator_id)
    )
    if not work.can(Permission.AUDIT_ALL):
        statement = statement.where(AuditEntry.subject_kind.in_(MONEY))
    page = take_page(
        work.session,
        _narrowed(statement, wanted),
        (AuditEntry.at, AuditEntry.id),
        lambda r: (r.AuditEntry.at.isoformat(), r.AuditEntry.id),
        cursor=cursor,
        limit=limit,
        descending=True,
    )
    return Page([_row(r) for r in page.rows], page.before, page.after, page.total)


def chain_state(work: Work, *, whole: bool = False) -> ChainState:
    """Check the chain since the last good anchor, or from its first link on (``whole``)."""
    work.require(Permission.AUDIT_VIEW)
    anchors = select(AuditAnchor).where(AuditAnchor.operator_id == work.operator_id).order_by(AuditAnchor.at.desc(), AuditAnchor.id.desc())
    last = work.session.scalars(anchors.limit(1)).first()
    good = last if last is not None and last.broken_seq is None and not whole else None
    found = work.session.execute(
        text("select * from voltpact_audit_check(:operator, :after, :hash)"),
        {"operator": work.operator_id, "after": good.seq if good else 0, "hash": good.row_hash if good else None},
    ).one()
    broken = found.broken_seq
    if broken is None and last is not None and not _holds(work, last):
        broken = last.seq
    no_link = ~select(AuditLink.seq).where(AuditLink.entry_id == AuditEntry.id).exists()
    loose = select(func.count()).select_from(AuditEntry).where(AuditEntry.operator_id == work.operator_id, no_link)
    first = select(func.min(AuditEntry.at)).where(AuditEntry.operator_id == work.operator_id)
    return ChainState(
        since=work.session.scalar(first),
        first_seq=(good.seq if good else 0) + 1,
        checked=found.checked,
        last_seq=found.last_seq,
        last_hash=found.last_hash,
        broken_seq=broken,
        loose=work.session.scalar(loose) or 0,
        anchored_at=last.at if last is not None else None,
    )


def anchor(work: Work) -> AuditAnchor | None:
    """Check the whole chain and keep its end. None: there is nothing to keep yet."""
    state = chain_state(work, whole=True)
    if state.last_hash is None:
        return None
    made = AuditAnchor(
        id=uuid7(),
        operator_id=work.operator_id,
        at=work.now,
        seq=state.last_seq,
        row_hash=state.last_hash,
        checked=state.checked,
        broken_seq=state.broken_seq,
    )
    work.session.add(made)
    work.session.flush()
    return made


def _holds(work: Work, anchor: AuditAnchor) -> bool:
    """Whether the link that was anchored is still there, as it was."""
    kept = select(AuditLink.row_hash).where(AuditLink.operator_id == anchor.operator_id, AuditLink.seq == anchor.seq)
    return work.session.scalar(kept) == anchor.row_hash


def _narrowed(statement: AnySelect, wanted: LogFilter) -> AnySelect:
    if wanted.who.strip():
        statement = statement.where(func.strpos(folded_column(cast(AuditEntry.actor_name, Text)), folded(wanted.who.strip())) > 0)
    if wanted.act:
        statement = statement.where(AuditEntry.act == wanted.act)
    if wanted.text.strip():
        statement = statement.where(func.strpos(folded_column(cast(AuditEntry.facts, Text)), folded(wanted.text.strip())) > 0)
    if wanted.since is not None:
        statement = statement.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(AuditEntry.at < wanted.until)
    return statement


def _row(found: Any) -> LogRow:
    entry: AuditEntry = found.AuditEntry
    return LogRow(
        line=history_row(entry),
        subject_kind=entry.subject_kind,
        account=found.name,
        account_code=found.code,
        address=entry.address,
        request_id=entry.work_id,
        seq=found.seq,
    )
