"""P10 and B56: a partner asks in writing for what it cannot change itself; staff take it, do it or say why not."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError, ProgrammingError

from app.domain.change_orders.actions import move_order
from app.domain.change_orders.models import ChangeOrder
from app.domain.people.models import MailMessage
from app.domain.people.notices import choose_mails
from app.tasks.summaries import summaries
from tests.cast import World
from tests.domain.settlement.test_refunds import run_jobs
from tests.pages import Pages
from tests.portals.cpo.test_partner_papers import PDF, png

WISH: dict[str, Any] = {
    "one_time_key": "a" * 32,
    "topic": "access",
    "thing": "NL-0417",
    "present": "8–20 Uhr",
    "wanted": "Rund um die Uhr offen",
    "wanted_on": "2026-11-01",
}


def path(world: World, name: str = "sommer") -> str:
    return f"/partner/{world.cast.partners[name].code}/change-requests"


def asked(pages: Pages, world: World, who: str = "moritz", **change: Any) -> str:
    """The code of a new order."""
    sent = pages.as_(who).post(f"{path(world)}/new", WISH | change)
    assert sent.status == 303, sent.words
    return str(sent.location.rpartition("/")[2].partition("?")[0])


def test_a_wish_is_taken_done_and_read_by_its_partner(pages: Pages, world: World) -> None:
    moritz = pages.as_("moritz")
    assert "Keine Änderungswünsche. Was Sie nicht selbst ändern können, beginnt hier." in moritz.get(path(world)).words
    code = asked(pages, world)
    aylin = pages.as_("aylin")
    queue = aylin.get("/cpo/change-orders")
    assert code in queue.words
    assert "Eingegangen" in queue.words
    assert aylin.post(f"/cpo/change-orders/{code}/take").status == 303
    assert pages.as_("carla").post(f"/cpo/change-orders/{code}/take").status == 409, "somebody else was faster"
    assert pages.as_("carla").post(f"/cpo/change-orders/{code}/done", {"note": "Seit heute offen."}).status == 303
    seen = moritz.get(f"{path(world)}/{code}").words
    for words in ("gewünscht von Moritz Klein", "übernommen von Aylin", "erledigt von Carla Möller", "Seit heute offen.", "01.11.2026"):
        assert words in seen
    assert code not in aylin.get("/cpo/change-orders").words, "it waits no more"
    assert code in aylin.get("/cpo/change-orders?state=done").words
    assert "Änderungsauftrag bearbeitet" in pages.as_("olga").get(f"/partner/{world.cast.partners['sommer'].code}/history").words


def test_a_refusal_needs_a_reason(pages: Pages, world: World) -> None:
    carla, code = pages.as_("carla"), asked(pages, world)
    seen = carla.post(f"/cpo/change-orders/{code}/refuse", {"note": " "})
    assert seen.status == 422
    assert [a["href"] for a in seen.soup.select("#problem-summary a")] == ["#note"]
    assert carla.post(f"/cpo/change-orders/{code}/refuse", {"note": "Lärmschutz nach 22 Uhr."}).status == 303
    assert carla.post(f"/cpo/change-orders/{code}/done").status == 409


@pytest.mark.parametrize(
    ("who", "change", "field"),
    [
        ("moritz", {"wanted": ""}, "wanted"),
        ("moritz", {"wanted_on": "2026-10-13"}, "wanted_on"),
        ("moritz", {"topic": "bank"}, "topic"),
        ("toni", {"topic": "contract"}, "topic"),
        ("pia", {"topic": "technical"}, "topic"),
    ],
)
def test_422_names_the_field_and_keeps_nothing(pages: Pages, world: World, who: str, change: dict[str, Any], field: str) -> None:
    """A topic is for those who see what it is about: a manager sees no bank account, a technician no contract, an accountant no network."""
    seen = pages.as_(who).post(f"{path(world)}/new", WISH | change)
    assert seen.status == 422
    assert [a["href"] for a in seen.soup.select("#problem-summary a")] == [f"#{field}"]
    with world.owner() as session:
        assert session.query(ChangeOrder).count() == 0


def test_strangers_and_who_may_only_look(pages: Pages, world: World) -> None:
    code = asked(pages, world, "toni")
    willi: Any = pages.as_("willi")
    assert willi.get(f"{path(world)}/{code}").status == 404
    assert willi.get(f"{path(world, 'winter')}/{code}").status == 404
    assert pages.as_("vera").get(path(world)).status == 403
    assert pages.as_("vera").post(f"{path(world)}/new", WISH).status == 403
    assert pages.as_("theo").get(f"/cpo/change-orders/{code}").status == 200
    assert pages.as_("theo").post(f"/cpo/change-orders/{code}/take").status == 403
    assert pages.as_("olga").post(f"/cpo/change-orders/{code}/take").status == 404


def test_what_was_written_stays_as_it_was_written(pages: Pages, world: World) -> None:
    asked(pages, world)
    with world.tenant(world.actor("carla")) as session, pytest.raises(ProgrammingError, match="permission denied"):
        session.execute(text("update change_order set wanted = 'x'"))


def test_files_come_with_a_wish_and_are_for_those_who_may_see_its_topic(pages: Pages, world: World) -> None:
    olga, wish = pages.as_("olga"), WISH | {"topic": "bank", "wanted": "Neues Konto"}
    form = olga.get(f"{path(world)}/new")
    assert form.one("#form")["enctype"] == "multipart/form-data"
    assert form.one("#files").has_attr("multiple")
    files = [(io.BytesIO(PDF), "../Bestätigung.exe"), (io.BytesIO(png()), "Karte.png")]
    sent = olga.post(f"{path(world)}/new", wish | {"files": files, "one_time_key": "a" * 32}, content_type="multipart/form-data")
    code = sent.location.rpartition("/")[2].partition("?")[0]
    mine = f"{path(world)}/{code}"
    assert [a.get_text() for a in olga.get(mine).soup.select("a[href*='/files/']")] == ["Bestätigung.pdf", "Karte.png"]
    taken = olga.get(f"{mine}/files/1")
    assert (taken.response.data, taken.headers["Content-Type"]) == (PDF, "application/pdf")
    assert taken.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in taken.headers["Content-Security-Policy"]
    assert olga.get(f"{mine}/files/3").status == 404
    assert pages.as_("aylin").client.get(f"/cpo/change-orders/{code}/files/2").data == png()
    assert pages.as_("willi").get(f"{mine}/files/1").status == 404
    theo = pages.as_("theo")
    assert "Bestätigung.pdf" not in theo.get(f"/cpo/change-orders/{code}").words, "bank data are not the technician's"
    assert theo.get(f"/cpo/change-orders/{code}/files/1").status == 403
    assert pages.as_("moritz").get(f"{mine}/files/1").status == 403
    with pytest.raises(DatabaseError, match="append-only"), world.owner() as session:
        session.execute(text("update change_order_file set file_name = 'x'"))
    with world.tenant(world.actor("willi")) as session:
        assert session.scalar(text("select count(*) from change_order_file")) == 0


@pytest.mark.parametrize(
    ("bodies", "sentence"),
    [
        ([b"<html><script>alert(1)</script></html>"], "Das ist weder PDF noch PNG"),
        ([PDF] * 6, "Höchstens 5 Dateien."),
        ([PDF + b"0" * 6_000_000, PDF + b"0" * 4_000_000], "Die Datei ist größer als 10 MB."),
    ],
)
def test_files_that_are_none_of_ours_are_refused_at_their_field(pages: Pages, world: World, bodies: list[bytes], sentence: str) -> None:
    files = [(io.BytesIO(body), "scan.pdf") for body in bodies]
    seen = pages.as_("moritz").post(f"{path(world)}/new", WISH | {"files": files}, content_type="multipart/form-data")
    assert seen.status == 422
    assert sentence in seen.words
    assert [a["href"] for a in seen.soup.select("#problem-summary a")] == ["#files"]
    with world.owner() as session:
        assert session.query(ChangeOrder).count() == 0


def test_a_form_sent_twice_asks_once(pages: Pages, world: World) -> None:
    code = asked(pages, world)
    assert asked(pages, world) == code, "the same key of the same person"
    assert asked(pages, world, "toni") != code, "another person's form"
    assert asked(pages, world, one_time_key="b" * 32) != code
    assert len(mails(world)) == 3, "told of three requests"


def test_now_and_wanted_stand_beside_each_other_with_what_differs_marked(pages: Pages, world: World) -> None:
    code = asked(pages, world, present="Mo bis Fr 8 bis 20 Uhr", wanted="Mo bis Sa 8 bis 22 Uhr")
    seen = pages.as_("aylin").get(f"/cpo/change-orders/{code}").soup
    assert [mark.get_text(strip=True) for mark in seen.select("del")] == ["Fr", "20"]
    assert [mark.get_text(strip=True) for mark in seen.select("ins")] == ["Sa", "22"]
    other = asked(pages, world, one_time_key="b" * 32, present="8–20 Uhr", wanted="Rund um die Welt offen, immer und für alle")
    assert not pages.as_("aylin").get(f"/cpo/change-orders/{other}").soup.select("del, ins"), "nothing in common, nothing to mark"


def mails(world: World) -> list[MailMessage]:
    """What the jobs about orders have written."""
    run_jobs(world, "change_orders.asked", "change_orders.moved", "change_orders.answered")
    with world.owner() as session:
        return list(session.scalars(select(MailMessage).order_by(MailMessage.created_at, MailMessage.id)))


def test_each_step_is_told_to_who_asked_with_the_reason_and_to_who_chose_it(pages: Pages, world: World) -> None:
    code = asked(pages, world, "olga", wanted="0,45 € <ab Mai>", topic="prices")
    (first,) = mails(world)
    assert (first.to_address, first.subject) == ("olga@sommer.example", f"Änderungswunsch {code} ist eingegangen")
    assert f"/partner/{world.cast.partners['sommer'].code}/change-requests/{code}" in first.body_text
    assert "0,45 € <ab Mai>" in first.body_text
    assert "0,45 € &lt;ab Mai&gt;" in first.body_html, "what people type is text"
    with world.work("moritz") as work:
        choose_mails(work, {"order_moved": "now"}, None)
    world.clock.move(minutes=1)
    with world.work("carla") as work:
        move_order(work, code, "take")
    told = mails(world)[1:]
    assert {mail.to_address for mail in told} == {"olga@sommer.example", "moritz@sommer.example"}
    assert {mail.subject for mail in told} == {f"Änderungswunsch {code} ist in Arbeit"}
    world.clock.move(minutes=1)
    with world.work("carla") as work:
        move_order(work, code, "refuse", "Der Vertrag erlaubt es nicht.")
    last = mails(world)[3:]
    assert all("Carla Möller schreibt:\nDer Vertrag erlaubt es nicht." in mail.body_text for mail in last)
    assert sorted("/account#mails" in mail.body_text for mail in last) == [False, True], "only one of the two chose it"


def test_staff_who_chose_it_hear_of_a_wish_at_once_or_in_the_morning(pages: Pages, world: World) -> None:
    for who, way in (("carla", "now"), ("aylin", "daily")):
        with world.work(who) as work:
            choose_mails(work, {"order_asked": way}, "Europe/Berlin")
    code = asked(pages, world)
    told = {mail.to_address.partition("@")[0]: mail for mail in mails(world)}
    assert told["carla"].subject == f"Sommer wünscht eine Änderung: Zugang und Zeiten ({code})"
    assert f"/cpo/change-orders/{code}" in told["carla"].body_text
    assert {name: mail.state for name, mail in told.items()} == {"carla": "queued", "aylin": "waiting", "moritz": "queued"}
    with world.tenant(world.actor("olga")) as session:
        assert session.scalars(select(MailMessage).where(MailMessage.event == "order_asked")).all() == [], "not the partner's to read"
    world.clock.set(datetime(2026, 10, 15, 5, 0, tzinfo=UTC))
    with world.work(world.system()) as work:
        summaries(work)
    summary = next(mail for mail in mails(world) if mail.subject.startswith("Ihre Tagesübersicht"))
    assert "aylin" in summary.to_address
    assert code in summary.body_text


def test_who_left_the_account_is_told_nothing(pages: Pages, world: World) -> None:
    asked(pages, world)
    with world.owner() as session:
        ended = {"at": datetime(2026, 10, 14, tzinfo=UTC), "who": world.cast.people["moritz"].id}
        session.execute(text("update membership set ended_at = :at where user_id = :who"), ended)
    assert mails(world) == []


def test_a_question_goes_to_the_partner_its_answer_comes_back_and_the_clock_stands_meanwhile(pages: Pages, world: World) -> None:
    """Asked 14:05, asked back at 15:05, answered two hours later, done an hour after that: four hours, of which two count."""
    code = asked(pages, world)
    order, mine = f"/cpo/change-orders/{code}", f"{path(world)}/{code}"
    aylin: Any = pages.as_("aylin")
    world.clock.move(minutes=60)
    assert [a["href"] for a in aylin.post(f"{order}/ask", {"note": ""}).soup.select("#problem-summary a")] == ["#note"]
    assert aylin.post(f"{order}/ask", {"note": "Auch an <Feiertagen>?"}).status == 303
    question = mails(world)[-1]
    assert (question.to_address, question.subject) == ("moritz@sommer.example", f"Frage zum Änderungswunsch {code}")
    assert "Aylin Demir fragt:\nAuch an <Feiertagen>?" in question.body_text
    assert "&lt;Feiertagen&gt;" in question.body_html
    waiting = aylin.get(order)
    assert "Frage an den Standortpartner" in waiting.words
    assert aylin.post(f"{order}/done", {"note": "x"}).status == 409, "it waits for the answer"
    assert "1 h 00 min" in aylin.get("/cpo/change-orders").words.replace("\xa0", " ")
    world.clock.move(minutes=120)
    assert "1 h 00 min" in aylin.get("/cpo/change-orders?state=question").words.replace("\xa0", " "), "waiting does not count"
    assert code not in aylin.get("/cpo/").text
    moritz: Any = pages.as_("moritz")
    assert "Aylin Demir fragt: Auch an <Feiertagen>?" in moritz.get(mine).words
    assert [a["href"] for a in moritz.post(f"{mine}/answer", {"note": " "}).soup.select("#problem-summary a")] == ["#note"]
    sent = {"note": "Nein, nur werktags.", "files": [(io.BytesIO(PDF), "Plan.pdf")]}
    assert moritz.post(f"{mine}/answer", sent, content_type="multipart/form-data").status == 303
    assert moritz.post(f"{mine}/answer", {"note": "Doch."}).status == 409, "answered already"
    seen = aylin.get(order)
    assert "Moritz Klein antwortet: Nein, nur werktags." in seen.words
    assert [a.get_text() for a in seen.soup.select(".timeline a[href*='/files/']")] == ["Plan.pdf"]
    told = mails(world)[-1]
    assert (told.to_address, told.subject) == ("aylin@nordlicht.example", f"Sommer hat geantwortet: {code}")
    assert "Nein, nur werktags." in told.body_text
    assert code in aylin.get("/cpo/").text
    world.clock.move(minutes=60)
    assert aylin.post(f"{order}/done", {"note": "Werktags offen."}).status == 303
    assert "2 h 00 min" in aylin.get("/cpo/change-orders?state=done").words.replace("\xa0", " ")


def test_a_question_is_answered_by_those_who_may_see_what_it_is_about(pages: Pages, world: World) -> None:
    code = asked(pages, world, "olga", topic="bank", thing="")
    mine = f"{path(world)}/{code}"
    assert pages.as_("olga").post(f"{mine}/answer", {"note": "x"}).status == 409, "nobody asked"
    assert pages.as_("carla").post(f"/cpo/change-orders/{code}/ask", {"note": "Welche IBAN?"}).status == 303
    assert "answer" not in pages.as_("moritz").get(mine).text
    assert pages.as_("moritz").post(f"{mine}/answer", {"note": "x"}).status == 403
    assert pages.as_("willi").post(f"{mine}/answer", {"note": "x"}).status == 404
    assert pages.as_("theo").post(f"/cpo/change-orders/{code}/ask", {"note": "x"}).status == 403
    assert pages.as_("carla").post(f"/cpo/change-orders/{code}/refuse", {"note": "Zurückgezogen."}).status == 303, "refused while it waits"
    with world.owner() as session, pytest.raises(DatabaseError, match="append-only"):
        session.execute(text("update change_order_message set body = 'x'"))
