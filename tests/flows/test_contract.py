"""Journey 2: a partner over all tabs, worked session while typing, what-if of a real month with progress, the second person."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import BrowserContext, Page, expect

from app.domain.sessions.actions import rate
from app.kernel.periods import Month
from tests.domain.sessions.arrange import charge
from tests.domain.settlement.test_previewing import START_FEE
from tests.flows.acts import accessible, behind, held_up, logged, send_invitation, sign_in
from tests.product import Product

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def winter(page: Page) -> str:
    """The address of Winter's contract."""
    page.goto("/cpo/contracts?text=winter")
    return "/cpo/contracts/" + page.locator("#contracts tbody th .code").first.inner_text().strip()


def charged_last_month(product: Product) -> str:
    """A session at Winter on the tenth of last month: 1.00 + 18 kWh × 0.55 + 35 min × 0.10 = 14.40; its code."""
    month = Month.of(datetime.now(ZoneInfo("Europe/Berlin")).date()).plus(-1)
    started = datetime.combine(month.first + timedelta(days=9), time(15), UTC)
    full = started + timedelta(hours=2)
    with behind(product, "NL-0501") as world:
        times = {"started_at": started, "full_at": full, "ended_at": full + timedelta(minutes=35)}
        row = charge(world, "NL-0501", energy_wh=18_000, tariff=START_FEE, channel="adhoc", **times)
        world.clock.set(times["ended_at"] + timedelta(hours=1))
        with world.work(world.system()) as work:
            rate(work, row.id)
    return row.code


def test_a_contract_is_drafted_replayed_and_agreed_by_two(live_product: Product, new_context: Callable[..., BrowserContext]) -> None:
    began, session = datetime.now(UTC), charged_last_month(live_product)
    carla, conrad = (new_context(color_scheme=scheme).new_page() for scheme in ("light", "dark"))
    sign_in(carla, "carla@nordlicht.example")
    ostwind = _partner_with_an_error(carla)
    _all_tabs(carla, f"/cpo/partners/{ostwind}")
    _contract(carla, f"/cpo/partners/{ostwind}")
    at = winter(carla)
    carla.goto(at)
    carla.locator("form[action$='/new-version'] button").click()
    expect(carla.locator("#page-note")).to_be_visible()
    _excluded(carla, at)
    difference = _replay(carla, at, live_product, session)
    carla.goto(f"{at}/review")
    accessible(carla)
    carla.locator("form[action$='/review'] button.btn-primary").click()
    carla.locator("form[action$='/approve'] button.btn-primary").click()
    expect(carla.locator("#problem-summary")).to_be_visible()
    sign_in(conrad, "conrad@nordlicht.example")
    conrad.goto(f"{at}/review")
    expect(conrad.locator("main")).to_contain_text(difference)
    accessible(conrad)
    conrad.locator("form[action$='/approve'] button.btn-primary").click()
    expect(conrad.locator("#page-note")).to_be_visible()
    typed = ("PartnerCreated", "ContactSaved", "FeaturesChanged", "CorporateBillingChanged", "PersonInvited", "PaperUploaded")
    typed += ("ContractCreated", "DraftOpened", "DraftEdited", "AgreementAsked")
    acts = logged(new_context().new_page(), began)
    assert acts >= {*((act, "Carla Möller") for act in typed), ("VersionActivated", "Conrad Weiss")}


def _partner_with_an_error(page: Page) -> str:
    """A VAT id with a digit too many: the summary has the focus, its link jumps to the field, what was typed is kept. The code."""
    page.goto("/cpo/partners/new")
    of = {"name": "Ostwind", "legal_name": "Ostwind GmbH", "street": "Kai 1", "postcode": "20095", "city": "Hamburg", "vat_id": "DE1234"}
    for name, value in of.items():
        page.locator(f"#{name}").fill(value)
    page.locator("#form button.btn-primary").click()
    expect(page.locator("#problem-summary")).to_be_focused()
    accessible(page)
    page.locator("#problem-summary a").first.click()
    expect(page.locator("#vat_id")).to_be_focused()
    expect(page.locator("#name")).to_have_value("Ostwind")
    page.locator("#vat_id").fill("DE136695976")
    saved(page)
    return page.locator(".page-facts .code").inner_text().strip()


def saved(page: Page) -> None:
    """The form of the page is sent and was right."""
    page.locator("#form button.btn-primary").click()
    expect(page.locator("#page-note")).to_be_visible()


def _all_tabs(page: Page, at: str) -> None:
    """Contact, features, corporate billing, bank (finance types there), charge points (a contract comes first), papers, people, history."""
    page.goto(f"{at}/contacts")
    accessible(page)
    page.locator("main a[href*='/contacts/technical']").first.click()
    page.locator("#person").fill("Tom Ostwind")
    page.locator("#email").fill("technik@ostwind.example")
    saved(page)
    for tab, switch in (("features", "control_groups"), ("corporate-billing", "enabled")):
        page.goto(f"{at}/{tab}")
        accessible(page)
        page.locator(f"#{switch}").check()
        page.locator("#form button.btn-primary").click()
        expect(page.locator("table tbody tr")).to_have_count(1)  # what changes for whom
        page.locator("form:has([name=confirm]) button.btn-primary").click()
        expect(page.locator("#page-note")).to_be_visible()
    page.goto(f"{at}/documents/new")
    page.locator("#file").set_input_files({"name": "vertrag.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.locator("#name").fill("Vertrag, unterschrieben")
    saved(page)
    page.goto(f"{at}/people")
    page.locator("#name").fill("Oda Ostwind")
    page.locator("#email").fill("oda@ostwind.example")
    page.locator("#role").select_option("owner")
    send_invitation(page)
    expect(page.locator("#page-note")).to_be_visible()
    for tab in ("bank", "charge-points", "documents", "people"):
        page.goto(f"{at}/{tab}")
        expect(page.locator("h1")).to_have_text("Ostwind")
        accessible(page)
    page.goto(f"{at}/history")
    expect(page.locator("#history")).to_contain_text("Vertrag, unterschrieben")


def _contract(page: Page, at: str) -> None:
    """Fees and shares of the new partner's contract; the worked session stands beside the fields and stays once they are saved."""
    page.goto(f"{at}/contracts/new")
    saved(page)
    contract = "/cpo/contracts/" + page.url.split("/cpo/contracts/")[1].split("/")[0].split("?")[0]
    page.goto(f"{contract}/fees")
    for name, value in (("per_session_ac", "0,20"), ("per_kwh_ac", "0,01"), ("handling_pct", "2")):
        page.locator(f"#{name}").fill(value)
    saved(page)
    page.goto(f"{contract}/revenue-share")
    page.locator("#ac_pct").fill("60")
    page.locator("#dc_pct").fill("60")
    for name in ("exclude_connection_fee", "deduct_electricity", "reimburse_electricity"):
        page.locator(f"#{name}").check()
    _worked(page)
    accessible(page)
    page.locator("#ac_pct").fill("101")
    page.locator("#form button.btn-primary").click()
    expect(page.locator("#problem-summary")).to_be_focused()
    page.locator("#problem-summary a").first.click()
    expect(page.locator("#ac_pct")).to_be_focused()
    page.locator("#ac_pct").fill("60")
    saved(page)
    page.goto(f"{contract}/review")
    _worked(page)


def _worked(page: Page) -> None:
    """1.00 + 30 × 0.59 + 20 × 0.10 = 20.70: net 17.39, base 9.05, share 5.43, back 7.50, fees 0.85: 12.08 and 5.31."""
    example = page.locator("#example table").first
    for amount in ("20,70", "17,39", "9,05", "5,43", "7,50", "0,85", "12,08", "5,31"):
        expect(example).to_contain_text(amount)


def _excluded(page: Page, at: str) -> None:
    """AC stays at 70 %, the start fee is not shared any more."""
    page.goto(f"{at}/revenue-share?version=2")
    expect(page.locator("#ac_pct")).to_have_value("70")
    page.locator("#exclude_connection_fee").check()
    saved(page)


def _replay(page: Page, at: str, product: Product, session: str) -> str:
    """Net 12.10: 70 % were 8.47; less 0.84 for the start: 11.26 × 70 % = 7.88. Every difference is in the total, which is returned."""
    page.goto(f"{at}/preview?version=2")
    accessible(page)
    with held_up(product, "tasks"):
        page.locator("form[action$='/preview'] button.btn-primary").click()
        expect(page.locator("#replay").get_by_role("progressbar")).to_be_visible()
        accessible(page)
    expect(page.locator("#replay-totals")).to_be_visible(timeout=60_000)
    accessible(page)
    total = page.locator("#replay-totals tbody tr").first.locator("td").all_inner_texts()
    now, draft, difference = map(_minor, total)
    first = page.locator("#replay-rows tbody tr").first
    expect(first).to_contain_text(session)
    expect(first.locator("td")).to_have_text(["8,47 €", "7,88 €", "−0,59 €"])
    lines = csv.DictReader(io.StringIO(page.request.get(f"{at}/preview.csv?version=2").text().removeprefix("\ufeff")))
    rows = [tuple(round(100 * float(line[name])) for name in ("partner_now", "partner_draft", "partner_difference")) for line in lines]
    assert len(rows) > 1
    assert [sum(column) for column in zip(*rows, strict=True)] == [now, draft, difference]
    assert difference == draft - now
    changed = [_minor(row.locator("td").nth(2).inner_text()) for row in page.locator("#replay-rows tbody tr").all()]
    assert changed == sorted(changed, key=abs, reverse=True), "those that change most come first"
    page.locator("form[action$='/attach'] button").click()
    expect(page).to_have_url(re.compile("/review"))
    return total[2]


def _minor(text: str) -> int:
    sign = -1 if "−" in text else 1
    return sign * int(re.sub(r"\D", "", text))
