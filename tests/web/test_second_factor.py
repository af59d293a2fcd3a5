"""A2, A5: authenticator app, recovery codes, passkeys, who must have one, confirming, open sign-ins, networks of a role."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pyotp
import pytest
from sqlalchemy import text

from tests.authenticator import Authenticator
from tests.cast import PASSWORD, World
from tests.pages import Pages, Seen, Visitor

ORIGIN = "https://portal.voltpact.example"


def code(pages: Pages, secret: str, *, steps: int = 0) -> str:
    return pyotp.TOTP(secret).generate_otp(int(pages.world.clock().timestamp()) // 30 + steps)


def set_up(pages: Pages, visitor: Visitor) -> tuple[str, list[str]]:
    """An authenticator app for whoever is signed in; its secret and the recovery codes."""
    secret = visitor.get("/account/second-factor").one(".otp code").get_text().replace(" ", "")
    assert visitor.post("/account/second-factor", {"code": "000000"}).status == 422
    seen = visitor.post("/account/second-factor", {"code": code(pages, secret), "label": "Telefon"})
    assert seen.location == "/account/recovery-codes"
    shown = visitor.get(seen.location)
    assert shown.headers["Cache-Control"] == "no-store"
    return secret, [c.get_text() for c in shown.soup.select(".codes code")]


def half(pages: Pages, email: str = "olga@sommer.example") -> Visitor:
    """Password right, code still to come."""
    visitor = pages.nobody()
    assert visitor.sign_in(email).location == "/sign-in/second-factor"
    return visitor


def give(visitor: Visitor, typed: str) -> Seen:
    return visitor.post("/sign-in/second-factor", {"code": typed})


def strict(pages: Pages) -> None:
    """An installation that is no demo."""
    kept = pages.app.extensions["voltpact.settings"]
    pages.app.extensions["voltpact.settings"] = replace(kept, demo=False, public_url=ORIGIN)


def test_a_code_counts_once_and_recovery_codes_are_shown_once(pages: Pages) -> None:
    olga = pages.as_("olga")
    secret, codes = set_up(pages, olga)
    assert len(set(codes)) == 10
    again = olga.get("/account/recovery-codes")
    assert codes[0] not in again.text
    assert "Es bleiben 10 Codes." in again.words
    pages.world.clock.move(seconds=60)
    visitor = half(pages)
    assert visitor.get("/account").status == 303, "the password alone lets nobody in"
    assert give(visitor, code(pages, secret)).status == 303
    assert visitor.get("/account").status == 200
    used = give(half(pages), code(pages, secret))
    assert "Dieser Code wurde schon benutzt. Warten Sie auf den nächsten." in half_german(used)
    assert give(half(pages), codes[3].lower()).status == 303
    assert "schon benutzt" in half_german(give(half(pages), codes[3]))
    assert give(half(pages), "ABCDE-FGHJK").status == 422
    with pages.world.owner() as session:
        kept = str(session.execute(text("select encode(secret, 'escape') from user_factor")).scalars().all())
        stored = str(session.execute(text("select encode(code_hash, 'escape') from recovery_code")).scalars().all())
        used = text("select actor_name, partner_id, facts ->> 'left' from audit_entry where act = 'RecoveryCodeUsed'")
        logged = session.execute(used).all()
    assert secret not in kept
    assert codes[0].replace("-", "") not in stored
    assert logged == [("Olga Sommer", pages.world.cast.partners["sommer"].id, "9")], "her account's history tells it"


def half_german(seen: Seen) -> str:
    return re.sub(r"\s+", " ", seen.one("#problem-summary").get_text()) if seen.soup.html["lang"] == "de" else _in_german(seen)


def _in_german(seen: Seen) -> str:
    english = seen.one("#problem-summary").get_text()
    words = {
        "This code was already used. Wait for the next one.": "Dieser Code wurde schon benutzt. Warten Sie auf den nächsten.",
        "This recovery code was already used.": "Dieser Wiederherstellungscode wurde schon benutzt.",
    }
    return next(german for one, german in words.items() if one in english)


def test_codes_are_guessed_five_times_only_whatever_the_browser(pages: Pages) -> None:
    secret, _ = set_up(pages, pages.as_("olga"))
    assert [give(half(pages), f"00000{n}").status for n in range(5)] == [422] * 5
    pages.world.clock.move(seconds=60)
    assert give(half(pages), code(pages, secret)).status == 429
    visitor = half(pages)
    pages.world.clock.move(minutes=16)
    assert give(visitor, code(pages, secret)).location == "/sign-in", "the password was too long ago"


@pytest.mark.parametrize("who", ["olga", "pia", "fiona", "anke", "moritz"])
def test_who_must_have_a_second_factor_is_led_to_it(pages: Pages, who: str) -> None:
    strict(pages)
    visitor = pages.as_(who)
    home = "/cpo/jobs" if who in {"fiona", "anke"} else f"/partner/{pages.world.cast.partners['sommer'].code}/statements"
    seen = visitor.get(home)
    if who == "moritz":
        assert seen.status == 200
        return
    assert seen.location == f"/account/second-factor?next={home}"
    secret, _ = set_up(pages, visitor)
    assert visitor.get(home).status == 200
    with pages.world.owner() as session:
        key = session.execute(text("select id from user_factor")).scalar_one()
    assert visitor.post(f"/account/factors/{key}/remove").status == 409, "the last one stays"
    pages.world.clock.move(minutes=11)
    assert visitor.post(f"/account/factors/{key}/remove").location.startswith("/confirm-it-is-you")
    assert visitor.post("/confirm-it-is-you", {"code": code(pages, secret, steps=-1)}).status == 303


def test_whoever_has_a_factor_confirms_with_it_not_with_the_password(pages: Pages) -> None:
    olga = pages.as_("olga")
    secret, codes = set_up(pages, olga)
    pages.world.clock.move(minutes=11)
    assert olga.post("/confirm-it-is-you", {"code": codes[0]}).status == 303
    with pages.world.owner() as session:
        assert session.execute(text("select facts ->> 'left' from audit_entry where act = 'RecoveryCodeUsed'")).scalars().all() == ["9"]
    pages.world.clock.move(minutes=11)
    assert olga.post("/confirm-it-is-you", {"password": PASSWORD}).status == 422
    assert olga.post("/confirm-it-is-you", {"code": code(pages, secret)}, query_string={"next": "/account"}).location == "/account"
    with pages.world.owner() as session:
        key = session.execute(text("select id from user_factor")).scalar_one()
    assert pages.as_("willi").post(f"/account/factors/{key}/remove").location.startswith("/confirm-it-is-you")
    assert olga.post(f"/account/factors/{key}/remove").status == 303
    assert pages.nobody().sign_in("olga@sommer.example").location != "/sign-in/second-factor"


def options(visitor: Visitor, path: str) -> dict[str, Any]:
    return json.loads(visitor.post(path).text)


def test_a_passkey_signs_in_alone_and_nothing_forged_does(pages: Pages) -> None:
    strict(pages)
    olga, device = pages.as_("olga"), Authenticator(ORIGIN)
    made = device.make(options(olga, "/account/passkeys/options"))
    assert olga.post("/account/passkeys", {"answer": made, "label": "Rechner"}).location == "/account/recovery-codes"
    assert olga.post("/account/passkeys", {"answer": made}).status == 403, "a challenge is good for one answer"
    ask = "/sign-in/passkey/options"

    def signed(visitor: Visitor, answer: str) -> int:
        return visitor.post("/sign-in/passkey", {"answer": answer}).status

    visitor = pages.nobody()
    assert signed(visitor, device.show(options(visitor, ask))) == 303
    assert visitor.get("/account").status == 200
    visitor = pages.nobody()
    old = device.show(options(visitor, ask))
    options(visitor, ask)
    assert signed(visitor, old) == 403, "the challenge of another time"
    elsewhere = replace(device, origin="https://evil.example")
    assert signed(visitor, elsewhere.show(options(visitor, ask))) == 403
    assert signed(visitor, device.show(options(visitor, ask), verified=False)) == 403
    device.count = 0
    assert signed(visitor, device.show(options(visitor, ask))) == 403, "a counter that goes back is a copy"
    stranger = replace(device, key=Authenticator(ORIGIN).key, count=50)
    assert signed(visitor, stranger.show(options(visitor, ask))) == 403
    assert visitor.get("/account").status == 303
    second = half(pages)
    device.count = 99
    assert signed(second, device.show(options(second, ask))) == 303, "as second factor too"


def test_open_sign_ins_are_seen_and_ended_from_another_browser(pages: Pages) -> None:
    here = pages.nobody()
    here.sign_in("olga@sommer.example", headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"})
    there, third, willi = pages.as_("olga"), pages.as_("olga"), pages.as_("willi")
    rows = here.get("/account").soup.select("section[aria-labelledby=sign-ins-title] tbody tr")
    assert len(rows) == 3
    assert "Firefox · Windows" in rows[0].get_text()
    address = rows[1].select_one("form")["action"]  # type: ignore[index]
    assert willi.post(str(address)).status == 404
    assert here.post(str(address)).status == 303
    assert [there.get("/account").status, third.get("/account").status].count(200) == 1
    assert here.post("/account/sign-ins/end-others").status == 303
    assert [v.get("/account").status for v in (here, there, third, willi)] == [200, 303, 303, 200]


def test_a_role_limited_to_networks_is_refused_from_elsewhere(pages: Pages, world: World) -> None:
    with world.owner() as session:
        session.execute(text("update membership set networks = '{10.0.0.0/8}' where role = 'manager'"))
    moritz, path = pages.as_("moritz"), f"/partner/{world.cast.partners['sommer'].code}/statements"
    seen = moritz.get(path)
    assert seen.status == 403
    assert "127.0.0.1 gehört nicht dazu" in seen.words
    assert moritz.get(path, environ_base={"REMOTE_ADDR": "10.1.2.3"}).status == 200
    assert moritz.get(path, environ_base={"REMOTE_ADDR": "::ffff:10.1.2.3"}).status == 200
    assert moritz.get(path, environ_base={"REMOTE_ADDR": "nonsense"}).status == 403
