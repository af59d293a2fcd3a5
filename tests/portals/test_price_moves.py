"""EVSEs that get another tariff or group, and groups that get other lines: told like new prices, by what counts before and after."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from app.domain.people.models import MailMessage
from app.domain.tariffs.actions import assign_tariff
from app.domain.tariffs.bulk import start_bulk, undo_bulk
from app.domain.tariffs.bulk_places import BulkFilter, preview, target_by_code
from tests.cast import NOW, World
from tests.domain.sessions.arrange import evse_id
from tests.pages import Pages
from tests.portals.test_bulk_assign import run_jobs
from tests.portals.test_price_news import told
from tests.portals.test_tariff_group_pages import add, new_group, publish, sheet


def dc(world: World) -> str:
    return world.cast.tariffs["dc"].code


def body(mail: MailMessage) -> str:
    return " ".join(mail.body_text.replace("\xa0", " ").split())


def test_another_tariff_at_one_evse_is_told_to_its_partner(world: World) -> None:
    with world.work("carla") as work:
        assign_tariff(work, dc(world), [evse_id(world)])
    (mail,) = told(world)
    assert (mail.to_address, mail.subject) == ("office@sommer.example", "Sommer: Preise ändern sich")
    standard = world.cast.tariffs["ac"].code
    assert f"Ab 14.10.2026, 14:15 an 1 Ladepunkt (NL-0417/1): DC fast ({dc(world)}) statt AC standard ({standard})" in body(mail)
    assert "− 0,49 € pro kWh" in body(mail)
    assert "+ 0,69 € pro kWh" in body(mail)
    assert "0,69" in mail.body_html


def bulk(world: World, days: int) -> str:
    """All of the network get the fast tariff some days from now; the change's code."""
    wanted, at = BulkFilter(text="NL-04"), NOW + timedelta(days=days)
    with world.work("carla") as work:
        mark = preview(work, wanted, target_by_code(work, dc(world)), at)[0].mark
        code = start_bulk(work, wanted, dc(world), mark, starts_at=at, partner_id=None)
    run_jobs(world)
    return code


def test_many_are_one_mail_and_their_undo_another(world: World) -> None:
    code = bulk(world, days=2)
    (mail,) = told(world)
    # NL-0417 and NL-0418 with two EVSEs each; NL-0450 has it already
    assert "Ab 16.10.2026, 14:05 an 4 Ladepunkten (NL-0417/1, NL-0417/2, NL-0418/1, NL-0418/2): DC fast" in body(mail)
    with world.work("carla") as work:
        undo_bulk(work, code)
    run_jobs(world)
    last = told(world)[-1]
    assert last.subject == "Sommer: geplante Preise sind zurückgezogen"
    assert "Die ab 16.10.2026, 14:05 geplante Änderung an 4 Ladepunkten" in body(last)
    assert "Dort bleibt AC standard" in body(last)
    assert "= 0,49 € pro kWh" in body(last)


def test_what_is_given_and_taken_back_at_once_is_not_told(world: World) -> None:
    code = bulk(world, days=2)
    with world.work("carla") as work:
        undo_bulk(work, code)
    run_jobs(world)
    assert told(world) == []


def test_a_group_and_its_other_lines_are_told_with_everyone_elses_price(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    app_price = sheet(world, "0.37", "Nur App")
    with world.owner() as session:
        session.execute(text("delete from tariff_assignment"))
    path = f"/cpo/tariff-groups/{new_group(carla, world)}"
    place = {"level": "location", "place": "Café Sommer, Marktplatz"}
    assert carla.post(f"{path}/places", place).status == 303
    (first,) = told(world)
    assert "5 Ladepunkten" in body(first)
    assert "NL-0418/2, …" not in body(first), "five are named"
    assert "Marktplatz (G-" in body(first)
    assert "statt kein Preis" in body(first)
    world.clock.move(minutes=30)
    assert add(carla, path, channels=["app"], tariff=app_price, reason="Kein Kartenterminal").status == 303
    assert publish(carla, path).status == 303
    last = told(world)[-1]
    assert "Tarifgruppe Marktplatz (G-" in body(last)
    assert "mit anderen Zeilen + Mit der App: Nur App Alle anderen: = 0,49 € pro kWh" in body(last)
    assert len(told(world)) == 2
