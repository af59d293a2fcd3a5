"""Posting: once per key, balanced, and only by who may."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import func, select

from app.domain.ledger.actions import Booking as Wish
from app.domain.ledger.actions import post, post_all
from app.domain.ledger.models import Account, Entry, Posting
from app.domain.ledger.queries import balances
from app.kernel.errors import Conflict, NotAllowed
from app.money.entries import Entry as Booking
from app.money.entries import Posting as Leg
from tests.cast import World

DAY = date(2026, 10, 14)


def booking(world: World, partner_part: int = 646) -> Booking:
    """E1: gross 10.98 = partner 6.46 + operator 2.77 + tax 1.75."""
    host = world.cast.partners["sommer"].id
    legs = (
        Leg("driver_receivable:s", 1098, "EUR"),
        Leg(f"partner_payable:{host}", -partner_part, "EUR"),
        Leg("charging_income", -(923 - partner_part), "EUR"),
        Leg("vat_output:DE:19", -175, "EUR"),
    )
    return Booking("session", DAY, legs)


def test_a_session_is_booked_once_however_often_it_is_posted(world: World) -> None:
    with world.work(world.system()) as work:
        first = post(work, booking(world), "session:1")
    with world.work(world.system()) as work:
        assert post(work, booking(world), "session:1") == first
    with world.owner() as session:
        assert session.scalar(select(func.count()).select_from(Entry)) == 1
        assert session.scalar(select(func.sum(Posting.amount_minor))) == 0
        host = world.cast.partners["sommer"].id
        assert session.scalars(select(Account.partner_id).where(Account.code == f"partner_payable:{host}")).one() == host


def test_the_same_key_with_another_body_is_refused(world: World) -> None:
    with world.work(world.system()) as work:
        post(work, booking(world), "session:1")
    with pytest.raises(Conflict), world.work(world.system()) as work:
        post(work, booking(world, partner_part=647), "session:1")


def test_many_at_once_are_as_many_as_their_keys(world: World) -> None:
    """Three wishes of two keys, one of them posted before: the balances are those of two entries."""
    with world.work(world.system()) as work:
        known = post(work, booking(world), "session:1")
    with world.work(world.system()) as work:
        found = post_all(work, [Wish(entry=booking(world), key=key) for key in ("session:2", "session:1", "session:2")])
    assert found["session:1"] == known
    assert len(set(found.values())) == 2
    with world.work("fiona") as work:
        assert {b.account_code: b.minor for b in balances(work)}["charging_income"] == 2 * -277
    with pytest.raises(Conflict), world.work(world.system()) as work:
        post_all(work, [Wish(entry=booking(world, partner_part=part), key="session:3") for part in (646, 647)])


def test_racing_posts_of_one_key_make_one_entry(world: World) -> None:
    def once(_: int) -> object:
        with world.work(world.system()) as work:
            return post(work, booking(world), "session:race")

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(once, range(12)))) == 1


def test_people_do_not_write_into_the_books(world: World) -> None:
    for who in ("anke", "fiona", "olga"):
        with pytest.raises(NotAllowed), world.work(who) as work:
            post(work, booking(world), "session:1")


def test_finance_reads_balances_and_a_host_does_not(world: World) -> None:
    with world.work(world.system()) as work:
        post(work, booking(world), "session:1")
    with world.work("fiona") as work:
        assert {b.account_code: b.minor for b in balances(work)}["charging_income"] == -277
    with pytest.raises(NotAllowed), world.work("olga") as work:
        balances(work)
