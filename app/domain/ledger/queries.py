"""Reading the books."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

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


def movement(session: Session, operator_id: UUID, account: tuple[str, str], first: date, until: date, kinds: tuple[str, ...]) -> int:
    """Sum of the legs of an account (code, currency) of entries of those kinds effective in [first, until); debit positive. No scope."""
    total = session.scalar(
        select(func.coalesce(func.sum(Posting.amount_minor), 0))
        .join(Account, Account.id == Posting.account_id)
        .join(Entry, Entry.id == Posting.entry_id)
        .where(
            Account.operator_id == operator_id,
            Account.code == account[0],
            Account.currency == account[1],
            Entry.kind.in_(kinds),
            Entry.effective_on >= first,
            Entry.effective_on < until,
        )
    )
    return int(total or 0)


def owed_on(session: Session, operator_id: UUID, account_codes: Collection[str], currency: str) -> dict[str, int]:
    """What is owed on liability accounts, by code, in minor units; nothing for accounts that were never used. One statement, no scope."""
    found = session.execute(
        select(Account.code, -func.coalesce(func.sum(Posting.amount_minor), 0))
        .outerjoin(Posting, Posting.account_id == Account.id)
        .where(Account.operator_id == operator_id, Account.code.in_(account_codes), Account.currency == currency)
        .group_by(Account.code)
    )
    return {code: int(minor) for code, minor in found}


def entry_of_key(session: Session, operator_id: UUID, key: str) -> UUID | None:
    """The entry posted under a key. No scope."""
    return session.scalar(select(Entry.id).where(Entry.operator_id == operator_id, Entry.key == key))


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
