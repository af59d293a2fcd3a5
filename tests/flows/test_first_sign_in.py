"""Journey 1: from the invitation to the first page, with a second factor; then the password is forgotten."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pyotp
from playwright.sync_api import BrowserContext, Page, expect

from tests.flows.acts import accessible, sign_in

EMAIL = "ines@sommer.example"
FIRST, SECOND = "vier bunte Fische im Hafen", "sieben stille Birken am Deich"


def mailed_link(staff: Page, subject: str) -> str:
    """The link of the newest mail with that subject, read where no mail server is set; papers of the demo may be sent before it."""
    for _ in range(120):
        staff.goto("/cpo/mail")
        found = staff.get_by_role("link", name=subject)
        if found.count():
            found.first.click()
            text = staff.locator("pre.mail-text")
            if text.count():
                path = re.search(r"https?://[^/\s]+(/\S+)", text.inner_text())
                assert path
                return path.group(1)
        staff.wait_for_timeout(1_000)
    raise AssertionError(f"no mail {subject!r} came")


def test_an_owner_is_invited_signs_in_forgets_and_resets(new_context: Callable[..., BrowserContext]) -> None:
    carla, ines, other = (new_context().new_page() for _ in range(3))
    sign_in(carla, "carla@nordlicht.example")
    carla.goto("/cpo/partners?text=Sommer")
    carla.locator("#partners a, table a", has_text=re.compile("^Sommer$")).first.click()
    carla.goto(carla.url.split("?")[0] + "/people")
    accessible(carla)
    carla.locator("#name").fill("Ines Sommer")
    carla.locator("#email").fill(EMAIL)
    carla.locator("#role").select_option("owner")
    carla.locator("#language").select_option("en")
    carla.get_by_role("button", name=re.compile("Einladung senden|Send invitation")).click()
    expect(carla.locator("#page-note")).to_contain_text(EMAIL)

    ines.goto(mailed_link(carla, "Carla Möller invites you to Sommer"))
    accessible(ines)
    expect(ines.get_by_role("heading", name="Carla Möller invites you")).to_be_visible()
    expect(ines.get_by_role("heading", name="You may", exact=True)).to_be_visible()
    expect(ines.get_by_role("heading", name="You may not")).to_be_visible()
    invitation = ines.url
    ines.locator("#password").fill("sommer")
    ines.locator("#password").press("Enter")
    expect(ines.locator("#problem-summary")).to_contain_text("12 or more")
    ines.locator("#password").fill(FIRST)
    expect(ines.locator("#strength")).to_contain_text("Very good.")
    ines.get_by_role("button", name="Accept and sign in").click()

    expect(ines.get_by_role("heading", level=1)).to_have_text("Set up a second factor")
    accessible(ines)
    secret = ines.locator(".otp code").inner_text().replace(" ", "")
    ines.locator("#code").fill(pyotp.TOTP(secret).at(datetime.now(UTC)))
    ines.get_by_role("button", name="Set up", exact=True).click()
    expect(ines.locator(".codes code")).to_have_count(10)
    accessible(ines)
    spare = ines.locator(".codes code").first.inner_text()
    ines.get_by_role("link", name="I have stored them").click()
    ines.wait_for_url(lambda url: "/partner/P-" in url)
    ines.go_back()
    expect(ines.locator(".codes code")).to_have_count(0)
    ines.goto("/account")
    accessible(ines)
    expect(ines.get_by_role("heading", name="Open sign-ins")).to_be_visible()

    assert other.goto(invitation).status == 410  # type: ignore[union-attr]
    other.goto("/sign-in")
    for email in ("nobody@sommer.example", *[EMAIL] * 5):
        other.locator("#email").fill(email)
        other.locator("#password").fill("wrong wrong wrong")
        other.locator("#password").press("Enter")
        expect(other.locator("#problem-summary")).to_contain_text("E-mail or password is not right.")
    other.locator("#password").fill("wrong wrong wrong")
    other.locator("#password").press("Enter")
    expect(other.locator("#problem-summary")).to_contain_text("Try again in 15 min.")

    other.get_by_role("link", name="Forgotten your password?").click()
    other.locator("#email").fill(EMAIL)
    other.locator("#email").press("Enter")
    expect(other.get_by_text("If this address is known")).to_be_visible()
    other.goto(mailed_link(carla, "Your link for a new password"))
    reset = other.url
    accessible(other)
    other.locator("#password").fill(SECOND)
    other.locator("#password").press("Enter")
    other.wait_for_url(lambda url: url.endswith("/sign-in"))
    assert other.goto(reset).status == 410  # type: ignore[union-attr]
    ines.goto("/account")
    assert "/sign-in" in ines.url, "the other sign-in has ended"
    other.goto("/sign-in")
    other.locator("#email").fill(EMAIL)
    other.locator("#password").fill(SECOND)
    other.locator("#password").press("Enter")
    expect(other.get_by_role("heading", level=1)).to_have_text("Second factor")
    accessible(other)
    other.locator("#code").fill(spare)
    other.locator("#code").press("Enter")
    other.wait_for_url(lambda url: "/partner/P-" in url)
