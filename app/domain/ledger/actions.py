"""Posting: the only writer of the journal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
from app.money.entries import Posting as Leg
from app.work.unit import Work

#: accounts kept for a partner; its key follows the first word
_PARTNERS = {"partner_payable", "driver_balance", "balance_receivable"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """An entry to be put into the books once under its ``key``, and what it belongs to."""

    entry: Entry
    key: str
    partner_id: UUID | None = None
    session_id: UUID | None = None
    statement_id: UUID | None = None
    payment_id: UUID | None = None
    reverses: UUID | None = None

    @property
    def body_hash(self) -> str:
        """What must be the same when the key comes again."""
        legs = [[p.account_code, p.minor, p.currency] for p in self.entry.postings]
        return digest(canonical_json([*legs, [self.entry.kind, str(self.entry.effective_on)]]))


def post(work: Work, entry: Entry, key: str, **of: UUID | None) -> EntryId:
    """Put a business event into the books, once per ``key``: a repeat returns the first entry, another body is a Conflict.

    ``of`` says what it belongs to, as in ``Booking``.
    """
    return post_all(work, [Booking(entry=entry, key=key, **of)])[key]


def post_all(work: Work, bookings: Sequence[Booking]) -> dict[str, EntryId]:
    """Many events at once, in a constant number of statements; the entries by key.

    Racing posts of one key wait for each other on the unique key; the database checks at commit that the legs balance.
    """
    for partner_id in {each.partner_id for each in bookings}:
        work.require(Permission.LEDGER_POST, partner_id=partner_id)
    if not bookings:
        return {}
    by_key: dict[str, Booking] = {}
    for each in bookings:
        by_key.setdefault(each.key, each)
    rows = [entry_row(work, by_key[key]) for key in sorted(by_key)]
    insertion = insert(EntryModel).values(rows).on_conflict_do_nothing(index_elements=["operator_id", "key"])
    made = {key: EntryId(found) for key, found in work.session.execute(insertion.returning(EntryModel.key, EntryModel.id)).tuples()}
    fresh = [by_key[key] for key in made]
    if fresh:
        legs = [(made[each.key], posting) for each in fresh for posting in each.entry.postings]
        accounts = _accounts(work, [posting for _, posting in legs])
        rows = [leg_row(work, entry_id, accounts[leg.account_code, leg.currency], leg) for entry_id, leg in legs]
        work.session.execute(insert(Posting), rows, execution_options={"render_nulls": True})
    for each in fresh:
        work.record(EntryPosted(operator_id=work.operator_id, partner_id=each.partner_id, key=each.key, kind=each.entry.kind))
    return made | {each.key: _same_as_before(work, each) for each in bookings if each is not by_key[each.key] or each.key not in made}


def entry_row(work: Work, booking: Booking) -> dict[str, Any]:
    """Internal: the entry's columns."""
    return {
        "id": uuid7(),
        "operator_id": work.operator_id,
        "partner_id": booking.partner_id,
        "key": booking.key,
        "body_hash": booking.body_hash,
        "kind": booking.entry.kind,
        "effective_on": booking.entry.effective_on,
        "posted_at": work.now,
        "reverses": booking.reverses,
        "session_id": booking.session_id,
        "statement_id": booking.statement_id,
        "payment_id": booking.payment_id,
        "facts": {},
    }


def leg_row(work: Work, entry_id: UUID, account_id: UUID, leg: Leg) -> dict[str, Any]:
    """Internal: a posting's columns."""
    return {
        "id": uuid7(),
        "operator_id": work.operator_id,
        "partner_id": _partner_of(leg.account_code),
        "entry_id": entry_id,
        "account_id": account_id,
        "currency": leg.currency,
        "amount_minor": leg.minor,
    }


def account_row(work: Work, leg: Leg) -> dict[str, Any]:
    """Internal: the columns of the account a leg touches."""
    return {
        "id": uuid7(),
        "operator_id": work.operator_id,
        "partner_id": _partner_of(leg.account_code),
        "code": leg.account_code,
        "kind": leg.account_kind,
        "currency": leg.currency,
    }


def _same_as_before(work: Work, booking: Booking) -> EntryId:
    found = work.session.execute(
        select(EntryModel.id, EntryModel.body_hash).where(EntryModel.operator_id == work.operator_id, EntryModel.key == booking.key)
    ).one()
    if found.body_hash != booking.body_hash:
        raise Conflict("entry_differs", key=booking.key)
    return EntryId(found.id)


def _accounts(work: Work, legs: Iterable[Leg]) -> dict[tuple[str, str], UUID]:
    """The accounts the legs touch, opened where they are new."""
    wanted = {(leg.account_code, leg.currency): leg for leg in legs}
    rows = [account_row(work, leg) for _, leg in sorted(wanted.items(), key=lambda pair: pair[0])]
    work.session.execute(insert(Account).values(rows).on_conflict_do_nothing(index_elements=["operator_id", "code", "currency"]))
    found = work.session.execute(
        select(Account.code, Account.currency, Account.id).where(
            Account.operator_id == work.operator_id, tuple_(Account.code, Account.currency).in_(list(wanted))
        )
    )
    return {(code, currency): account_id for code, currency, account_id in found}


def _partner_of(account_code: str) -> UUID | None:
    kind, *keys = account_code.split(":")
    return UUID(keys[0]) if kind in _PARTNERS else None
