"""A refund above 100.00 moves nothing until a second person of the operator has granted it; on account everybody is told who gets what."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.sessions.models import ChargingSession
from app.domain.sessions.refund_models import RefundWish, SessionRefund
from tests.cast import World
from tests.domain.sessions.arrange import stored
from tests.domain.sessions.test_company_drivers import company, driver, ended, rated
from tests.pages import Pages, Seen

FORM: dict[str, Any] = {"amount": "150,00", "part": "", "reason": "goodwill", "note": "", "one_time_key": "a" * 32}


@pytest.fixture
def row(world: World) -> ChargingSession:
    """160.00 on Sommer's account, 50.00 of it Dora's own."""
    company(world, driver_limit_minor=110_00, discount_pct=Decimal(0))
    return stored(world, rated(world, ended(world, driver(world), 160_00, 5)))


def words(seen: Seen) -> str:
    return " ".join(seen.words.replace("\xa0", " ").split())


def made(world: World) -> int:
    with world.owner() as session:
        return len(session.scalars(select(SessionRefund.id)).all())


def wish(world: World) -> RefundWish:
    with world.owner() as session:
        return session.scalars(select(RefundWish)).one()


def test_asked_by_one_and_granted_by_another(pages: Pages, world: World, row: ChargingSession) -> None:
    """150.00 of 160.00: 50.00 off Dora's debt, 100.00 for the company."""
    fiona, felix, here = pages.as_("fiona"), pages.as_("felix"), f"/cpo/sessions/{row.code}/refund"
    told = words(fiona.post(here, FORM))
    for part in ("Fahrer/in schuldet 50,00 € weniger", "Die Firma erhält 100,00 €", "Über 100,00 € entscheidet"):
        assert part in told, part
    for _ in range(2):
        assert fiona.post(here, FORM | {"confirm": "1"}).status == 303
    assert made(world) == 0
    assert fiona.post(here, FORM | {"confirm": "1", "one_time_key": "b" * 32}).status == 422, "one waits already"
    decide = f"/cpo/refunds/{wish(world).id}"
    assert "1 Erstattung wartet auf eine zweite Person" in words(felix.get("/cpo/"))
    assert "wartet auf eine zweite Person" not in words(fiona.get("/cpo/"))
    assert row.code in words(felix.get("/cpo/refunds"))
    assert "Eine andere Person muss entscheiden" in words(fiona.get(decide))
    assert fiona.post(f"{decide}/grant").status == 409
    assert made(world) == 0
    assert "100,00 €" in words(felix.get(decide))
    assert felix.post(f"{decide}/grant").status == 303
    assert made(world) == 1
    assert felix.post(f"{decide}/grant").status == 404, "decided"
    assert "Keine Erstattung wartet." in words(felix.get("/cpo/refunds"))


def test_refused_moves_nothing_and_others_find_nothing(pages: Pages, world: World, row: ChargingSession) -> None:
    pages.as_("fiona").post(f"/cpo/sessions/{row.code}/refund", FORM | {"confirm": "1"})
    decide = f"/cpo/refunds/{wish(world).id}"
    assert pages.as_("carla").post(f"{decide}/grant").status == 403
    assert pages.as_("felix").post(f"{decide}/refuse").status == 303
    assert (made(world), wish(world).state) == (0, "refused")
    assert pages.as_("felix").get(f"/cpo/refunds/{row.id}").status == 404
    assert pages.as_("carla").get("/cpo/refunds").status == 403
    with world.tenant(world.actor("willi")) as session:
        assert session.scalars(select(RefundWish)).all() == []


def test_a_small_one_needs_nobody_else_and_the_form_asks_few_questions(pages: Pages, world: World, row: ChargingSession) -> None:
    fiona, here = pages.as_("fiona"), f"/cpo/sessions/{row.code}/refund"
    fiona.get(here)
    with pages.counting() as asked:
        fiona.get(here)
    assert len(asked) <= 36, len(asked)
    assert fiona.post(here, FORM | {"amount": "100,00", "confirm": "1"}).status == 303
    assert made(world) == 1


def test_small_ones_together_need_a_second_person_too(pages: Pages, world: World, row: ChargingSession) -> None:
    """60.00 alone, then 40.00 more makes 100.00: still alone. One cent more is 100.01 and waits; what was granted counts no more."""
    fiona, felix, here = pages.as_("fiona"), pages.as_("felix"), f"/cpo/sessions/{row.code}/refund"
    for key, amount in (("a", "60,00"), ("b", "40,00")):
        told = words(fiona.post(here, FORM | {"amount": amount, "one_time_key": key * 32}))
        assert "Über 100,00 € entscheidet" not in told
        assert fiona.post(here, FORM | {"amount": amount, "one_time_key": key * 32, "confirm": "1"}).status == 303
    assert made(world) == 2
    more = FORM | {"amount": "20,00", "one_time_key": "c" * 32}
    assert "Über 100,00 € entscheidet" in words(fiona.post(here, more))
    assert fiona.post(here, more | {"confirm": "1"}).status == 303
    assert (made(world), wish(world).state) == (2, "waiting")
    assert fiona.post(here, FORM | {"amount": "40,00", "one_time_key": "b" * 32, "confirm": "1"}).status == 303, "the same wish again"
    assert made(world) == 2
    assert felix.post(f"/cpo/refunds/{wish(world).id}/grant").status == 303
    assert made(world) == 3
