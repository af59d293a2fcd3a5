"""Personal data of drivers: masked for staff until shown, which the log notes; taken away as a file; erased, but never the money."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from app.domain.drivers.balance import add_balance
from app.domain.drivers.models import Driver, DriverCharge
from app.domain.drivers.rows import DriverRow
from app.domain.people.models import MailMessage
from app.domain.sessions.models import IdToken
from app.tasks.drivers import welcome
from tests.cast import World
from tests.domain.sessions.test_company_drivers import card, company, driver, ended, rated
from tests.pages import Pages, Seen
from tests.portals.driver.test_me import inside


@pytest.fixture
def dora(world: World) -> DriverRow:
    """Sommer's driver with a limit of 9.50."""
    company(world, driver_limit_minor=9_50, discount_pct=Decimal(0))
    return driver(world, phone="+49 40 1234567")


def words(seen: Seen) -> str:
    return " ".join(seen.one("main").get_text(" ").replace("\xa0", " ").split())


def refusal(seen: Seen) -> str:
    assert seen.status == 422
    return words(seen).partition("rückgängig machen. ")[2][:160]


def acts(world: World, name: str) -> list[str]:
    with world.owner() as session:
        return list(session.scalars(text("select actor_name from audit_entry where act = :name order by id"), {"name": name}))


def cpo(world: World, d: DriverRow) -> str:
    return f"/cpo/partners/{world.cast.partners['sommer'].code}/drivers/{d.code}"


def test_staff_see_masked_contacts_until_they_ask_which_is_noted(pages: Pages, world: World, dora: DriverRow) -> None:
    anke, here = pages.as_("aylin"), cpo(world, dora)
    for path in ("/cpo/drivers", here, "/cpo/drivers.csv"):
        seen = anke.get(path).text
        assert "dora@sommer.example" not in seen, path
        assert "d…@sommer.example" in seen, path
    assert acts(world, "ContactShown") == []
    shown = anke.post(f"{here}/contact")
    assert "dora@sommer.example" in shown.text
    assert "1234567" in shown.text.replace(" ", "")
    assert len(acts(world, "ContactShown")) == 1
    assert "dora@sommer.example" in pages.as_("moritz").get(f"/partner/{world.cast.partners['sommer'].code}/drivers/{dora.code}").text


def test_the_debt_stands_in_the_lists(pages: Pages, world: World, dora: DriverRow) -> None:
    rated(world, ended(world, dora, 31_00, 5))
    assert "21,50 €" in words(pages.as_("anke").get("/cpo/drivers"))
    assert "21,50 €" in words(pages.as_("moritz").get(f"/partner/{world.cast.partners['sommer'].code}/drivers"))
    assert "Schuldet 21,50 €" in words(pages.as_("anke").get(cpo(world, dora)))
    assert "21.50 EUR" in pages.as_("anke").get("/cpo/drivers.csv").text


def test_everything_about_one_driver_as_a_file(pages: Pages, world: World, dora: DriverRow) -> None:
    """Staff get place and time of charges; the account gets sums (decision 0012)."""
    rated(world, ended(world, dora, 5_00, 5, label="NL-0501"))
    mine = json.loads(pages.as_("moritz").get(f"/partner/{world.cast.partners['sommer'].code}/drivers/{dora.code}/data.json").text)
    assert (mine["name"], mine["email"], mine["cards"][0]["number"]) == ("Dora", "dora@sommer.example", "04AADORA")
    assert mine["charges"] == [{"month": "2026-10", "company": "5.00 EUR", "balance": "0.00 EUR"}]
    assert "last_used_at" not in mine["cards"][0]
    all_of_it = json.loads(pages.as_("carla").get(f"{cpo(world, dora)}/data.json").text)
    assert all_of_it["charges"][0]["kwh"] == "50.000"
    assert len(acts(world, "DriverDataTaken")) == 2
    assert pages.as_("aylin").get(f"{cpo(world, dora)}/data.json").status == 403


def test_the_employer_sees_what_the_driver_is_told_and_no_more(pages: Pages, world: World, dora: DriverRow) -> None:
    """31.00 at the own charge point, 9.50 on account: neither the price is seen, nor when the card was used, nor what she paid."""
    rated(world, ended(world, dora, 31_00, 5))
    phone = inside(pages, world, driver(world, "Emil", agreed=False))
    told = words(phone.get("/me/company"))
    for said in (
        "Ihren Namen, Ihre E-Mail, Telefonnummer, Sprache, Gruppe, Karten und Ihr Guthaben",
        "die Summe, die Sie im Monat auf seine Rechnung laden",
        "Was Sie von Ihrem eigenen Anteil noch nicht bezahlt haben",
        "nicht, was Sie selbst bezahlt haben, und nicht die Karten, mit denen Sie zahlen",
    ):
        assert said in told
    seen = words(pages.as_("moritz").get(f"/partner/{world.cast.partners['sommer'].code}/drivers/{dora.code}"))
    for shown in ("Dora", "dora@sommer.example", "04AADORA", "9,50 € von 9,50 €", "Guthaben: 0,00 €", "Schuldet 21,50 €"):
        assert shown in seen
    for hidden in ("31,00", "Zuletzt benutzt", "vor 5 Stunden", "NL-0417"):
        assert hidden not in seen
    assert "Zuletzt benutzt" in words(pages.as_("carla").get(cpo(world, dora)))


def test_erased_for_good_but_never_the_money(pages: Pages, world: World, dora: DriverRow) -> None:
    carla, here = pages.as_("carla"), cpo(world, dora)
    with world.work(world.system()) as work:
        welcome(work, str(dora.id))
    with world.owner() as session:
        session.execute(text("update mail_message set state = 'sent'"))
    with world.work("moritz") as work:
        add_balance(work, dora.partner_id, dora.code, 6_00, "Start", key="k")
    running = ended(world, dora, 9_50, 5)
    code = {"code": dora.code}
    assert "oder ein Ladevorgang hat noch keinen Betrag" in refusal(carla.post(f"{here}/erase", code))
    rated(world, running)
    assert "6,00 € sind noch auf dem Guthaben" in refusal(carla.post(f"{here}/erase", code))
    rated(world, ended(world, dora, 8_00, 4))
    assert "schuldet noch 2,00 €" in refusal(carla.post(f"{here}/erase", code))
    with world.owner() as session:
        session.execute(text("set local session_replication_role = replica"))
        session.execute(text("update driver_charge set own_minor = 0, balance_minor = 8_00 where own_minor > 0"))
    wrong = carla.post(f"{here}/erase", {"code": "D-XXXX"})
    assert (wrong.status, wrong.one("#code")["aria-invalid"]) == (422, "true")
    assert carla.post(f"{here}/erase", code).status == 303
    assert carla.get(here).status == 404
    with world.owner() as session:
        row, token = session.get_one(Driver, dora.id), session.scalars(select(IdToken).where(IdToken.driver_id == dora.id)).one()
        assert (row.name, row.email, row.phone) == (dora.code, f"{dora.code.lower()}@erased.invalid", "")
        assert (token.value[:7], token.status) == ("ERASED-", "blocked")
        assert len(session.scalars(select(DriverCharge)).all()) == 2
        assert session.scalars(select(MailMessage).where(MailMessage.to_address == "dora@sommer.example")).all() == []
    assert card(world, dora)[0] == "blocked"
    assert "Dora" not in words(carla.get("/cpo/drivers"))


def test_who_may_not(pages: Pages, world: World, dora: DriverRow) -> None:
    assert pages.as_("aylin").get(f"{cpo(world, dora)}/erase").status == 403
    assert pages.as_("olga").get(f"/partner/{world.cast.partners['winter'].code}/drivers/{dora.code}/erase").status == 404
    assert (
        pages.as_("willi").post(f"/partner/{world.cast.partners['winter'].code}/drivers/{dora.code}/erase", {"code": dora.code}).status
        == 404
    )
