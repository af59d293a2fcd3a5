"""Posting: the only writer of the journal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert

from app.access.permissions import Permission
from app.domain.ledger.events import EntryPosted
from app.domain.ledger.models import Account, Posting
from app.domain.ledger.models import Entry as EntryModel
from app.kernel.errors import Conflict
from app.kernel.ids import EntryId, uuid7
from app.money.canonical import canonical_json, digest
from app.money.entries import Entry
from app.work.unit import Work

_PARTNER = "partner_payable:"


def post(
    work: Work,
    entry: Entry,
    key: str,
    *,
    partner_id: UUID | None = None,
    session_id: UUID | None = None,
    statement_id: UUID | None = None,
    payment_id: UUID | None = None,
    reverses: UUID | None = None,
) -> EntryId:
    """Put a business event into the books, once per ``key``: a repeat returns the first entry, another body is a Conflict.

    Racing posts of one key wait for each other on the unique key; the database checks at commit that the legs balance.
    """
    work.require(Permission.LEDGER_POST, partner_id=partner_id)
    body = digest(canonical_json([[p.account_code, p.minor, p.currency] for p in entry.postings] + [[entry.kind, str(entry.effective_on)]]))
    values: dict[str, Any] = {
        "id": uuid7(),
        "operator_id": work.operator_id,
        "partner_id": partner_id,
        "key": key,
        "body_hash": body,
        "kind": entry.kind,
        "effective_on": entry.effective_on,
        "posted_at": work.now,
        "reverses": reverses,
        "session_id": session_id,
        "statement_id": statement_id,
        "payment_id": payment_id,
        "facts": {},
    }
    made = work.session.scalar(
        insert(EntryModel).values(values).on_conflict_do_nothing(index_elements=["operator_id", "key"]).returning(EntryModel.id)
    )
    if made is None:
        return _same_as_before(work, key, body)
    work.session.execute(insert(Posting), _legs(work, entry, made))
    work.record(EntryPosted(operator_id=work.operator_id, partner_id=partner_id, key=key, kind=entry.kind))
    return EntryId(made)


def _legs(work: Work, entry: Entry, entry_id: UUID) -> list[dict[str, Any]]:
    accounts = _accounts(work, entry)
    return [
        {
            "id": uuid7(),
            "operator_id": work.operator_id,
            "partner_id": _partner_of(p.account_code),
            "entry_id": entry_id,
            "account_id": accounts[p.account_code, p.currency],
            "currency": p.currency,
            "amount_minor": p.minor,
        }
        for p in entry.postings
    ]


def _same_as_before(work: Work, key: str, body: str) -> EntryId:
    found = work.session.execute(
        select(EntryModel.id, EntryModel.body_hash).where(EntryModel.operator_id == work.operator_id, EntryModel.key == key)
    ).one()
    if found.body_hash != body:
        raise Conflict("entry_differs", key=key)
    return EntryId(found.id)


def _accounts(work: Work, entry: Entry) -> dict[tuple[str, str], UUID]:
    """The accounts the entry touches, opened where they are new."""
    wanted = {(p.account_code, p.currency): p.account_kind for p in entry.postings}
    rows = [
        {
            "id": uuid7(),
            "operator_id": work.operator_id,
            "partner_id": _partner_of(code),
            "code": code,
            "kind": kind,
            "currency": currency,
        }
        for (code, currency), kind in sorted(wanted.items())
    ]
    work.session.execute(insert(Account).on_conflict_do_nothing(index_elements=["operator_id", "code", "currency"]), rows)
    found = work.session.execute(
        select(Account.code, Account.currency, Account.id).where(
            Account.operator_id == work.operator_id, tuple_(Account.code, Account.currency).in_(list(wanted))
        )
    )
    return {(code, currency): account_id for code, currency, account_id in found}


def _partner_of(account_code: str) -> UUID | None:
    return UUID(account_code.removeprefix(_PARTNER)) if account_code.startswith(_PARTNER) else None
