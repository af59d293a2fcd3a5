"""A4 with a passkey instead of a password: who joined so is known, has one way in, and no later mail gives another."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlalchemy import text

from tests.authenticator import Authenticator
from tests.cast import World
from tests.pages import Pages
from tests.web.test_invitations import NEW, confirm, invite, link, team
from tests.web.test_second_factor import ORIGIN, options, strict


def test_who_joins_with_a_passkey_has_no_password_and_needs_none(pages: Pages, world: World) -> None:
    olga = pages.as_("olga")
    confirm(olga)
    assert invite(olga, team(world), role="accountant").status == 303
    path = link(world)
    assert invite(pages.as_("willi"), team(world, "winter")).status == 303
    strict(pages)
    uta, device = pages.nobody(), Authenticator(ORIGIN)
    assert uta.get(path).one("form[data-passkey=new]")["data-options"] == f"{path}/passkey/options"
    asked = options(uta, f"{path}/passkey/options")
    assert asked["user"]["name"] == "uta@sommer.example"
    elsewhere = replace(device, origin="https://evil.example")
    assert uta.post(f"{path}/passkey", {"name": "Uta Neu", "answer": elsewhere.make(asked)}).status == 422
    late = uta.post(f"{path}/passkey", {"name": "Uta Neu", "answer": device.make(asked)})
    assert late.status == 403, "a challenge is good for one answer"
    answer = device.make(options(uta, f"{path}/passkey/options"))
    assert uta.post(f"{path}/passkey", {"name": " ", "answer": answer}).one("#name")["aria-invalid"] == "true"
    joined = uta.post(f"{path}/passkey", {"name": "Uta Neu", "answer": device.make(options(uta, f"{path}/passkey/options"))})
    assert joined.location == "/account/recovery-codes"
    assert len(uta.get(joined.location).soup.select(".codes code")) == 10
    assert uta.get(team(world).removesuffix("team")).status == 200
    used = pages.nobody()
    assert (used.post(f"{path}/passkey/options").status, used.post(f"{path}/passkey").status) == (409, 403), "the invitation is used"

    account = uta.get("/account")
    assert "Sie haben keines und melden sich mit einem Passkey an." in account.words
    with world.owner() as session:
        key, kept = session.execute(text("select f.id, u.password_hash from user_factor f join user_account u on u.id = f.user_id")).one()
    assert kept is None
    assert uta.post(f"/account/factors/{key}/remove").status == 409
    assert pages.nobody().sign_in("uta@sommer.example", NEW).status == 422
    again = pages.nobody()
    assert again.post("/sign-in/passkey", {"answer": device.show(options(again, "/sign-in/passkey/options"))}).status == 303

    # the other invitation to the same address opens no second way in
    stranger, second = pages.nobody(), _second_link(world, path)
    assert "Sie haben schon eine Anmeldung" in stranger.get(second, headers={"Accept-Language": "de"}).words
    assert stranger.post(second, {"name": "Uta Neu", "password": NEW}).location.startswith("/sign-in")
    assert stranger.post(f"{second}/passkey/options").status == 409
    assert again.post(second).status == 303


def _second_link(world: World, first: str) -> str:
    with world.owner() as session:
        bodies = session.execute(text("select body_text from mail_message")).scalars().all()
    links = {found.group(1) for body in bodies if (found := re.search(r"https?://[^/]+(/invite/\S+)", body))}
    (other,) = links - {first}
    return other
