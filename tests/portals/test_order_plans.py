"""B57: the change of an order is prepared as a difference, agreed by a second person where money moves, run as it stands, taken back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.domain.change_orders.models import ChangeOrder
from app.domain.change_orders.plan_models import ChangeOrderPlan
from app.domain.people.models import Contact, MailMessage
from app.domain.tariffs.queries import tariff_by_code
from app.money.simple import simple_terms
from tests.cast import World
from tests.domain.settlement.test_refunds import run_jobs
from tests.pages import Pages, Seen
from tests.portals.test_change_orders import asked, path

JOBS = ("change_orders.asked", "change_orders.moved", "change_orders.run", "change_orders.stopped")


def order_of(pages: Pages, world: World, **change: Any) -> str:
    return asked(pages, world, **({"topic": "prices", "thing": "DC", "wanted": "0,65 €", "present": "", "wanted_on": ""} | change))


def prepare(pages: Pages, order: str, who: str, kind: str, thing: str, **values: Any) -> Seen:
    """Fill in the form as it is shown and send it."""
    address = f"/cpo/change-orders/{order}/plan/{kind}"
    shown = pages.as_(who).get(f"{address}?thing={thing}")
    form = shown.one("#form")
    kept: dict[str, Any] = {
        str(field["name"]): field.get("value", "") for field in form.select("input[name]") if field.get("type") not in ("checkbox", "radio")
    }
    for box in form.select("input[checked]"):
        kept[str(box["name"])] = box["value"]
    for pick in form.select("select"):
        chosen = pick.select_one("option[selected]")
        kept[str(pick["name"])] = "" if chosen is None else chosen["value"]
    kept.pop("csrf_token", None)
    return pages.as_(who).post(address, kept | values)


def energy(world: World, code: str) -> str:
    """The newest energy price of a sheet."""
    with world.work("carla") as work:
        row = tariff_by_code(work, code)
        newest = row.next or row.now
        assert newest is not None
        assert newest.tariff is not None
        terms = simple_terms(newest.tariff)
        assert terms is not None
        return str(terms.energy)


def mails(world: World) -> list[MailMessage]:
    run_jobs(world, *JOBS)
    run_jobs(world, *JOBS)  # what a job wanted
    with world.owner() as session:
        return list(session.scalars(select(MailMessage).order_by(MailMessage.created_at, MailMessage.id)))


def step(pages: Pages, who: str, code: str, act: str, **data: Any) -> int:
    return int(pages.as_(who).post(f"/cpo/change-orders/{code}/{act}", data).status)


def test_a_price_is_prepared_agreed_by_another_run_and_taken_back(pages: Pages, world: World) -> None:
    """0.69 → 0.65 from the next quarter hour (14:15); taken back after it began: 0.69 again, all of it in the log."""
    dc, code = world.cast.tariffs["dc"].code, order_of(pages, world)
    sent = prepare(pages, code, "aylin", "price", dc, energy="0,65")
    assert sent.status == 303, sent.words
    assert energy(world, dc) == "0.69", "prepared, nothing else"
    shown = pages.as_("aylin").get(f"/cpo/change-orders/{code}").words.replace("\xa0", " ")
    assert "Energie 0,69 €/kWh 0,65 €/kWh" in shown
    assert "Wartet auf die zweite Person" in shown
    assert step(pages, "aylin", code, "agree") == 403, "the desk prepares, it does not agree"
    assert step(pages, "anke", code, "agree") == 403, "administrators hold no rights about money"
    assert step(pages, "theo", code, "agree") == 403
    assert step(pages, "fiona", code, "agree") == 303
    assert energy(world, dc) == "0.65"
    told = mails(world)[-1]
    assert told.to_address == "moritz@sommer.example"
    plain = told.body_text.replace("\xa0", " ")
    assert "Energie: 0,69 €/kWh → 0,65 €/kWh" in plain
    assert f"/change-requests/{code}#undo" in plain
    world.clock.move(minutes=30)
    mine = f"{path(world)}/{code}"
    seen = pages.as_("moritz").get(mine)
    assert "freigegeben von Fiona" in seen.words
    assert "Kann bis 15.10.2026" in seen.words.replace("\xa0", " ")
    assert pages.as_("willi").post(f"{mine}/undo").status == 404
    assert pages.as_("moritz").post(f"{mine}/undo").status == 303
    assert energy(world, dc) == "0.69"
    assert "zurückgenommen von Moritz Klein" in pages.as_("fiona").get(f"/cpo/change-orders/{code}").words
    assert pages.as_("moritz").post(f"{mine}/undo").status == 409, "once"
    with world.owner() as session:
        logged = session.execute(
            text("select act, actor_name, on_behalf_of from audit_entry where act = 'TermsPublished' order by at, id")
        ).all()
    assert [(one.actor_name, one.on_behalf_of) for one in logged] == [("Voltpact", "Fiona Petersen"), ("Voltpact", "Moritz Klein")]
    assert "wurde zurückgenommen" in mails(world)[-1].subject


def test_who_prepared_it_cannot_agree_nor_can_the_database_be_told_so(pages: Pages, world: World) -> None:
    dc, code = world.cast.tariffs["dc"].code, order_of(pages, world)
    assert prepare(pages, code, "carla", "price", dc, energy="0,65").status == 303
    page = pages.as_("carla").get(f"/cpo/change-orders/{code}")
    assert not page.soup.select("[action$='/agree']")
    assert step(pages, "carla", code, "agree") == 409
    assert energy(world, dc) == "0.69"
    with world.owner() as session, pytest.raises(IntegrityError, match="ck_change_order_plan_second"):
        session.execute(text("update change_order_plan set approved_by = planned_by"))
    with world.owner() as session, pytest.raises(IntegrityError, match="ck_change_order_plan_approved"):
        session.execute(text("update change_order_plan set state = 'done', ran_at = now()"))


def test_a_value_that_changed_since_wants_a_new_difference(pages: Pages, world: World) -> None:
    dc, code = world.cast.tariffs["dc"].code, order_of(pages, world)
    other = order_of(pages, world, one_time_key="b" * 32)
    assert prepare(pages, code, "aylin", "price", dc, energy="0,65").status == 303
    assert prepare(pages, other, "aylin", "price", dc, energy="0,60").status == 303
    assert step(pages, "carla", other, "agree") == 303
    assert "Der Wert hat sich inzwischen geändert" in pages.as_("carla").get(f"/cpo/change-orders/{code}").words
    assert step(pages, "carla", code, "agree") == 409
    assert energy(world, dc) == "0.6"
    assert prepare(pages, code, "aylin", "price", dc, energy="0,65", mark="0" * 16).status == 409, (
        "the form was filled in for another value"
    )
    assert [
        a["href"] for a in pages.as_("aylin").post(f"/cpo/change-orders/{code}/drop", {"note": ""}).soup.select("#problem-summary a")
    ] == []
    assert step(pages, "carla", other, "undo") == 303, "not begun yet: withdrawn"
    assert energy(world, dc) == "0.69"


def test_a_scheduled_change_begins_at_its_time_or_says_why_not(pages: Pages, world: World) -> None:
    """Wanted from 1 November, midnight in Hamburg: published in the quarter hour before, counts from the first second on."""
    dc, code = world.cast.tariffs["dc"].code, order_of(pages, world, wanted_on="2026-11-01")
    shown = pages.as_("aylin").get(f"/cpo/change-orders/{code}/plan/price?thing={dc}")
    assert shown.one("#starts_at")["value"] == "2026-11-01T00:00", "what the partner asked for"
    assert prepare(pages, code, "aylin", "price", dc, energy="0,65").status == 303
    assert step(pages, "carla", code, "agree") == 303
    assert energy(world, dc) == "0.69"
    assert "Geplant" in pages.as_("aylin").get("/cpo/change-orders?state=scheduled").words
    assert "ist geplant" in mails_without_run(world)[-1].subject
    world.clock.set(datetime(2026, 10, 31, 22, 45, tzinfo=UTC))
    assert "ist erledigt" in mails(world)[-1].subject
    with world.work("carla") as work:
        version = tariff_by_code(work, dc).next
        assert version is not None
        assert version.valid_from == datetime(2026, 10, 31, 23, 0, tzinfo=UTC)
    world.clock.move(hours=25)
    assert step(pages, "carla", code, "undo") == 409, "24 hours are over"


def mails_without_run(world: World) -> list[MailMessage]:
    run_jobs(world, "change_orders.asked", "change_orders.moved")
    with world.owner() as session:
        return list(session.scalars(select(MailMessage).order_by(MailMessage.created_at, MailMessage.id)))


def test_a_scheduled_change_whose_value_changed_does_not_run_and_is_told(pages: Pages, world: World) -> None:
    label, code = world.cast.stations["NL-0417"].label, order_of(pages, world, topic="access", thing="NL-0417", wanted_on="2026-11-01")
    assert prepare(pages, code, "carla", "access", label, access="own").status == 303
    assert step(pages, "carla", code, "agree") == 303, "no money moves, and she may make it herself"
    other = order_of(pages, world, topic="access", thing="NL-0417", one_time_key="b" * 32)
    assert prepare(pages, other, "carla", "access", label, listed="").status == 303
    assert step(pages, "carla", other, "agree") == 303
    world.clock.set(datetime(2026, 10, 31, 23, 0, tzinfo=UTC))
    told = mails(world)[-1]
    assert (told.to_address, told.subject) == ("carla@nordlicht.example", f"Die geplante Änderung von {code} wurde nicht ausgeführt")
    assert "Der Wert hat sich inzwischen geändert" in told.body_text
    assert "verworfen: Der Wert hat sich inzwischen geändert" in pages.as_("carla").get(f"/cpo/change-orders/{code}").words
    with world.owner() as session:
        assert session.scalars(select(ChangeOrder.state).where(ChangeOrder.code == code)).one() == "checked"
        assert session.execute(text("select access, listed from station where label = 'NL-0417'")).one() == ("public", False)


def test_access_and_contacts_need_a_second_person_only_from_who_may_not_change_them(pages: Pages, world: World) -> None:
    code = order_of(pages, world, topic="data", thing="", wanted="Neue Nummer der Buchhaltung")
    with world.owner() as session:
        billing = session.scalars(
            select(Contact).where(Contact.partner_id == world.cast.partners["sommer"].id, Contact.kind == "billing")
        ).one()
    refused = prepare(pages, code, "aylin", "contact", str(billing.id), email="keine Adresse")
    assert [a["href"] for a in refused.soup.select("#problem-summary a")] == ["#email"]
    assert prepare(pages, code, "aylin", "contact", str(billing.id)).status == 422, "nothing changes"
    assert prepare(pages, code, "aylin", "contact", str(billing.id), phone="040 5550199").status == 303
    assert step(pages, "anke", code, "agree") == 303, "no money moves"
    with world.owner() as session:
        assert session.get_one(Contact, billing.id).phone == "+49 40 5550199"
    assert step(pages, "carla", code, "undo") == 303
    with world.owner() as session:
        assert session.get_one(Contact, billing.id).phone == "+49 40 5550112"
        assert session.scalars(select(ChangeOrderPlan.state)).all() == ["undone"]


def test_a_charge_point_gets_another_tariff_and_has_its_own_back(pages: Pages, world: World) -> None:
    ac, dc = world.cast.tariffs["ac"].code, world.cast.tariffs["dc"].code
    code = order_of(pages, world, thing="NL-0417")
    assert prepare(pages, code, "carla", "sheet", "NL-0417", code=dc).status == 303
    assert step(pages, "fiona", code, "drop") == 422, "a second person says why not"
    assert step(pages, "fiona", code, "agree") == 303
    world.clock.move(minutes=20)

    def sheets() -> set[str]:
        with world.owner() as session:
            asked_for = text(
                "select t.code from evse e join station s on s.id = e.station_id join tariff t on t.id = e.last_tariff_id "
                "where s.label = 'NL-0417'"
            )
            return set(session.scalars(asked_for))

    assert sheets() == {dc}
    assert step(pages, "carla", code, "undo") == 303
    assert sheets() == {ac}


def test_what_cannot_be_prepared_says_so(pages: Pages, world: World) -> None:
    code = order_of(pages, world)
    aylin: Any = pages.as_("aylin")
    ac = world.cast.tariffs["ac"].code
    assert "Dieser Tarif gilt auch anderswo" in aylin.get(f"/cpo/change-orders/{code}/plan/price?thing={ac}").words, "Winter has it too"
    other = world.cast.stations
    winter = next(label for label, one in other.items() if one.partner_id == world.cast.partners["winter"].id)
    assert "nichts dergleichen" in aylin.get(f"/cpo/change-orders/{code}/plan/access?thing={winter}").words
    assert prepare(pages, code, "aylin", "price", world.cast.tariffs["dc"].code, energy="0,65", starts_at="2026-10-14T14:00").status == 422
    assert step(pages, "aylin", code, "undo") == 409
    assert pages.as_("theo").get(f"/cpo/change-orders/{code}/plan/price").status == 403
