"""Which mails a person wants (A5): at once, in one summary a day, or none; contacts are told in any case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from app.domain.contracts.switches import save_features
from app.domain.people.features import Features
from app.domain.people.models import Contact, MailMessage
from app.domain.people.notices import choose_mails
from app.tasks.network import fault_mail
from app.tasks.summaries import summaries
from app.work.unit import Work
from tests.cast import NOW, World
from tests.pages import Pages
from tests.portals.cpo.test_partner_features import status


def choose(world: World, who: str, **wanted: str) -> None:
    with world.work(who) as work:
        choose_mails(work, wanted, "Europe/Berlin")


def broken(world: World, minutes: int = 9) -> None:
    """A charge point of Sommer's breaks, and the job that tells of faults runs."""
    status(world, "NL-0417", "Faulted", world.clock() + timedelta(minutes=1))
    world.clock.move(minutes=minutes)
    with world.work(world.system()) as work:
        fault_mail(work)


def mails(world: World) -> list[tuple[str, str]]:
    with world.owner() as session:
        found = session.scalars(select(MailMessage).order_by(MailMessage.created_at, MailMessage.to_address))
        return [(mail.to_address, mail.state) for mail in found]


def morning(world: World, day: int, hour: int = 5) -> Work:
    """07:00 in Berlin in October is 05:00 UTC."""
    world.clock.set(datetime(2026, 10, day, hour, 0, tzinfo=UTC))
    with world.work(world.system()) as work:
        summaries(work)
    return work


def test_who_chose_faults_is_told_though_the_switch_is_off_and_nobody_else(world: World) -> None:
    broken(world)
    assert mails(world) == [], "nobody wants to know"
    choose(world, "moritz", faults="now")
    choose(world, "willi", faults="now")
    broken(world)
    assert mails(world) == [("moritz@sommer.example", "queued")], "Willi's account has no fault"
    with world.owner() as session:
        body = session.scalars(select(MailMessage)).one().body_text
    assert "NL-0417/1" in body
    assert "/account#mails" in body, "says where it is switched off"
    choose(world, "moritz", faults="off")
    broken(world)
    assert len(mails(world)) == 1


def test_a_contact_that_signs_in_gets_one_mail_and_cannot_be_without(world: World) -> None:
    with world.owner() as session:
        session.scalars(select(Contact).where(Contact.email == "technik@sommer.example")).one().email = "Moritz@Sommer.example"
    with world.work("carla") as work:
        save_features(work, world.cast.partners["sommer"].code, Features(fault_mail=True), 0)
    choose(world, "moritz", faults="off")
    broken(world)
    assert mails(world) == [("Moritz@Sommer.example", "queued")]
    choose(world, "moritz", faults="daily")
    broken(world)
    assert mails(world)[1:] == [("Moritz@Sommer.example", "waiting")]


def test_one_summary_each_morning_where_the_person_is_and_never_twice(world: World) -> None:
    choose(world, "moritz", faults="daily")
    broken(world)
    broken(world, minutes=30)
    assert [state for _, state in mails(world)] == ["waiting", "waiting"]
    morning(world, 14, hour=20)
    assert [state for _, state in mails(world)] == ["waiting", "waiting"], "it is evening"
    morning(world, 15)
    morning(world, 15)
    assert mails(world) == [("moritz@sommer.example", "gathered")] * 2 + [("moritz@sommer.example", "queued")]
    with world.owner() as session:
        mail = session.scalars(select(MailMessage).where(MailMessage.state == "queued")).one()
    assert mail.subject == "Ihre Tagesübersicht: 2 Nachrichten"
    assert mail.body_text.count("NL-0417/1") == 2
    assert mail.body_text.count("== Sommer: Ladestationen melden Störungen ==") == 2
    broken(world, minutes=20)
    morning(world, 15, hour=21)
    assert mails(world)[-1] == ("moritz@sommer.example", "waiting"), "until tomorrow"


def test_what_one_may_no_longer_read_is_dropped_from_the_summary(world: World) -> None:
    choose(world, "moritz", faults="daily")
    broken(world)
    with world.owner() as session:
        session.execute(
            text("update membership set ended_at = :at where user_id = :who"), {"at": NOW, "who": world.cast.people["moritz"].id}
        )
    morning(world, 15)
    assert mails(world) == [("moritz@sommer.example", "dropped")]


def test_people_limited_to_locations_hear_of_these_and_roles_bound_to_networks_of_nothing(world: World) -> None:
    choose(world, "moritz", faults="now", statement="now")
    where = {"who": world.cast.people["moritz"].id}
    with world.owner() as session:
        session.execute(text("update membership set location_ids = array[uuidv7()] where user_id = :who"), where)
    broken(world)
    assert mails(world) == []
    with world.owner() as session:
        session.execute(text("update membership set location_ids = null, networks = array['10.0.0.0/8'] where user_id = :who"), where)
    broken(world)
    assert mails(world) == []


def test_the_page_offers_what_the_role_reads_and_keeps_it(pages: Pages, world: World) -> None:
    moritz = pages.as_("moritz")
    offered = moritz.get("/account")
    rows = [row["id"] for row in offered.soup.select("#mails-form tbody tr")]
    assert rows == ["faults", "statement", "contract_ends", "price_change", "driver_limit", "order_moved"]
    assert [box["value"] for box in offered.soup.select("#mails-form input[checked]")] == ["off"] * 6
    assert "kann sie niemand ausschalten" in offered.words
    wanted = dict.fromkeys(rows, "off") | {"faults": "daily", "statement": "now"}
    moritz.client.set_cookie("voltpact_zone", "Europe/Lisbon")
    saved = moritz.post("/account/mails", wanted)
    assert (saved.status, saved.location) == (303, "/account")
    again = moritz.get("/account")
    assert [box["value"] for box in again.soup.select("#mails-form input[checked]")] == ["daily", "now", "off", "off", "off", "off"]
    assert "Europe/Lisbon" in again.words
    bad = moritz.post("/account/mails", wanted | {"faults": "hourly"})
    assert bad.status == 422
    assert [a["href"] for a in bad.soup.select("#problem-summary a")] == ["#faults"]


@pytest.mark.parametrize(("who", "rows"), [("toni", ["faults", "order_moved"]), ("carla", ["order_asked"]), ("fiona", [])])
def test_people_are_offered_what_their_role_is_told_of(pages: Pages, who: str, rows: list[str]) -> None:
    visitor = pages.as_(who)
    assert [row["id"] for row in visitor.get("/account").soup.select("#mails-form tbody tr")] == rows
    visitor.post("/account/mails", {"statement": "now"})
    assert [box["value"] for box in visitor.get("/account").soup.select("#mails-form input[checked]")] == ["off"] * len(rows)


def test_nobody_signed_in_is_sent_to_sign_in(pages: Pages) -> None:
    assert pages.nobody().post("/account/mails", {"faults": "now"}).location.startswith("/sign-in")
