"""Passkeys in Chromium with its virtual authenticator: an invitation accepted with one, signing in, confirming, a second device."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, CDPSession, Page, expect

from tests.flows.acts import accessible, send_invitation, sign_in
from tests.flows.test_first_sign_in import mailed_link

EMAIL = "paul@sommer.example"


@contextmanager
def device(page: Page) -> Iterator[tuple[CDPSession, str]]:
    """An authenticator that knows its owner and answers by itself."""
    chromium = page.context.new_cdp_session(page)
    chromium.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = chromium.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield chromium, str(made["authenticatorId"])
    chromium.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": made["authenticatorId"]})


def test_who_has_a_passkey_needs_no_password(new_context: Callable[..., BrowserContext], base_url: str) -> None:
    carla = new_context().new_page()
    sign_in(carla, "carla@nordlicht.example")
    carla.goto("/cpo/partners?text=Sommer")
    carla.locator("#partners a, table a", has_text=re.compile("^Sommer$")).first.click()
    carla.goto(carla.url.split("?")[0] + "/people")
    carla.locator("#name").fill("Paul Sommer")
    carla.locator("#email").fill(EMAIL)
    carla.locator("#role").select_option("owner")
    carla.locator("#language").select_option("en")
    send_invitation(carla)
    expect(carla.locator("#page-note")).to_contain_text(EMAIL)

    # passkeys want a name, not an address in digits
    here = base_url.replace("127.0.0.1", "localhost")
    paul = new_context().new_page()
    with device(paul) as (chromium, authenticator):
        paul.goto(here + mailed_link(carla, "Carla Möller invites you to Sommer"))
        accessible(paul)
        paul.get_by_role("button", name="Accept with a passkey").click()
        expect(paul.locator(".codes code")).to_have_count(10)
        (kept,) = chromium.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
        assert kept["rpId"] == "localhost"
        paul.get_by_label("I have stored them").check()
        paul.get_by_role("button", name="Continue").click()
        paul.wait_for_url(lambda url: "/partner/P-" in url)
        account = paul.url
        paul.goto(here + "/account")
        accessible(paul)
        expect(paul.get_by_text("You have none and sign in with a passkey.")).to_be_visible()
        expect(paul.get_by_role("rowheader", name="Passkey", exact=True)).to_have_count(1)
        sign_out(paul, here)

        # the first try fails, the button is good for another
        paul.goto(here + "/sign-in")
        paul.route("**/passkey/options", lambda route: route.fulfill(status=429))
        paul.get_by_role("button", name="Sign in with a passkey").click()
        expect(paul.get_by_text("The passkey was not used.")).to_be_visible()
        paul.unroute("**/passkey/options")
        paul.get_by_role("button", name="Sign in with a passkey").click()
        paul.wait_for_url(account)

        # another device is added only by who shows to be there
        paul.goto(here + "/account/second-factor")
        expect(paul.get_by_role("heading", level=1)).to_have_text("Confirm it is you")
        accessible(paul)
        paul.get_by_role("button", name="Use a passkey").click()
        expect(paul.get_by_role("heading", level=1)).to_have_text("Set up a second factor")
    with device(paul):
        paul.get_by_role("button", name="Make a passkey").click()
        expect(paul.get_by_role("rowheader", name="Passkey", exact=True)).to_have_count(2)
        sign_out(paul, here)
        paul.goto(here + "/sign-in")
        paul.get_by_role("button", name="Sign in with a passkey").click()
        paul.wait_for_url(account)

    # elsewhere the passkey is unknown, and a password does not help
    other = new_context().new_page()
    other.goto(here + "/sign-in")
    other.locator("#email").fill(EMAIL)
    other.locator("#password").fill("vier bunte Fische im Hafen")
    other.locator("#password").press("Enter")
    expect(other.locator("#problem-summary")).to_contain_text("E-mail or password is not right.")


def sign_out(page: Page, here: str) -> None:
    """By the menu of the header."""
    page.goto(here + "/account")
    page.locator("form[action='/sign-out'] button").first.evaluate("button => button.form.requestSubmit()")
    page.wait_for_url(lambda url: "/sign-in" in url)
