"""Journey 1: from the invitation to the first page, with a second factor; then the password is forgotten."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pyotp
from playwright.sync_api import BrowserContext, Page, expect

from tests.flows.acts import accessible, logged, send_invitation, sign_in

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


def invited(carla: Page, ines: Page) -> str:
    """Carla invites Ines, who opens the mail and reads who asks her to what; the address of the invitation."""
    sign_in(carla, "carla@nordlicht.example")
    carla.goto("/cpo/partners?text=Sommer")
    carla.locator("#partners a, table a", has_text=re.compile("^Sommer$")).first.click()
    carla.goto(carla.url.split("?")[0] + "/people")
    accessible(carla)
    carla.locator("#name").fill("Ines Sommer")
    carla.locator("#email").fill(EMAIL)
    carla.locator("#role").select_option("owner")
    carla.locator("#language").select_option("en")
    send_invitation(carla)
    expect(carla.locator("#page-note")).to_contain_text(EMAIL)
    ines.goto(mailed_link(carla, "Carla Möller invites you to Sommer"))
    accessible(ines)
    expect(ines.get_by_role("heading", level=1)).to_have_text("Invitation to Sommer")
    expect(ines.get_by_role("heading", name="Carla Möller invites you")).to_be_visible()
    expect(ines.get_by_role("region", name="You may", exact=True)).to_contain_text("change bank data")
    expect(ines.get_by_role("region", name="You may not").get_by_role("listitem")).not_to_have_count(0)
    return ines.url


def joined(ines: Page) -> list[str]:
    """A password, a second factor, recovery codes that Back does not show again, then the tasks; the codes."""
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
    spare = ines.locator(".codes code").all_inner_texts()
    with ines.expect_download() as file:
        ines.get_by_role("button", name="Store as a file").click()
    assert file.value.path().read_text().split() == spare
    ines.get_by_role("button", name="Continue").click()
    expect(ines.locator("#stored:invalid")).to_be_focused()
    ines.get_by_label("I have stored them").check()
    ines.get_by_role("button", name="Continue").click()
    ines.wait_for_url(lambda url: "/partner/P-" in url)
    ines.go_back()
    expect(ines.get_by_text("Recovery codes are shown only when they are made. 10 codes are left.")).to_be_visible()
    expect(ines.locator(".codes code")).to_have_count(0)
    ines.goto("/partner/")
    # what a new owner is to do, each with the way there
    todo = ines.locator("section", has=ines.get_by_role("heading", name="For you to do")).get_by_role("listitem")
    expect(todo.filter(has_text="is not accepted yet").get_by_role("link")).to_have_attribute("href", re.compile("/contract$"))
    expect(todo.filter(has_text="No bank account").get_by_role("link")).to_have_attribute("href", re.compile("/bank$"))
    accessible(ines)
    return spare


def signed_in(page: Page, password: str, code: str) -> None:
    """Password, then a recovery code."""
    page.goto("/sign-in")
    page.locator("#email").fill(EMAIL)
    page.locator("#password").fill(password)
    page.locator("#password").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    page.locator("#code").fill(code)
    page.locator("#code").press("Enter")
    page.wait_for_url(lambda url: "/partner/P-" in url)


def told(page: Page, email: str) -> str:
    """What the sign-in page answers to a wrong password."""
    page.locator("#email").fill(email)
    page.locator("#password").fill("wrong wrong wrong")
    page.locator("#password").press("Enter")
    page.wait_for_load_state()
    return page.locator("#problem-summary").inner_text()


def test_an_owner_is_invited_signs_in_forgets_and_resets(new_context: Callable[..., BrowserContext]) -> None:
    began = datetime.now(UTC)
    carla, ines, other = (new_context(color_scheme=scheme).new_page() for scheme in ("light", "light", "dark"))
    invitation = invited(carla, ines)
    spare = joined(ines)
    ines.locator("form[action='/sign-out'] button").first.evaluate("button => button.form.requestSubmit()")
    ines.wait_for_url(lambda url: "/sign-in" in url)
    signed_in(ines, FIRST, spare[0])
    ines.goto("/account")
    accessible(ines)
    expect(ines.get_by_role("heading", name="Open sign-ins")).to_be_visible()

    assert other.goto(invitation).status == 410  # type: ignore[union-attr]
    other.goto("/sign-in")
    unknown = told(other, "nobody@sommer.example")
    assert "E-mail or password is not right." in unknown
    assert [told(other, EMAIL) for _ in range(5)] == [unknown] * 5
    assert "Try again in 15 min." in told(other, EMAIL)

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
    expect(other.get_by_text("This link has expired or was used. Ask for a new one.")).to_be_visible()
    accessible(other)
    ines.goto("/account")
    assert "/sign-in" in ines.url, "the other sign-in has ended"
    signed_in(other, SECOND, spare[1])
    acts = logged(new_context().new_page(), began)
    own = ("MemberAdded", "FactorAdded", "RecoveryCodesMade", "SignedIn", "RecoveryCodeUsed", "PasswordResetDone")
    assert acts >= {("PersonInvited", "Carla Möller"), *((act, "Ines Sommer") for act in own)}
