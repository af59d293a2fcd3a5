"""A1 and A5: signing in, what must not be learnt from it, limits of a sign-in, one's own account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select, text

from app.domain.people.models import MailMessage
from app.tasks.people import new_sign_in
from app.web.browser_session import COOKIE, PREFIX
from tests.cast import PASSWORD, World
from tests.pages import Pages

WRONG = "Something-wrong-26"
NEW = "vier bunte Fische im Hafen"


def kept(pages: Pages, visitor: Any, redis_client: Any) -> dict[str, Any]:
    """What the server keeps for this browser."""
    raw = redis_client.get(PREFIX + visitor.client.get_cookie(COOKIE).value)
    return orjson.loads(raw) if raw else {}


def test_signing_in_leads_to_the_first_page_of_the_account(pages: Pages) -> None:
    seen = pages.nobody().sign_in("carla@nordlicht.example")
    assert (seen.status, seen.location) == (303, "/cpo/")
    seen = pages.nobody().sign_in("  OLGA@sommer.example ")
    assert seen.location == f"/partner/{pages.world.cast.partners['sommer'].code}/"


def test_afterwards_comes_the_page_first_asked_for(pages: Pages) -> None:
    visitor = pages.nobody()
    seen = visitor.get("/cpo/jobs?x=1")
    assert seen.location == "/sign-in?next=/cpo/jobs?x%3D1"
    assert visitor.sign_in("carla@nordlicht.example", query_string={"next": "/cpo/jobs?x=1"}).location == "/cpo/jobs?x=1"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/%0d\n", "javascript:alert(1)", "cpo"])
def test_a_foreign_next_page_is_ignored(pages: Pages, target: str) -> None:
    assert pages.nobody().sign_in("carla@nordlicht.example", query_string={"next": target}).location == "/cpo/"


@pytest.mark.parametrize("email", ["carla@nordlicht.example", "nobody@nordlicht.example"])
def test_wrong_password_and_unknown_person_get_the_same_sentence(pages: Pages, email: str) -> None:
    seen = pages.nobody().sign_in(email, WRONG)
    assert seen.status == 422
    assert "E-mail or password is not right." in seen.one("#problem-summary").get_text()
    assert seen.soup.title is not None
    assert seen.soup.title.get_text().startswith("Error:")


@pytest.mark.parametrize("email", ["carla@nordlicht.example", "nobody@nordlicht.example"])
def test_the_sixth_miss_in_15_minutes_waits_whoever_it_is(pages: Pages, email: str) -> None:
    visitor = pages.nobody()
    assert [visitor.sign_in(email, WRONG).status for _ in range(5)] == [422] * 5
    seen = visitor.sign_in(email, WRONG)
    assert seen.status == 429
    assert "Try again in 15 min." in seen.words
    pages.world.clock.move(minutes=10)
    assert "Try again in 5 min." in visitor.sign_in(email, PASSWORD).words
    pages.world.clock.move(minutes=6)
    assert visitor.sign_in(email, PASSWORD).status == (303 if email.startswith("carla") else 422)


def test_a_good_sign_in_forgets_the_misses_before(pages: Pages) -> None:
    visitor = pages.nobody()
    for _ in range(4):
        visitor.sign_in("carla@nordlicht.example", WRONG)
    assert visitor.sign_in("carla@nordlicht.example").status == 303
    assert [pages.nobody().sign_in("carla@nordlicht.example", WRONG).status for _ in range(5)] == [422] * 5


def test_misses_of_many_accounts_from_one_address_wait_too(pages: Pages) -> None:
    with pages.world.owner() as session:
        session.execute(
            text("insert into sign_in_throttle (key, failures, since) values ('address:127.0.0.1', 50, :now)"), {"now": pages.world.clock()}
        )
    assert pages.nobody().sign_in("somebody@else.example", WRONG).status == 429


def test_a_new_session_id_holds_what_the_stream_needs(pages: Pages, redis_client: Any) -> None:
    visitor = pages.nobody()
    visitor.get("/sign-in")
    before = visitor.client.get_cookie(COOKIE)
    assert before is not None
    visitor.sign_in("silke@kueste.example")
    after = visitor.client.get_cookie(COOKIE)
    assert after is not None
    assert after.value != before.value
    assert redis_client.get(PREFIX + before.value) is None
    cast = pages.world.cast
    session = kept(pages, visitor, redis_client)
    assert session["_user_id"] == str(cast.people["silke"].id)
    assert session["audiences"]["cpo"] is None
    codes = {cast.partners[k].code for k in ("kueste", "sommer")}
    assert set(session["audiences"]["partners"]) == codes
    assert str(cast.partners["winter"].id) not in str(session)


def test_signing_out_ends_the_session_on_the_server(pages: Pages, redis_client: Any) -> None:
    visitor = pages.as_("carla")
    cookie = visitor.client.get_cookie(COOKIE)
    assert cookie is not None
    assert visitor.post("/sign-out").location == "/sign-in"
    assert "You are signed out." in visitor.get("/sign-in").words
    assert "_user_id" not in (orjson.loads(redis_client.get(PREFIX + cookie.value) or b"{}"))
    assert visitor.get("/cpo/jobs").status == 303


def test_idle_people_are_signed_out_sooner_where_money_moves(pages: Pages) -> None:
    carla, fiona = pages.as_("carla"), pages.as_("fiona")
    assert (carla.get("/cpo/jobs").status, fiona.get("/cpo/jobs").status) == (200, 200)
    pages.world.clock.move(minutes=29)
    assert (carla.get("/cpo/jobs").status, fiona.get("/cpo/jobs").status) == (200, 200)
    pages.world.clock.move(minutes=31)
    assert carla.get("/cpo/jobs").status == 200
    assert fiona.get("/cpo/jobs").status == 303
    assert "nothing happened for a while" in fiona.get("/sign-in").words


def test_what_a_page_asks_for_by_itself_is_no_activity(pages: Pages) -> None:
    fiona = pages.as_("fiona")
    fiona.get("/cpo/jobs")
    for _ in range(4):
        pages.world.clock.move(minutes=10)
        status = fiona.htmx("/cpo/jobs").status
    assert status == 401


def test_a_sign_in_ends_after_its_absolute_limit(pages: Pages) -> None:
    carla = pages.as_("carla")
    for _ in range(12):
        pages.world.clock.move(minutes=59)
        assert carla.get("/cpo/jobs").status == 200
    pages.world.clock.move(minutes=59)
    assert carla.get("/cpo/jobs").status == 303


def test_a_password_change_ends_all_other_sign_ins(pages: Pages) -> None:
    here, there = pages.as_("olga"), pages.as_("olga")
    seen = here.post("/account/password", {"present": PASSWORD, "wanted": NEW})
    assert (seen.status, seen.location) == (303, "/account")
    assert "Ihr Passwort ist geändert." in here.get("/account").words
    assert there.get("/account").status == 303
    assert "weil Ihr Passwort geändert" in there.get("/sign-in", headers={"Accept-Language": "de"}).words
    assert pages.nobody().sign_in("olga@sommer.example").status == 422
    assert pages.nobody().sign_in("olga@sommer.example", NEW).status == 303


@pytest.mark.parametrize(
    ("present", "wanted", "sentence"),
    [
        (WRONG, NEW, "Das ist nicht Ihr jetziges Passwort."),
        (PASSWORD, "kurz", "Nehmen Sie mindestens 12 Zeichen."),
        (PASSWORD, PASSWORD, "Das neue Passwort ist das alte."),
        (PASSWORD, "passwort123456", "zu leicht zu erraten"),
        (PASSWORD, "olga-sommer-sommer", "zu leicht zu erraten"),
        (PASSWORD, "aaaaaaaaaaaaaaaa", "zu leicht zu erraten"),
        (PASSWORD, "", "Füllen Sie das aus."),
    ],
)
def test_a_bad_new_password_is_refused_with_its_reason(pages: Pages, present: str, wanted: str, sentence: str) -> None:
    seen = pages.as_("olga").post("/account/password", {"present": present, "wanted": wanted})
    assert seen.status == 422
    assert sentence in seen.one("#problem-summary").get_text()
    assert present not in seen.text.replace(f"<code>{PASSWORD}</code>", "")


def test_own_habits_are_saved_and_used_and_in_the_log(pages: Pages) -> None:
    olga = pages.as_("olga")
    wanted = {"name": "Olga S.", "language": "fr", "region": "fr_CH", "theme": "dark", "time_basis": "utc"}
    assert olga.post("/account", wanted).status == 303
    seen = olga.get("/account")
    assert "Vos réglages sont enregistrés." in seen.words
    assert seen.one("html")["data-bs-theme"] == "dark"
    with pages.world.owner() as session:
        acts = [row[0] for row in session.execute(text("select act from audit_entry order by at, id"))]
    assert acts == ["SignedIn", "HabitsChanged"]


@pytest.mark.parametrize(("name", "value"), [("language", "fr"), ("theme", "dark"), ("time_basis", "utc")])
def test_menus_of_the_header_keep_the_page(pages: Pages, name: str, value: str) -> None:
    olga = pages.as_("olga")
    seen = olga.post("/habits", {"name": name, "value": value, "next": "/account?x=1"})
    assert seen.location == "/account?x=1"
    with pages.world.owner() as session:
        found = session.execute(text(f"select {name} from user_account where email = 'olga@sommer.example'")).scalar_one()
    assert found == value


@pytest.mark.parametrize(("name", "value"), [("language", "xx"), ("name", "Mallory"), ("password_hash", "x"), ("operator", "x")])
def test_no_other_habit_can_be_set_that_way(pages: Pages, name: str, value: str) -> None:
    assert pages.as_("olga").post("/habits", {"name": name, "value": value, "next": "//evil.example"}).location == "/"
    with pages.world.owner() as session:
        row = session.execute(text("select name, language from user_account where email = 'olga@sommer.example'")).one()
    assert tuple(row) == ("Olga Sommer", "de")


def test_somebody_switched_off_is_out_at_once_and_told_after_the_password_only(pages: Pages) -> None:
    olga = pages.as_("olga")
    with pages.world.owner() as session:
        session.execute(
            text("update user_account set disabled_at = :now where email = 'olga@sommer.example'"), {"now": pages.world.clock()}
        )
    assert olga.get("/account").status == 303
    assert "switched off" in pages.nobody().sign_in("olga@sommer.example").words
    assert "switched off" not in pages.nobody().sign_in("olga@sommer.example", WRONG).words


def test_a_paused_account_says_whom_to_call(pages: Pages) -> None:
    with pages.world.owner() as session:
        session.execute(text("update partner set state = 'paused' where name = 'Sommer'"))
    visitor = pages.nobody()
    visitor.sign_in("olga@sommer.example")
    seen = visitor.get(f"/partner/{pages.world.cast.partners['sommer'].code}/")
    assert seen.status == 403
    assert "Das Konto Sommer ist pausiert. Rufen Sie" in seen.words


def test_demo_sign_ins_are_shown_in_the_demo_only(pages: Pages) -> None:
    assert "Carla Möller" in pages.nobody().get("/sign-in").words
    pages.app.extensions["voltpact.settings"] = _without_demo(pages.app.extensions["voltpact.settings"])
    seen = pages.nobody().get("/sign-in")
    assert "Carla Möller" not in seen.words
    assert PASSWORD not in seen.text


def _without_demo(settings: Any) -> Any:
    from dataclasses import replace

    return replace(settings, demo=False)


def test_limits_are_those_of_the_settings(pages: Pages) -> None:
    limits = pages.app.extensions["voltpact.settings"]
    assert (limits.session_idle_strict, limits.session_absolute) == (timedelta(minutes=30), timedelta(hours=12))


def test_a_browser_not_known_before_is_told_by_mail_but_not_the_first_one(pages: Pages, world: World) -> None:
    pages.app.extensions["voltpact.settings"] = _without_demo(pages.app.extensions["voltpact.settings"])
    visitor = pages.as_("olga")
    assert wanted(world) == [], "somebody's first sign-in is expected"
    visitor.post("/sign-out")
    assert visitor.sign_in("olga@sommer.example").status == 303
    assert wanted(world) == [], "this browser is known"
    stranger = pages.nobody()
    stranger.client.set_cookie("voltpact_known", "WyJmb3JnZWQiXQ.forged")
    assert stranger.sign_in("olga@sommer.example").status == 303
    (args,) = wanted(world)
    with world.work(world.system()) as work:
        new_sign_in(work, **args)
        mail = work.session.scalars(select(MailMessage)).one()
        assert (mail.to_address, mail.subject) == ("olga@sommer.example", "Ihre Anmeldung wurde in einem neuen Browser benutzt")
        assert "Netzadresse 127.0.0.1" in mail.body_text
    assert stranger.sign_in("moritz@sommer.example").status in {303, 200}
    assert len(wanted(world)) == 1, "each person's browsers are their own"


def wanted(world: World) -> list[dict[str, str]]:
    with world.owner() as session:
        return list(session.scalars(text("select args from job where name = 'people.new_sign_in' order by created_at")))
