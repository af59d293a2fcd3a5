"""Price changes are told: gathered, to the partners at whose charge points they count, if they want to be; on their overview as well."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from app.domain.contracts.switches import save_features
from app.domain.people.features import Features
from app.domain.people.models import Contact, MailMessage
from app.domain.tariffs.actions import assign_tariff, create_tariff, publish_terms, withdraw_terms
from app.domain.tariffs.models import TariffAssignment
from app.domain.tariffs.rows import TariffInput
from app.money.simple import SimpleTerms
from app.tasks.tariffs import tell
from app.work.jobs import Job
from tests.cast import NOW, World
from tests.domain.sessions.arrange import evse_id
from tests.pages import Pages
from tests.portals.test_tariff_group_pages import ac, new_group


def at(price: str) -> SimpleTerms:
    return SimpleTerms(currency="EUR", energy=Decimal(price), vat_pct=Decimal(19))


@pytest.fixture
def code(world: World) -> str:
    """A sheet at 0.49 that counts at one charge point of Sommer's and one of Winter's, and nowhere else."""
    with world.work("carla") as work:
        found = create_tariff(work, TariffInput(name="Sommer und Winter", terms=at("0.49")))
    winter = next(label for label, station in world.cast.stations.items() if station.partner_id == world.cast.partners["winter"].id)
    with world.work("carla") as work:
        assign_tariff(work, found, [evse_id(world), evse_id(world, winter)])
    with world.owner() as session:  # told long ago
        session.execute(text("update tariff_assignment set created_at = created_at - interval '1 day'"))
        session.query(Job).filter_by(name="tariffs.tell").delete()
    return found


def publish(world: World, code: str, price: str) -> None:
    with world.work("carla") as work:
        publish_terms(work, code, at(price))


def told(world: World) -> list[MailMessage]:
    """All mails, after the jobs that wait have run; a job that ran is gone."""
    world.clock.move(minutes=7)
    with world.owner() as session:
        jobs = list(session.scalars(select(Job).where(Job.name == "tariffs.tell").order_by(Job.due_at)))
        for job in jobs:
            session.delete(job)
    for job in jobs:
        assert job.due_at <= world.clock()
        with world.work(world.system()) as work:
            tell(work, **job.args)
    with world.owner() as session:
        return list(session.scalars(select(MailMessage).order_by(MailMessage.to_address, MailMessage.id)))


def test_one_mail_for_each_partner_however_many_changes(world: World, code: str) -> None:
    publish(world, code, "0.55")
    with world.work("carla") as work:
        publish_terms(work, code, at("0.59"), starts_at=NOW + timedelta(days=30))
    with world.owner() as session:
        session.scalars(select(Contact).where(Contact.email == "office@winter.example")).one().language = "fr"
    sommer, winter = told(world)
    assert [sommer.to_address, winter.to_address] == ["office@sommer.example", "office@winter.example"]
    assert sommer.subject == "Sommer: Preise ändern sich"
    body = " ".join(sommer.body_text.replace("\xa0", " ").split())
    assert "Ab 14.10.2026, 14:15" in body
    assert "− 0,49 € pro kWh + 0,55 € pro kWh" in body
    assert body.index("0,55 € pro kWh") < body.index("0,59 € pro kWh"), "the next change first"
    assert f"/partner/{world.cast.partners['sommer'].code}/prices" in sommer.body_text
    assert (winter.language, "les prix changent" in winter.subject) == ("fr", True)
    assert "0,55" in winter.body_html


def test_what_is_withdrawn_at_once_was_never_told_and_what_is_withdrawn_later_is(world: World, code: str) -> None:
    publish(world, code, "0.55")
    with world.work("carla") as work:
        withdraw_terms(work, code, 2)
    assert told(world) == []
    with world.work("carla") as work:
        publish_terms(work, code, at("0.60"), starts_at=NOW + timedelta(days=2))
    assert len(told(world)) == 2
    with world.work("carla") as work:
        withdraw_terms(work, code, 3)
    last = told(world)[1]
    assert last.subject == "Sommer: geplante Preise sind zurückgezogen"
    assert "0,49" in last.body_text
    assert "0,60" not in last.body_text


def test_who_does_not_want_mail_gets_none_and_who_is_not_concerned_neither(world: World, code: str) -> None:
    winter = world.cast.partners["winter"]
    with world.work("carla") as work:
        save_features(work, winter.code, replace(Features(), price_mail=False), 0)
    publish(world, code, "0.55")
    assert [mail.to_address for mail in told(world)] == ["office@sommer.example"]
    with world.owner() as session:
        session.query(TariffAssignment).filter_by(evse_id=evse_id(world)).delete()
    world.clock.move(minutes=30)
    publish(world, code, "0.56")
    assert len(told(world)) == 1, "nobody of those who want mail has it any more"


def test_a_sheet_in_a_group_concerns_those_below_it(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    group = new_group(carla, world)
    with world.owner() as session:
        session.query(TariffAssignment).delete()
    name = ac(world)
    publish(world, name, "0.51")
    assert told(world) == [], "the group is attached nowhere"
    attached = carla.post(f"/cpo/tariff-groups/{group}/places", {"level": "partner", "place": world.cast.partners["sommer"].code})
    assert attached.status == 303, attached.words
    assert len(told(world)) == 1, "of the group"
    world.clock.move(minutes=30)
    publish(world, name, "0.52")
    assert [mail.to_address for mail in told(world)] == ["office@sommer.example"] * 2


def test_the_overview_says_what_comes_to_those_who_read_prices(world: World, pages: Pages, code: str) -> None:
    sommer, winter = (world.cast.partners[name].code for name in ("sommer", "winter"))
    olga = pages.as_("olga")
    assert "Preise ändern sich" not in olga.get(f"/partner/{sommer}/").words
    world.clock.move(minutes=20)  # the sheet counts here since 14:15
    publish(world, code, "0.55")
    seen = olga.get(f"/partner/{sommer}/").words
    assert "neue Preise ab 14.10.2026, 14:30" in seen
    assert "0,55 € pro kWh" in seen
    assert "Preise ändern sich" not in pages.as_("toni").get(f"/partner/{sommer}/").words, "technicians read no prices"
    assert "0,55" in pages.as_("willi").get(f"/partner/{winter}/").words
    world.clock.move(minutes=20)
    assert "Preise ändern sich" not in olga.get(f"/partner/{sommer}/").words, "it counts by now"
