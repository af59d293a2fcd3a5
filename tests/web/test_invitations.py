"""A4, B9, P11, B62: inviting people, what an invitation says, accepting and declining, changing roles after confirming."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import text

from tests.cast import PASSWORD, World
from tests.pages import Pages, Visitor

NEW = "vier bunte Fische im Hafen"


def team(world: World, name: str = "sommer") -> str:
    return f"/partner/{world.cast.partners[name].code}/team"


def invite(visitor: Visitor, path: str, email: str = "uta@sommer.example", role: str = "viewer", **more: Any) -> Any:
    return visitor.post(path, {"name": "Uta Neu", "email": email, "role": role, "language": "de", "networks": "", **more})


def link(world: World) -> str:
    """The link of the newest mail."""
    with world.owner() as session:
        body = session.execute(text("select body_text from mail_message order by created_at desc, id desc limit 1")).scalar_one()
    found = re.search(r"https?://[^/]+(/\S+)", body)
    assert found
    return found.group(1)


def member_id(world: World, who: str) -> str:
    with world.owner() as session:
        query = text("select id from membership where user_id = :id")
        return str(session.execute(query, {"id": world.cast.people[who].id}).scalar_one())


def confirm(visitor: Visitor, password: str = PASSWORD) -> Any:
    return visitor.post("/confirm-it-is-you", {"password": password}, query_string={"next": "/account"})


def test_an_invitation_says_who_what_and_how_long_and_lets_somebody_new_in(pages: Pages, world: World) -> None:
    olga = pages.as_("olga")
    market = str(world.cast.locations["marktplatz"].id)
    assert invite(olga, team(world), location_ids=[market]).status == 303
    seen = olga.get(team(world))
    assert "Die Einladung an uta@sommer.example ist unterwegs." in seen.words
    assert "beschränkt auf 1 Standort: Café Sommer, Marktplatz" in seen.words
    uta = pages.nobody()
    seen = uta.get(link(world), headers={"Accept-Language": "de"})
    assert (seen.status, seen.heading) == (200, "Einladung zu Sommer")
    assert "Olga Sommer lädt Sie ein" in seen.words
    assert "Beschränkt auf diese Standorte: Café Sommer, Marktplatz" in seen.words
    may, may_not = (seen.one(f"section[aria-labelledby={name}]").get_text(" ") for name in ("may", "may-not"))
    assert "Monatsabrechnungen sehen" in may
    assert "Personen einladen" in may_not
    assert "Preise ändern" in may_not
    assert uta.post(link(world), {"name": "Uta Neu", "password": "kurz"}).status == 422
    joined = uta.post(link(world), {"name": "Uta Neu", "password": NEW})
    assert (joined.status, joined.location) == (303, team(world).removesuffix("team"))
    assert uta.get(joined.location).status == 200
    assert pages.nobody().get(link(world)).status == 410
    assert pages.nobody().sign_in("uta@sommer.example", NEW).status == 303


def test_a_known_person_signs_in_first_and_another_one_must_sign_out(pages: Pages, world: World) -> None:
    assert invite(pages.as_("willi"), team(world, "winter"), "pia@sommer.example").status == 303
    path = link(world)
    seen = pages.nobody().get(path, headers={"Accept-Language": "de"})
    assert "Sie haben schon eine Anmeldung" in seen.words
    assert seen.soup.select("#password") == []
    assert pages.nobody().post(path, {"name": "Mallory", "password": NEW}).location.startswith("/sign-in?next=/invite/")
    other = pages.as_("olga")
    assert "Sie sind als olga@sommer.example angemeldet." in other.get(path).words
    assert other.post(path).status == 403
    pia = pages.as_("pia")
    assert "Als Pia Engel beitreten" in pia.get(path).words
    assert pia.post(path).location == team(world, "winter").removesuffix("team")
    assert pia.get(f"{team(world, 'winter').removesuffix('team')}statements").status == 200


@pytest.mark.parametrize("how", ["withdrawn", "declined", "expired", "resent", "made up"])
def test_a_link_that_no_longer_works_says_so(pages: Pages, world: World, how: str) -> None:
    olga = pages.as_("olga")
    invite(olga, team(world))
    path, status = link(world), 410
    with world.owner() as session:
        key = session.execute(text("select id from invitation")).scalar_one()
    if how == "withdrawn":
        assert olga.post(f"{team(world)}/invitations/{key}/withdraw").status == 303
    elif how == "declined":
        assert pages.nobody().post(f"{path}/decline").location == "/invite/declined"
    elif how == "expired":
        world.clock.move(days=7)
    elif how == "resent":
        assert olga.post(f"{team(world)}/invitations/{key}/again").status == 303
        status = 404
    else:
        path, status = "/invite/nonsense", 404
    seen = pages.nobody().get(path, headers={"Accept-Language": "de"})
    assert seen.status == status
    assert status == 404 or "Diese Einladung wurde benutzt, zurückgezogen oder ist abgelaufen." in seen.words
    assert pages.nobody().post(path, {"name": "Uta", "password": NEW}).status == status


def test_roles_change_only_after_confirming_and_for_ten_minutes(pages: Pages, world: World) -> None:
    olga, path = pages.as_("olga"), f"{team(world)}/{member_id(world, 'vera')}"
    assert olga.get(path).location == f"/confirm-it-is-you?next={path}"
    assert olga.post(path, {"role": "accountant", "networks": ""}).location.startswith("/confirm-it-is-you")
    assert confirm(olga, "falsch-falsch-26").status == 422
    assert confirm(olga).location == "/account"
    assert olga.get(path).status == 200
    assert olga.post(path, {"role": "accountant", "networks": "10.0.0.0/99"}).one("#networks")["aria-invalid"] == "true"
    assert olga.post(path, {"role": "accountant", "networks": "10.0.0.0/8"}).status == 303
    assert "von 10.0.0.0/8" in olga.get(team(world)).words
    world.clock.move(minutes=10)
    assert olga.get(path).status == 303


def test_roles_that_move_money_or_rights_are_given_and_taken_after_confirming(pages: Pages, world: World) -> None:
    olga, here, pia = pages.as_("olga"), team(world), member_id(world, "pia")
    assert invite(olga, here, role="technician").status == 422, "what is wrong is said first"
    assert invite(olga, here, role="owner", name="Uta Ganz Neu").location == f"/confirm-it-is-you?next={here}"
    assert olga.post(f"{here}/{pia}/end").location == f"/confirm-it-is-you?next={here}"
    with world.owner() as session:
        assert session.execute(text("select count(*) from invitation")).scalar_one() == 0
    assert olga.post("/confirm-it-is-you", {"password": PASSWORD}, query_string={"next": here}).location == here
    seen = olga.get(here)
    assert (seen.one("#name")["value"], seen.one("#role option[selected]")["value"]) == ("Uta Ganz Neu", "owner")
    assert olga.get(here).one("#name").get("value", "") == "", "what was typed waits once"
    assert invite(olga, here, role="owner").status == 303
    assert olga.post(f"{here}/{pia}/end").location == here
    world.clock.move(minutes=10)
    assert invite(olga, here, "zoe@sommer.example", "accountant").location.startswith("/confirm-it-is-you")
    assert invite(olga, here, "zoe@sommer.example").location == here, "a viewer moves neither"
    elsewhere = pages.as_("carla").get(f"/cpo/partners/{world.cast.partners['sommer'].code}/people")
    assert elsewhere.one("#name").get("value", "") == ""


def test_strangers_and_the_last_owner(pages: Pages, world: World) -> None:
    vera, willi = member_id(world, "vera"), pages.as_("willi")
    confirm(willi)
    assert willi.get(f"{team(world, 'winter')}/{vera}").status == 404
    assert willi.post(f"{team(world, 'winter')}/{vera}/end").status == 404
    olga = pages.as_("olga")
    confirm(olga)
    assert olga.post(f"{team(world)}/{member_id(world, 'olga')}/end").status == 409
    assert olga.post(f"{team(world)}/{vera}/end").status == 303
    assert pages.as_("pia").get(team(world)).status == 403
    assert invite(pages.as_("pia"), team(world)).status == 403


def test_staff_are_invited_by_administrators_only(pages: Pages, world: World) -> None:
    anke = pages.as_("anke")
    seen = anke.get("/cpo/staff")
    assert "Fiona Petersen" in seen.words
    assert "Monate abschließen" in seen.words
    assert invite(anke, "/cpo/staff", "neu@nordlicht.example", "owner").status == 422
    confirm(anke)
    assert invite(anke, "/cpo/staff", "neu@nordlicht.example", "finance").status == 303
    visitor = pages.nobody()
    arrived = visitor.post(link(world), {"name": "Nele Neu", "password": NEW})
    assert arrived.location == "/account/second-factor?next=/cpo/", "staff are offered a second factor first"
    assert visitor.get("/cpo/").status == 200, "a demo does not insist on it"
    assert anke.post(f"/cpo/staff/{member_id(world, 'anke')}/end").status == 409
    assert anke.post(f"/cpo/staff/{member_id(world, 'olga')}/end").status == 404
    for who in ("carla", "fiona", "theo", "aylin"):
        assert pages.as_(who).get("/cpo/staff").status == 403
        assert invite(pages.as_(who), "/cpo/staff").status == 403


def test_staff_invite_into_a_partners_account_and_read_the_mail_only_without_a_mail_server(pages: Pages, world: World) -> None:
    carla, path = pages.as_("carla"), f"/cpo/partners/{world.cast.partners['sommer'].code}/people"
    assert invite(carla, path, role="admin").status == 422
    assert invite(carla, path).status == 303
    assert invite(pages.as_("fiona"), path).status == 403
    with world.owner() as session:
        key = session.execute(text("select id from mail_message")).scalar_one()
    secret = link(world)
    assert secret not in carla.get(f"/cpo/mail/{key}").text
    with world.owner() as session:
        session.execute(text("update mail_message set state = 'kept'"))
    assert secret in carla.get(f"/cpo/mail/{key}").text
