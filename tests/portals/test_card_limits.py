"""Limits of a driver's card: entered in both portals, shown in words, in force for the engine, refused by field, closed to others."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import text

from app.domain.drivers.actions import add_driver
from app.domain.drivers.rows import DriverInput
from app.domain.sessions.running import card_limits
from app.money.terms import SessionLimits
from tests.cast import World
from tests.pages import Pages, Seen


def words(seen: Seen) -> str:
    return seen.words.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.fixture
def card(world: World) -> tuple[str, str]:
    """The address of Dora's page below a portal's drivers, and that of her card's limits."""
    with world.work("moritz") as work:
        driver = add_driver(
            work, world.cast.partners["sommer"].id, DriverInput(name="Dora", email="d@sommer.example", language="de", card="04AA11BB")
        )
    with world.owner() as session:
        key = session.execute(text("select id from id_token where value = '04AA11BB'")).scalar_one()
    return f"drivers/{driver.code}", f"drivers/{driver.code}/cards/{key}/limits"


def kept(world: World, value: str = "04AA11BB") -> SessionLimits | None:
    with world.owner() as session:
        owner = world.cast.operator.id
        return card_limits(session, {(owner, value)}).get((owner, value))


@pytest.mark.parametrize(("who", "kind"), [("moritz", "partner"), ("carla", "cpo")])
def test_limits_are_entered_shown_and_in_force(pages: Pages, world: World, card: tuple[str, str], who: str, kind: str) -> None:
    code = world.cast.partners["sommer"].code
    base = f"/partner/{code}" if kind == "partner" else f"/cpo/partners/{code}"
    someone = pages.as_(who)
    assert someone.get(f"{base}/{card[1]}").status == 200
    saved = someone.post(f"{base}/{card[1]}", {"energy_kwh": "20,5", "minutes": "2 h", "cost": "10,00"})
    assert saved.status == 303, words(saved)
    assert kept(world) == SessionLimits(Decimal("20.5"), 120, Decimal("10.00"))
    assert "20,5 kWh · 2 h 00 min · 10,00 € Grenzen" in words(someone.get(f"{base}/{card[0]}"))
    form = someone.get(f"{base}/{card[1]}")
    assert [form.one(f"#{name}")["value"] for name in ("energy_kwh", "minutes", "cost")] == ["20,5", "120", "10,00"]
    assert someone.post(f"{base}/{card[1]}", {"energy_kwh": "", "minutes": "", "cost": ""}).status == 303
    assert kept(world) is None
    with world.owner() as session:
        facts = session.execute(
            text("select facts -> 'after' ->> 'limits' from audit_entry where act = 'CardChanged' order by at, id")
        ).all()
    assert [each[0] is None for each in facts] == [True, False, True]


def test_what_is_wrong_is_said_at_its_field_and_nothing_changes(pages: Pages, world: World, card: tuple[str, str]) -> None:
    moritz, path = pages.as_("moritz"), f"/partner/{world.cast.partners['sommer'].code}/{card[1]}"
    for field, typed in (("energy_kwh", "0"), ("energy_kwh", "1001"), ("minutes", "0"), ("minutes", "999 h"), ("cost", "0"), ("cost", "x")):
        seen = moritz.post(path, {field: typed})
        assert (seen.status, seen.one(f"#{field}")["aria-invalid"]) == (422, "true"), (field, typed)
    assert kept(world) is None


def test_strangers_find_nothing_and_readers_change_nothing(pages: Pages, world: World, card: tuple[str, str]) -> None:
    sommer, winter = (f"/partner/{world.cast.partners[name].code}/{card[1]}" for name in ("sommer", "winter"))
    for who, path, status in (("willi", sommer, 404), ("willi", winter, 404), ("pia", sommer, 403), ("toni", sommer, 403)):
        visitor = pages.as_(who)
        assert visitor.get(path).status == status, who
        assert visitor.post(path, {"energy_kwh": "1"}).status == status, who
    assert kept(world) is None


def test_a_card_given_in_its_place_has_the_same_limits(pages: Pages, world: World, card: tuple[str, str]) -> None:
    moritz, base = pages.as_("moritz"), f"/partner/{world.cast.partners['sommer'].code}"
    moritz.post(f"{base}/{card[1]}", {"minutes": "90"})
    old = card[1].split("/")[-2]
    assert moritz.post(f"{base}/{card[0]}/cards", {"card": "04CC22DD", "label": "", "instead": old}).status == 303
    assert kept(world, "04CC22DD") == SessionLimits(minutes=90)
