"""A3: one answer for every address; a link for 30 minutes, once; every other sign-in ends."""

from __future__ import annotations

import re

from sqlalchemy import text

from app.access.actor import system
from app.db.engine import make_sessions
from app.domain.people.resets import send_link
from app.live.bus import NoBus
from app.work.unit import WorkRoom
from tests.cast import PASSWORD, World
from tests.pages import Pages

NEW = "vier bunte Fische im Hafen"


def run_jobs(world: World) -> int:
    """What the task worker would do; how many mails were written."""
    with world.owner() as session:
        asked = session.execute(text("delete from job where name = 'people.reset' returning args")).scalars().all()
    room = WorkRoom(make_sessions(world.database.worker), world.clock, NoBus())
    sent = 0
    for args in asked:
        with room.open(system(None)) as work:
            sent += send_link(work, args["email"], lambda token: f"https://x/reset/{token}")
    return sent


def link(world: World) -> str:
    with world.owner() as session:
        body = session.execute(text("select body_text from mail_message order by created_at desc, id desc limit 1")).scalar_one()
    found = re.search(r"https://x(/reset/\S+)", body)
    assert found
    return found.group(1)


def test_every_address_gets_the_same_answer_and_only_a_known_one_a_mail(pages: Pages, world: World) -> None:
    visitor = pages.nobody()
    answers = [visitor.post("/reset", {"email": email}) for email in ("olga@sommer.example", "nobody@sommer.example")]
    for seen in answers:
        assert seen.status == 200
        assert "If this address is known, a link is on its way. It works once, for 30 minutes." in seen.words
    assert run_jobs(world) == 1
    with world.owner() as session:
        mail = session.execute(text("select to_address, subject, is_secret, operator_id from mail_message")).one()
    assert tuple(mail) == ("olga@sommer.example", "Ihr Link für ein neues Passwort", True, world.cast.operator.id)


def test_the_link_works_once_ends_other_sign_ins_and_waiting_times(pages: Pages, world: World) -> None:
    there = pages.as_("olga")
    visitor = pages.nobody()
    for _ in range(6):
        status = visitor.sign_in("olga@sommer.example", "wrong-wrong-26").status
    assert status == 429
    visitor.post("/reset", {"email": " Olga@sommer.example"})
    assert run_jobs(world) == 1
    path = link(world)
    assert "olga@sommer.example" in visitor.get(path).words
    assert visitor.post(path, {"password": "olga-sommer-olga"}).status == 422
    assert visitor.post(path, {"password": NEW}).location == "/sign-in"
    assert visitor.get(path).status == 410
    assert visitor.post(path, {"password": NEW}).status == 410
    assert "expired or was used" in visitor.get(path, headers={"Accept-Language": "en"}).words
    assert there.get("/account").status == 303
    assert pages.nobody().sign_in("olga@sommer.example").status == 422
    assert pages.nobody().sign_in("olga@sommer.example", NEW).status == 303
    with world.owner() as session:
        assert session.execute(text("select count(*) from audit_entry where act = 'PasswordResetDone'")).scalar_one() == 1


def test_old_and_replaced_links_are_void_and_made_up_ones_unknown(pages: Pages, world: World) -> None:
    visitor = pages.nobody()
    visitor.post("/reset", {"email": "olga@sommer.example"})
    run_jobs(world)
    first = link(world)
    world.clock.move(minutes=1)
    visitor.post("/reset", {"email": "olga@sommer.example"})
    run_jobs(world)
    assert visitor.get(first).status == 410
    second = link(world)
    world.clock.move(minutes=29)
    assert visitor.get(second).status == 200
    world.clock.move(minutes=1)
    assert visitor.get(second).status == 410
    assert visitor.get("/reset/nonsense").status == 404


def test_many_wishes_write_no_more_mails(pages: Pages, world: World) -> None:
    visitor = pages.nobody()
    answers = {visitor.post("/reset", {"email": "olga@sommer.example"}).status for _ in range(8)}
    assert answers == {200}
    assert run_jobs(world) == 5


def test_somebody_switched_off_gets_no_link(pages: Pages, world: World) -> None:
    with world.owner() as session:
        session.execute(text("update user_account set disabled_at = now() where email = 'olga@sommer.example'"))
    pages.nobody().post("/reset", {"email": "olga@sommer.example"})
    assert run_jobs(world) == 0


def test_the_strength_is_told_in_words(pages: Pages) -> None:
    olga = pages.as_("olga")
    assert "Noch zu kurz" in olga.post("/password-strength", {"wanted": "kurz"}).words
    assert "leicht zu erraten" in olga.post("/password-strength", {"wanted": "passwort123456"}).words
    assert "Sehr gut." in olga.post("/password-strength", {"wanted": NEW}).words
    assert olga.post("/account/password", {"present": PASSWORD, "wanted": NEW}).status == 303
