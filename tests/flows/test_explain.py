"""Journey 9, first half: the host's accountant opens 7.88 and sees every step; computed again; as a file; the driver's side."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from playwright.sync_api import BrowserContext, Page, expect

from app.cli_price import price as price_command
from app.domain.sessions.actions import rate
from app.domain.sessions.models import ChargingSession
from app.kernel.tokens import token_hash
from tests.domain.sessions.arrange import charge
from tests.flows.acts import accessible, behind, sign_in
from tests.product import Product

SECRET = "journey-nine-is-explained-to-its-driver-too"
#: 27.347 kWh × 0.49 = 13.40003 → 13.40, start fee 1.00: 14.40 gross, 12.10 net; the start fee is 0.84 of it
TARIFF: dict[str, Any] = {
    "currency": "EUR",
    "tax_included": "YES",
    "elements": [
        {
            "price_components": [
                {"type": "ENERGY", "price": "0.49", "step_size": 1, "vat": "19"},
                {"type": "FLAT", "price": "1.00", "step_size": 1, "vat": "19"},
            ]
        }
    ],
}


@pytest.fixture
def charged(live_product: Product) -> Iterator[ChargingSession]:
    """A rated session of the demo's NL-0417, some hours ago."""
    with behind(live_product, "NL-0417") as world:
        end = world.clock() - timedelta(hours=1)
        times = {"started_at": end - timedelta(hours=2), "ended_at": end, "full_at": end}
        row = charge(world, energy_wh=27_347, channel="adhoc", tariff=TARIFF, secret_hash=token_hash(SECRET), **times)
        with world.work(world.system()) as work:
            rate(work, row.id)
        yield row


def words(page: Page) -> str:
    return " ".join(page.locator("main").inner_text().replace("\u00a0", " ").replace("\u202f", " ").split())


def test_the_host_sees_where_its_7_88_comes_from(
    charged: ChargingSession, new_context: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    pia = new_context().new_page()
    sign_in(pia, "pia@sommer.example")
    pia.goto("/partner")
    pia.wait_for_url(lambda url: "/partner/P-" in url)
    base = "/partner/" + pia.url.split("/partner/")[1].split("/")[0].split("?")[0]
    pia.goto(f"{base}/sessions/{charged.code}")
    pia.locator("a[href$='/explain/partner']").click()
    expect(pia.locator(".ladder-line")).to_be_visible()
    shown = words(pia)
    for part in (
        "12,10 € − 0,84 € = 11,26 € × 70 % = 7,882 → 7,88 €",
        "14,40 € ÷ 1,19 = 12,1008403361 → 12,10 €",
        "1,00 € ÷ 1,19 = 0,8403361345 → 0,84 €",
        "Anteil für AC",
        "Einmal kaufmännisch gerundet.",
        "Ihre Abrechnung endet hier.",
    ):
        assert part in shown, (part, shown)
    assert "4,22" not in shown, "the operator's rest is not the partner's business"
    accessible(pia)
    pia.get_by_role("button", name="Jetzt erneut rechnen").click()
    expect(pia.get_by_text("Erneut gerechnet: dasselbe Ergebnis")).to_be_visible()
    with pia.expect_download() as coming:
        pia.get_by_role("link", name="JSON").click()
    file = tmp_path / "case.json"
    coming.value.save_as(file)
    assert coming.value.suggested_filename == f"{charged.code}.json"
    case = json.loads(file.read_text("utf-8"))
    assert {"step": "partner", "amount": "7.88"} in case["share"]
    checked = CliRunner().invoke(price_command, [str(file)])
    assert (checked.exit_code, "1 of 1 as expected" in checked.stderr) == (0, True), checked.output
    willi = new_context().new_page()
    sign_in(willi, "willi@winter.example")
    answer = willi.goto(f"{base}/sessions/{charged.code}/explain/partner")
    assert answer is not None
    assert answer.status == 404
    driver = new_context().new_page()
    driver.set_viewport_size({"width": 390, "height": 844})
    driver.goto(f"/s/{SECRET}/receipt?lang=de")
    driver.get_by_role("link", name="Wie der Preis zustande kam").click()
    expect(driver).to_have_url(re.compile("/explain$"))
    told = words(driver)
    assert "27,347 kWh × 0,49 €/kWh = 13,40003 → 13,40 €" in told
    assert "7,88" not in told
    accessible(driver)
    assert driver.evaluate("document.documentElement.scrollWidth") <= 390
