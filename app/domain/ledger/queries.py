"""Reading the books."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from app.access.permissions import Permission
from app.domain.ledger.models import Account, Entry, Posting
from app.domain.ledger.rows import Balance, LegRow
from app.work.unit import Work


def balances(work: Work, *, prefix: str = "") -> list[Balance]:
    """Balance per account, in order of the accounts' codes; ``prefix`` narrows them (``partner_payable``)."""
    work.require(Permission.SETTLEMENT_VIEW)
    found = work.session.execute(
        select(Account.code, Account.kind, Account.currency, func.coalesce(func.sum(Posting.amount_minor), 0))
        .outerjoin(Posting, Posting.account_id == Account.id)
        .where(Account.operator_id == work.operator_id, Account.code.startswith(prefix, autoescape=True))
        .group_by(Account.id)
        .order_by(Account.code, Account.currency)
    )
    return [Balance(code, kind, currency, int(minor)) for code, kind, currency, minor in found]


def movement(work: Work, account_code: str, currency: str, first: date, until: date, kinds: tuple[str, ...]) -> int:
    """Sum of an account's legs of entries of those kinds effective in [first, until); debit positive, minor units."""
    total = work.session.scalar(
        select(func.coalesce(func.sum(Posting.amount_minor), 0))
        .join(Account, Account.id == Posting.account_id)
        .join(Entry, Entry.id == Posting.entry_id)
        .where(
            Account.operator_id == work.operator_id,
            Account.code == account_code,
            Account.currency == currency,
            Entry.kind.in_(kinds),
            Entry.effective_on >= first,
            Entry.effective_on < until,
        )
    )
    return int(total or 0)


def legs_of_session(work: Work, session_id: UUID) -> list[LegRow]:
    """Every leg booked for a session, oldest entry first. The caller has found the session within its scope."""
    found = work.session.execute(
        select(Entry.id, Entry.key, Entry.kind, Entry.effective_on, Account.code, Posting.amount_minor, Posting.currency)
        .join(Posting, Posting.entry_id == Entry.id)
        .join(Account, Account.id == Posting.account_id)
        .where(Entry.session_id == session_id)
        .order_by(Entry.posted_at, Entry.id, Posting.id)
    )
    return [LegRow(*row) for row in found]
