"""What the database refuses by itself: changed history, unbalanced books, overlapping assignments."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from app.demo import builders as make
from app.domain.ledger.models import Account, Entry, Posting
from tests.cast import NOW, World


def account(session: Session, world: World, code: str, currency: str = "EUR") -> Account:
    return make.add(session, Account(operator_id=world.cast.operator.id, code=code, kind="asset", currency=currency))


def entry(session: Session, world: World, key: str, legs: list[tuple[Account, int]]) -> Entry:
    made = make.add(
        session,
        Entry(operator_id=world.cast.operator.id, key=key, body_hash="h", kind="test", effective_on=NOW.date(), posted_at=NOW),
    )
    for of, amount in legs:
        make.add(
            session,
            Posting(operator_id=made.operator_id, entry_id=made.id, account_id=of.id, currency=of.currency, amount_minor=amount),
        )
    return made


def test_a_balanced_entry_is_kept(world: World) -> None:
    with world.owner() as session:
        entry(session, world, "k", [(account(session, world, "bank"), 1753), (account(session, world, "psp_clearing"), -1753)])


@pytest.mark.parametrize("legs", [[("bank", 100), ("psp_clearing", -99)], [("bank", 100)], []])
def test_what_does_not_balance_fails_at_commit(world: World, legs: list[tuple[str, int]]) -> None:
    with pytest.raises(DatabaseError, match=r"balance|fewer than two"), world.owner() as session:
        entry(session, world, "k", [(account(session, world, code), amount) for code, amount in legs])


def test_currencies_balance_each_by_itself(world: World) -> None:
    with pytest.raises(DatabaseError, match="balance"), world.owner() as session:
        entry(session, world, "k", [(account(session, world, "bank"), 100), (account(session, world, "bank", "CHF"), -100)])


def test_nobody_adds_a_leg_later(world: World) -> None:
    with world.owner() as session:
        bank, clearing = account(session, world, "bank"), account(session, world, "psp_clearing")
        made = entry(session, world, "k", [(bank, 5), (clearing, -5)])
    with pytest.raises(DatabaseError, match="sealed"), world.owner() as session:
        session.add(Posting(operator_id=made.operator_id, entry_id=made.id, account_id=bank.id, currency="EUR", amount_minor=1))


@pytest.mark.parametrize(
    "statement", ["update ledger_posting set amount_minor = 6", "delete from ledger_entry", "truncate ledger_entry cascade"]
)
def test_the_books_are_append_only_even_for_their_owner(world: World, statement: str) -> None:
    with world.owner() as session:
        entry(session, world, "k", [(account(session, world, "bank"), 5), (account(session, world, "psp_clearing"), -5)])
    with pytest.raises(DatabaseError, match="append-only"), world.owner() as session:
        session.execute(text(statement))


def test_a_charge_point_is_under_one_contract_at_a_time(world: World) -> None:
    with pytest.raises(IntegrityError, match="already under a contract"), world.owner() as session:
        make.assign_station(session, world.cast.stations["NL-0417"], world.cast.contracts["winter"], date(2026, 10, 1), NOW)


def test_an_assignment_may_begin_the_day_another_ends(world: World) -> None:
    with world.owner() as session:
        end: dict[str, Any] = {"day": date(2026, 11, 1), "station": world.cast.stations["NL-0417"].id}
        session.execute(text("update assignment set valid_until = :day where station_id = :station"), end)
        make.assign_station(session, world.cast.stations["NL-0417"], world.cast.contracts["winter"], date(2026, 11, 1), NOW)
