"""What people type at its ends: names that show nothing, amounts and days beyond every calendar, guesses of a password, addresses."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest
from sqlalchemy import select, text

from app.domain.people.models import MailMessage, Partner, User
from app.domain.people.outbox import Mail, queue_mail
from app.tasks.mail import message_of
from tests.cast import PASSWORD, World
from tests.pages import Pages, Seen

HABITS = {"language": "de", "region": "de_DE", "theme": "system", "time_basis": "site", "density": "usual", "shortcuts": "y"}
GENERAL = {
    "name": "Hafen", "legal_name": "Hafen GmbH", "kind": "host", "street": "Kai 1", "postcode": "24103", "city": "Kiel", "country": "DE",
    "language": "de", "time_zone": "Europe/Berlin", "currency": "EUR",
}  # fmt: skip


def fields(seen: Seen) -> list[str]:
    """What the summary at the top of a form leads to."""
    return [str(a["href"]) for a in seen.soup.select("#problem-summary a")]


def test_nobody_is_called_nothing_and_no_text_turns_a_page_around(pages: Pages, world: World) -> None:
    carla = pages.as_("carla")
    for name in ("   ", "\u200b", "\u202e\u2066"):
        bad = carla.post("/account", HABITS | {"name": name})
        assert (bad.status, fields(bad)) == (422, ["#name"]), repr(name)
        assert carla.post("/cpo/partners/new", GENERAL | {"name": name}).status == 422
    assert carla.post("/account", HABITS | {"name": "\u202eCarla\x01 Möller"}).status == 303
    made = carla.post("/cpo/partners/new", GENERAL | {"legal_name": "Hafen\x0b\x01\u200b GmbH\r\nBcc: x@x.example"})
    assert made.status == 303
    with world.owner() as session:
        assert session.scalars(select(User.name).where(User.email == "carla@nordlicht.example")).one() == "Carla Möller"
        assert session.scalars(select(Partner.legal_name).where(Partner.name == "Hafen")).one() == "Hafen GmbH Bcc: x@x.example"


def test_a_blank_reason_stays_in_its_form_and_lists_answer_in_german(pages: Pages, world: World) -> None:
    carla, here = pages.as_("carla"), f"/cpo/partners/{world.cast.partners['winter'].code}"
    bad = carla.post(f"{here}/pause", {"reason": " \n "})
    assert (bad.status, fields(bad)) == (422, ["#reason"])
    sent = {"person": "T", "email": "t@winter.example", "language": "de", "orders": "nothing"}
    bad = carla.post(f"{here}/contacts/technical", sent)
    assert (bad.status, bad.one("#orders .field-error").get_text(strip=True)) == (422, "„nothing“ steht nicht zur Wahl.")


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "31.12.9999"])
def test_days_beyond_the_calendar(pages: Pages, world: World, day: str) -> None:
    carla = pages.as_("carla")
    assert carla.get(f"/cpo/time-machine?what=NL-0417&at={day}T00:00").status == 422
    assert carla.get(f"/cpo/time-machine?what=NL-0417&day={day}&minute=0").status == 422
    here = f"/cpo/partners/{world.cast.partners['winter'].code}/charge-points/NL-0501/end"
    bad = carla.post(here, {"valid_until": day})
    assert (bad.status, fields(bad)) == (422, ["#valid_until"])


def test_guesses_of_the_present_password_are_counted(pages: Pages) -> None:
    olga = pages.as_("olga")
    sent = {"present": "falsch-und-lang-genug", "wanted": "Tannen-im-Nebel-77"}
    weak = {"present": PASSWORD, "wanted": "kurz"}
    assert [olga.post("/account/password", weak).status for _ in range(7)] == [422] * 7, "who knows the password may think about a new one"
    assert [olga.post("/account/password", sent).status for _ in range(6)] == [422] * 5 + [429]
    right = olga.post("/account/password", sent | {"present": PASSWORD})
    assert right.status == 429
    assert fields(right) == ["#form"]
    pages.world.clock.move(minutes=16)
    assert olga.post("/account/password", sent | {"present": PASSWORD}).status == 303


def test_addresses_as_every_mail_server_takes_them(pages: Pages, world: World) -> None:
    olga, here = pages.as_("olga"), f"/partner/{world.cast.partners['sommer'].code}/settings/contacts/technical"
    sent: dict[str, Any] = {"person": "Tine", "language": "de"}
    bad = olga.post(here, sent | {"email": "jörg@bücher.example"})
    assert (bad.status, fields(bad)) == (422, ["#email"])
    assert olga.post(here, sent | {"email": "joerg@bücher.example"}).status == 303
    assert "joerg@bücher.example" in olga.get(here.partition("/contacts")[0]).words
    with world.work(world.system()) as work:
        key = queue_mail(work, Mail(to_address="joerg@bücher.example", subject="x", body_text="x", body_html="x", language="de"))
        message = message_of(work, work.session.get_one(MailMessage, key), "Voltpact <portal@voltpact.example>")
    assert message["To"] == "joerg@xn--bcher-kva.example"


def test_another_app_wants_a_fresh_confirmation_for_its_post_too(pages: Pages) -> None:
    olga, clock = pages.as_("olga"), pages.world.clock

    def code(secret: str) -> str:
        return pyotp.TOTP(secret).generate_otp(int(clock().timestamp()) // 30)

    first = olga.get("/account/second-factor").one(".otp code").get_text().replace(" ", "")
    assert olga.post("/account/second-factor", {"code": code(first)}).status == 303
    second = olga.get("/account/second-factor").one(".otp code").get_text().replace(" ", "")
    clock.move(minutes=11)
    assert olga.post("/account/second-factor", {"code": code(second)}).location.startswith("/confirm-it-is-you")
    with pages.world.owner() as session:
        assert session.execute(text("select count(*) from user_factor")).scalar_one() == 1
