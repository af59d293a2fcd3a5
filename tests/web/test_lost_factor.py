"""B62, B9, P11: a lost second factor is taken away by another administrator, by an owner, or by whoever keeps the installation."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from app.access.roles import Role
from app.cli_people import people as people_command
from app.demo import builders as make
from app.tasks.people import factor_notice
from tests.cast import World
from tests.pages import Pages, Visitor
from tests.web.test_second_factor import code, set_up, strict

REASON = "Telefon verloren, im Haus gesehen"


def membership(world: World, who: str) -> str:
    with world.owner() as session:
        return str(session.execute(text("select id from membership where user_id = :id"), {"id": world.cast.people[who].id}).scalar_one())


def lost(world: World, who: str) -> str:
    """The address where somebody's factor is removed by staff or, for Sommer's people, in the own portal."""
    if who in {"olga", "pia", "moritz"}:
        return f"/partner/{world.cast.partners['sommer'].code}/team/{membership(world, who)}/second-factor"
    return f"/cpo/staff/{membership(world, who)}/second-factor"


def confirmed(pages: Pages, visitor: Visitor, secret: str | None = None) -> Visitor:
    """Whoever removes a factor has shown to be there."""
    given = {"code": code(pages, secret)} if secret else {"password": "Nordlicht-am-Abend-26"}
    assert visitor.post("/confirm-it-is-you", given).status == 303
    return visitor


def rows(world: World, query: str) -> list[Any]:
    with world.owner() as session:
        return list(session.execute(text(query)).all())


def test_another_administrator_removes_it_and_the_person_sets_up_anew(pages: Pages) -> None:
    world = pages.world
    with world.owner() as session:
        session.execute(text("update membership set role = 'admin' where user_id = :id"), {"id": world.cast.people["carla"].id})
    strict(pages)
    carla, anke = pages.as_("carla"), pages.as_("anke")
    set_up(pages, carla)
    set_up(pages, anke)
    assert carla.get("/cpo/staff").status == 200
    listed = anke.get("/cpo/staff")
    assert [a["href"] for a in listed.soup.select("td a[href$='/second-factor']")] == [lost(world, "carla")], (
        "nobody loses the own one here"
    )

    pages.world.clock.move(minutes=11)
    assert anke.get(lost(world, "carla")).location.startswith("/confirm-it-is-you")
    pages.world.clock.move(minutes=-11)
    seen = anke.post(lost(world, "carla"), {"reason": ""})
    assert seen.status == 422
    assert seen.one("#reason")["aria-invalid"] == "true"
    own = anke.post(lost(world, "anke"), {"reason": REASON})
    assert (own.status, "jemand anders für Sie tun" in own.words) == (422, True)
    assert anke.post(lost(world, "carla"), {"reason": REASON}).location == "/cpo/staff"
    again = anke.post(lost(world, "carla"), {"reason": REASON})
    assert (again.status, "keinen zweiten Faktor" in again.words) == (422, True)

    assert carla.get("/cpo/partners").location.startswith("/sign-in"), "every sign-in has ended"
    carla = pages.nobody()
    assert carla.sign_in("carla@nordlicht.example").location == "/cpo/", "no code is asked for"
    assert carla.get("/cpo/partners").location == "/account/second-factor?next=/cpo/partners"
    assert rows(world, "select 1 from user_factor where user_id = (select id from user_account where email like 'carla%')") == []
    assert len(rows(world, "select 1 from user_factor")) == 1, "Anke's own stays"
    ((facts, by),) = rows(world, "select facts, actor_name from audit_entry where act = 'FactorsCleared'")
    assert (facts["person"], facts["reason"], by) == ("Carla Möller", REASON, "Anke Brandt")
    with world.room.open(world.system()) as work:
        factor_notice(work, membership(world, "carla"), "Anke Brandt")
    ((to, subject, body),) = rows(world, "select to_address, subject, body_text from mail_message")
    assert (to, subject) == ("carla@nordlicht.example", "Ihr zweiter Faktor wurde entfernt")
    assert "Anke Brandt hat den zweiten Faktor" in body


def test_owners_do_it_for_their_account_and_nobody_for_a_foreign_one(pages: Pages) -> None:
    world = pages.world
    set_up(pages, pages.as_("pia"))
    olga, address = confirmed(pages, pages.as_("olga")), lost(world, "pia")
    assert "Verloren?" in olga.get(f"/partner/{world.cast.partners['sommer'].code}/team").words
    staff = f"/cpo/partners/{world.cast.partners['sommer'].code}/people/{membership(world, 'pia')}/second-factor"
    given = {"reason": REASON}
    assert confirmed(pages, pages.as_("moritz")).post(address, given).status == 403, "a manager may not"
    assert confirmed(pages, pages.as_("carla")).post(staff, given).status == 403, "contract managers may not"
    assert confirmed(pages, pages.as_("willi")).post(address, given).status == 404
    winter = address.replace(world.cast.partners["sommer"].code, world.cast.partners["winter"].code)
    assert confirmed(pages, pages.as_("willi")).post(winter, given).status == 404
    assert confirmed(pages, pages.as_("silke")).get(address).status == 403, "nor does who has the account in care"
    assert confirmed(pages, pages.as_("anke")).get(staff).status == 200
    assert olga.post(address, given).status == 303
    assert rows(world, "select 1 from user_factor") == []


def test_an_owner_has_no_say_over_who_also_works_elsewhere(pages: Pages) -> None:
    world = pages.world
    set_up(pages, pages.as_("pia"))
    with world.owner() as session:
        cast = world.cast
        make.member(session, cast.people["pia"], Role.ACCOUNTANT, world.clock(), owner=cast.operator, account=cast.partners["winter"])
    olga, sommer = confirmed(pages, pages.as_("olga")), world.cast.partners["sommer"].code
    seen = olga.post(f"/partner/{sommer}/team/{_at_sommer(world, 'pia')}/second-factor", {"reason": REASON})
    assert (seen.status, "arbeitet auch in anderen Konten" in seen.words) == (422, True)
    assert len(rows(world, "select 1 from user_factor")) == 1
    staff = f"/cpo/partners/{sommer}/people/{_at_sommer(world, 'pia')}/second-factor"
    assert confirmed(pages, pages.as_("anke")).post(staff, {"reason": REASON}).status == 303


def _at_sommer(world: World, who: str) -> str:
    query = "select id from membership where user_id = :id and partner_id = :partner"
    with world.owner() as session:
        values = {"id": world.cast.people[who].id, "partner": world.cast.partners["sommer"].id}
        return str(session.execute(text(query), values).scalar_one())


def test_the_last_administrator_is_helped_by_a_command(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    world, run = pages.world, CliRunner()
    monkeypatch.setattr("app.cli_people.from_environment", lambda: pages.app.extensions["voltpact.settings"])
    anke = pages.as_("anke")
    set_up(pages, anke)
    unknown = run.invoke(people_command, ["remove-factor", "x@y.example", "--reason", "x"])
    assert (unknown.exit_code, "nobody with a role" in unknown.output) == (1, True)
    done = run.invoke(people_command, ["remove-factor", "ANKE@nordlicht.example", "--reason", REASON])
    assert (done.exit_code, "Anke Brandt has no second factor any more" in done.output) == (0, True), done.output
    twice = run.invoke(people_command, ["remove-factor", "anke@nordlicht.example", "--reason", REASON])
    assert "has no second factor" in twice.output
    assert anke.get("/account").location.startswith("/sign-in")
    ((by, reason),) = rows(world, "select actor_name, facts ->> 'reason' from audit_entry where act = 'FactorsCleared'")
    assert (by, reason) == ("command line", REASON)
    assert rows(world, "select 1 from job where name = 'people.factor_notice'")
