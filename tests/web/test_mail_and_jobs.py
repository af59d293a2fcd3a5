"""The outbox and the jobs page: who sees what."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from app.domain.people.models import MailMessage
from app.kernel.ids import uuid7
from app.work.jobs import Job
from tests.pages import Pages


def write_mail(pages: Pages, partner: str, subject: str, **more: object) -> MailMessage:
    cast = pages.world.cast
    mail = MailMessage(
        id=uuid7(), operator_id=cast.operator.id, partner_id=cast.partners[partner].id, to_address="rechnung@sommer.example",
        subject=subject,
        body_text="Guten Tag,\nIhre Abrechnung.", body_html="<p>Guten Tag</p>", language="de", document_ids=[], state="kept",
        created_at=pages.world.clock(), **more,
    )  # fmt: skip
    with pages.world.owner() as session:
        session.add(mail)
    return mail


def test_staff_read_mails_that_no_server_took(pages: Pages) -> None:
    mail = write_mail(pages, "sommer", "Abrechnung <Oktober>")
    carla = pages.as_("carla")
    seen = carla.get("/cpo/mail")
    assert seen.status == 200
    assert "Abrechnung <Oktober>" in seen.words
    assert "Hier behalten" in seen.words
    assert pages.world.clock().astimezone(ZoneInfo("Europe/Berlin")).strftime("%H:%M") in seen.words, "on the operator's clock"
    seen = carla.get(f"/cpo/mail/{mail.id}")
    assert "Ihre Abrechnung." in seen.one("pre.mail-text").get_text()
    assert carla.get("/cpo/mail?state=failed").words.count("Abrechnung <Oktober>") == 0
    assert carla.get(f"/cpo/mail/{uuid4()}").status == 404


@pytest.mark.parametrize("who", ["theo", "aylin"])
def test_technicians_and_hotline_do_not_read_mail(pages: Pages, who: str) -> None:
    mail = write_mail(pages, "sommer", "Abrechnung")
    visitor = pages.as_(who)
    assert visitor.get("/cpo/mail").status == 403
    assert visitor.get(f"/cpo/mail/{mail.id}").status == 403
    assert "/cpo/mail" not in visitor.get("/cpo/jobs").text


def make_job(pages: Pages, who: str, name: str, state: str, **more: object) -> None:
    cast, now = pages.world.cast, pages.world.clock()
    values = {"args": {}, "due_at": now, "created_at": now, "attempts": 0, "done": 0} | more
    with pages.world.owner() as session:
        session.add(Job(id=uuid7(), operator_id=cast.operator.id, requested_by=cast.people[who].id, name=name, state=state, **values))


def test_own_jobs_with_their_progress_ask_again_while_they_run(pages: Pages) -> None:
    make_job(pages, "fiona", "settlement.draft", "running", done=3, total=12)
    make_job(pages, "felix", "documents.statement", "done")
    seen = pages.as_("fiona").get("/cpo/jobs")
    bar = seen.one("progress")
    assert (bar["value"], bar["max"]) == ("3", "12")
    assert seen.one("#jobs")["hx-trigger"] == "every 2s"
    assert len(seen.soup.select("#jobs tbody tr")) == 1
    piece = pages.as_("felix").htmx("/cpo/jobs")
    assert piece.soup.find("html") is None
    assert piece.one("#jobs").get("hx-trigger") is None


def test_failures_of_others_are_shown_to_those_who_read_the_log(pages: Pages) -> None:
    make_job(pages, "carla", "mail.send", "failed", last_error="no route to host")
    make_job(pages, "carla", "mail.send", "failed", created_at=pages.world.clock() - timedelta(days=9))
    assert len(pages.as_("anke").get("/cpo/jobs").soup.select("tbody tr")) == 1
    assert "no route to host" not in pages.as_("theo").get("/cpo/jobs").words
