"""A sub-operator from its creation to its part of a session: it does at its partner's what it is granted and no more; levels stay apart."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import BrowserContext, Page, expect

from tests.flows.acts import OwnStation, accessible, own_station, sign_in
from tests.flows.test_first_sign_in import mailed_link
from tests.flows.test_handover import code_of
from tests.product import Product

PASSWORD = "neun leise Reiher im Watt"
CARD = "NLT-CARD-0002"


def saved(page: Page) -> None:
    """Send the page's form; it was kept."""
    page.locator("#form button.btn-primary").click()
    expect(page.locator("#page-note")).to_be_visible()


def duene(carla: Page, conrad: Page) -> str:
    """A sub-operator with a contract from this month on; its code."""
    carla.goto("/cpo/partners/new")
    carla.locator("#kind").select_option("sub_operator")
    of = {"name": "Düne", "legal_name": "Düne Betrieb GmbH", "street": "Deich 1", "postcode": "25813", "city": "Husum"}
    for name, value in of.items():
        carla.locator(f"#{name}").fill(value)
    saved(carla)
    code = carla.locator(".page-facts .code").inner_text().strip()
    carla.goto(f"/cpo/partners/{code}/contracts/new")
    carla.locator("#first_month").fill(datetime.now(UTC).astimezone(ZoneInfo("Europe/Berlin")).strftime("%m/%Y"))
    saved(carla)
    contract = "/cpo/contracts/" + carla.url.split("/cpo/contracts/")[1].split("/")[0].split("?")[0]
    carla.goto(f"{contract}/revenue-share?version=1")
    for name in ("ac_pct", "dc_pct"):
        carla.locator(f"#{name}").fill("95")
    saved(carla)
    carla.goto(f"{contract}/review")
    carla.locator("form[action$='/review'] button.btn-primary").click()
    conrad.goto(f"{contract}/review")
    conrad.locator("form[action$='/approve'] button.btn-primary").click()
    expect(conrad.locator("#page-note")).to_be_visible()
    return code


def grant_prices(page: Page, code: str, *, on: bool) -> None:
    """Whether the sub-operator sets prices of the partners in its care."""
    page.goto(f"/cpo/partners/{code}/features")
    page.locator("#care_prices").set_checked(on)
    page.locator("#form button.btn-primary").click()
    page.wait_for_load_state()
    page.locator("form[action$='/features'] button.btn-primary").click()
    expect(page.locator("#page-note")).to_be_visible()


def into_care(page: Page, partner: str, parent: str) -> None:
    page.goto(f"/cpo/partners/{partner}/edit")
    page.locator("#parent_code").select_option(parent)
    saved(page)


def invited(staff: Page, code: str, page: Page) -> None:
    """Dora is invited to lead the account, and comes in by the mail."""
    staff.goto(f"/cpo/partners/{code}/people")
    for name, value in (("name", "Dora Düne"), ("email", "dora@duene.example")):
        staff.locator(f"#{name}").fill(value)
    staff.locator("#role").select_option("sub_operator")
    staff.locator("#language").select_option("en")
    staff.locator("#invite button.btn-primary").click()
    expect(staff.locator("#page-note")).to_contain_text("dora@duene.example")
    page.goto(mailed_link(staff, "Carla Möller invites you to Düne"))
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Accept and sign in").click()
    page.wait_for_url(lambda url: "/partner/P-" in url)


def status(page: Page, path: str) -> int:
    """What the person is answered there."""
    return page.request.get(path).status


def away(page: Page) -> None:
    """No page is open whose stream is refused once the person may do something else than before."""
    page.goto("about:blank")


def charged(station: OwnStation, page: Page, watt_hours: int) -> None:
    """Wait until the outlet gave so much."""
    for _ in range(200):
        if station.station.outlets[1].meter_wh >= 5_000_000 + watt_hours:
            return
        page.wait_for_timeout(250)
    raise AssertionError("nothing is charged")


def test_a_sub_operator_works_within_what_it_is_granted(live_product: Product, new_context: Callable[..., BrowserContext]) -> None:
    # staff and the partner's manager work without script, which is faster; who the journey is about has all of it
    carla, conrad, moritz = (new_context(java_script_enabled=False).new_page() for _ in range(3))
    dora = new_context().new_page()
    for page, email in ((carla, "carla@nordlicht"), (conrad, "conrad@nordlicht"), (moritz, "moritz@sommer")):
        sign_in(page, f"{email}.example")
    own, sommer, winter, before = duene(carla, conrad), *(code_of(carla, name) for name in ("Sommer", "Winter", "Küste"))
    grant_prices(carla, own, on=False)
    into_care(carla, sommer, own)
    carla.goto(f"/cpo/sub-operators/{own}")
    expect(carla.locator("main table.list tbody tr")).to_contain_text("Sommer")
    invited(carla, own, dora)
    with own_station(live_product, "NL-0417") as station:
        _start(dora, f"/partner/{sommer}")
        _refused(dora, own, sommer, winter)
        away(dora)
        grant_prices(carla, own, on=True)
        _new_price(dora, f"/partner/{sommer}")
        charged(station, dora, 110)
        dora.goto(f"/partner/{sommer}/charge-points/NL-0417/commands/remote_stop?evse=1")
        dora.locator("#form .form-buttons button").click()
        expect(dora.locator("#page-note")).to_be_visible()
    _apart(dora, moritz, own, sommer)
    away(dora)
    into_care(carla, sommer, before)
    assert status(dora, f"/partner/{sommer}/") == 404, "out of care, out of sight"


def _start(page: Page, base: str) -> None:
    """All partners by the account's own pages, one by choosing it in the menu; a card starts at its charge point."""
    page.locator(".switcher summary").click()
    page.locator(".switcher").get_by_role("link", name="Sommer").click()
    page.wait_for_url(f"**{base}/")
    page.goto(f"{base}/charge-points/NL-0417/commands")
    page.locator("a[href$='remote_start?evse=1']").click()
    page.locator("#card").fill(CARD)
    page.locator("#form .form-buttons button").click()
    expect(page.locator("#page-note")).to_be_visible()


def _refused(page: Page, own: str, sommer: str, winter: str) -> None:
    page.goto(f"/partner/{own}/partners")
    expect(page.locator("main tbody tr")).to_contain_text("Sommer")
    accessible(page)
    page.goto(f"/partner/{own}/charge-points")
    expect(page.locator("main")).to_contain_text("NL-0417")
    page.goto(f"/partner/{sommer}/prices")
    expect(page.locator("main a[href*='/prices/new']")).to_have_count(0)
    assert status(page, f"/partner/{sommer}/prices/new") == 403
    assert status(page, f"/partner/{sommer}/electricity-rates") == 403
    assert status(page, f"/partner/{sommer}/contract") == 403
    for path in ("", "charge-points/NL-0501", "prices", "statements"):
        assert status(page, f"/partner/{winter}/{path}") == 404, path
    assert status(page, f"/partner/{own}/charge-points/NL-0501") == 404


def _new_price(page: Page, base: str) -> None:
    page.goto(f"{base}/prices")
    expect(page.locator("a[href*='/prices/new']").first).to_be_visible()
    page.goto(f"{base}/prices/new?starter=per_kwh")
    page.locator("#name").fill("Deichpreis")
    page.locator("button[value=publish].btn-primary").click()
    page.wait_for_url(re.compile(r"/prices/T-\w+"))
    page.goto(page.url.split("?")[0].removesuffix("/publish") + "/assign?text=NL-0418")
    page.locator("input[name=evse]").first.check()
    page.locator("form .btn-primary").last.click()
    expect(page.locator("#page-note")).to_be_visible()


def _apart(dora: Page, moritz: Page, own: str, sommer: str) -> None:
    """Its part is on its own pages; the partner's have nothing of the level above."""
    for _ in range(60):
        dora.goto(f"/partner/{own}/current-month")
        if re.search(r"€0\.0[1-9]", dora.locator(".tiles").inner_text()):
            break
        dora.wait_for_timeout(500)
    expect(dora.locator(".tile-figure").first).to_have_text(re.compile(r"€0\.0[1-9]"))
    moritz.goto(f"/partner/{sommer}/sessions")
    session = str(moritz.locator("main tbody a[href*='/sessions/']").first.get_attribute("href"))
    for path in (session, f"{session}/explain/partner", *(f"/partner/{sommer}/{page}" for page in ("current-month", "statements", ""))):
        seen = moritz.request.get(path)
        assert (seen.status, "Düne" in seen.text()) == (200, False), path
    assert status(moritz, f"{session}/explain/sub") in {403, 404}
    assert status(moritz, f"/partner/{own}/current-month") == 404
