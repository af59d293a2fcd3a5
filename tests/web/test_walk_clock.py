"""Journeys in Chromium with the test's clock: a property changes hands at midnight of the 15th; a new price counts from the quarter on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import text, update

from app.access.roles import Role
from app.demo import builders as make
from app.domain.contracts.actions import turn_day
from app.domain.network.models import Connector, Station
from app.domain.people.models import Partner
from app.domain.sessions.actions import rate
from app.domain.sessions.models import ChargingSession
from app.domain.settlement.actions import draft, issue
from app.domain.tariffs.actions import assign_tariff, create_tariff
from app.domain.tariffs.rows import TariffInput
from app.kernel.periods import Month
from tests.accessible import violations
from tests.cast import FIRST_MONTH, NOW, World
from tests.domain.sessions.arrange import charge, evse_id, in_service
from tests.domain.tariffs.test_price_change import price
from tests.pages import _HASH
from tests.web.test_browser import sign_in

Open = Callable[..., BrowserContext]
POINTS = ("NL-0417", "NL-0418", "NL-0450")
#: between the 14th and the 15th in Hamburg
MIDNIGHT = datetime(2026, 10, 14, 22, 0, tzinfo=UTC)
DAILY: dict[str, Any] = {"platform_fee": {"per_charge_point": "5.00", "per_ac_evse": "2.50", "per_dc_evse": "9.00", "policy": "daily"}}


@pytest.fixture
def nova(world: World) -> Partner:
    """The new partner: AC 50 %, the platform fee by the day; Nora owns it."""
    with world.owner() as session:
        partner = make.partner(session, world.cast.operator, "Nova", NOW)
        make.contract(session, partner, FIRST_MONTH, NOW, ac_pct=Decimal(50), terms=DAILY)
        nora = make.user(session, "Nora Nova", "nora@nova.example", NOW, _HASH, language="fr", region="fr_FR")
        make.member(session, nora, Role.OWNER, NOW, owner=world.cast.operator, account=partner)
    return partner


def running(world: World, started: datetime) -> ChargingSession:
    """A car charges at NL-0417/1 since then and has taken 10 kWh."""
    row = charge(
        world,
        energy_wh=10_000,
        state="charging",
        started_at=started,
        ended_at=None,
        end_received_at=None,
        full_at=started + timedelta(days=1),
    )
    with world.owner() as session:
        session.execute(text("delete from session_phase where session_id = :id and not charging"), {"id": row.id})
        session.execute(update(Connector).where(Connector.evse_id == row.evse_id).values(session_id=row.id, status="Charging"))
    return row


def stopped(world: World, row: ChargingSession, at: datetime) -> None:
    """It is unplugged; priced and paid by card."""
    with world.owner() as session:
        ended = {"state": "stopped", "ended_at": at, "end_received_at": at}
        session.execute(update(ChargingSession).where(ChargingSession.id == row.id).values(**ended))
        session.execute(update(Connector).where(Connector.session_id == row.id).values(session_id=None, status="Available"))
    priced(world, row, at)


def priced(world: World, row: ChargingSession, at: datetime) -> None:
    with world.work(world.system()) as work:
        rate(work, row.id)
    with world.owner() as session:
        session.execute(update(ChargingSession).where(ChargingSession.id == row.id).values(collected_at=at))


def hour(world: World, started: datetime) -> ChargingSession:
    """10 kWh in an hour."""
    ended = started + timedelta(hours=1)
    row = charge(world, energy_wh=10_000, started_at=started, ended_at=ended, full_at=ended)
    priced(world, row, ended)
    return row


def configured(world: World) -> list[Any]:
    """All that would have to be set up anew at another charge point."""
    with world.owner() as session:
        stations = session.query(Station).filter(Station.label.in_(POINTS)).order_by(Station.label)
        kept = [(s.label, s.identity, bytes(s.key_hash) if s.key_hash else None, s.location_id) for s in stations]
        sheets = text("select evse_id, tariff_id, valid_from from tariff_assignment order by evse_id, valid_from")
        return [
            *kept,
            *map(tuple, session.execute(sheets)),
            *map(tuple, session.execute(text("select id, check_code, evse_uid from evse order by id"))),
        ]


def entered(new_context: Open, site: str, name: str, **how: Any) -> Page:
    """Somebody signed in, in a browser of their own."""
    page = new_context(**how).new_page()
    sign_in(page, site, f"{name}.example", landing="**/cpo/" if "nordlicht" in name else "**/partner/**")
    return page


def label_page(page: Page, site: str) -> list[str]:
    """What the page behind the label says of place and price."""
    page.goto(f"{site}/q/NL-0417-1")
    return [page.locator("main .label").first.inner_text(), page.locator("table.prices").first.inner_text()]


def asked_and_agreed(carla: Page, conrad: Page, site: str, world: World) -> None:
    """Carla reads what follows and asks; she herself cannot agree, Conrad does."""
    at = f"{site}/cpo/partners/{world.cast.partners['sommer'].code}/hand-over"
    carla.goto(at)
    for label in POINTS:
        carla.locator(f"input[name=labels][value={label}]").check()
    carla.locator("#contract").select_option(label=next(o for o in carla.locator("#contract option").all_inner_texts() if "Nova" in o))
    carla.locator("#day").fill("2026-10-15")
    carla.locator("#reason").fill("Haus verkauft")
    carla.locator("#form button.btn-primary").click()
    for words in (
        "Ladevorgänge, die vor dem 15.10.2026 beginnen, zählen für Sommer, spätere für Nova. Beide Monatsabrechnungen",
        "1 Ladevorgang läuft jetzt; er bleibt bei Sommer, wann immer er endet.",
        "Die Regel jedes Vertrags entscheidet über die Plattformgebühr dieses Monats",
        "Etiketten und QR-Codes bleiben gültig; an den Ladestationen wird nichts neu eingestellt.",
        "Die Preise von 5 Ladepunkten bleiben, bis Nova oder das Personal sie ändert.",
        "Personen von Sommer sehen diese Ladestationen ab dem Tag nicht mehr",
    ):
        expect(carla.locator(".consequences")).to_contain_text(words)
    assert violations(carla) == []
    carla.locator("form[action$='/hand-over'] button.btn-primary").click()
    expect(carla.locator("#page-note")).to_be_visible()
    expect(carla.locator("form[action$='/agree'] button")).to_have_count(0)
    conrad.goto(at)
    conrad.locator("form[action$='/agree'] button").click()
    expect(conrad.locator("#page-note")).to_be_visible()


def test_a_property_changes_hands_at_midnight(new_context: Open, site: str, world: World, nova: Partner) -> None:
    """Sommer: 4.90 gross, 4.12 net × 70 % = 2.88, fee of the whole month 5.00 + 2 × 2.50; Nova: × 50 % = 2.06, 17 of 31 days: 2 × 2.74."""
    in_service(world)
    before, kept = running(world, NOW - timedelta(minutes=30)), configured(world)
    driver = new_context(viewport={"width": 390, "height": 844}).new_page()
    told = label_page(driver, site)
    carla, conrad = (entered(new_context, site, f"{name}@nordlicht") for name in ("carla", "conrad"))
    asked_and_agreed(carla, conrad, site, world)
    world.clock.set(MIDNIGHT + timedelta(hours=3))
    with world.work(world.system()) as work:
        assert turn_day(work) == 3
    stopped(world, before, MIDNIGHT + timedelta(minutes=30))
    after = hour(world, MIDNIGHT + timedelta(hours=1))
    in_service(world)
    assert label_page(driver, site) == told, "the label opens the same page, with the same price"
    assert configured(world) == kept, "identity, key, place, sheets, codes: nothing is set up anew"
    world.clock.set(datetime(2026, 11, 2, 9, 0, tzinfo=UTC))
    for partner in (world.cast.partners["sommer"], nova):
        with world.work("fiona") as work:
            code = draft(work, partner.id, Month(2026, 10)).code
        with world.work("felix") as work:
            issue(work, [code])
    olga = entered(new_context, site, "olga@sommer", color_scheme="dark")
    nora = entered(new_context, site, "nora@nova")
    sides = ((olga, world.cast.partners["sommer"], before, after, ("2,88", "5,00")), (nora, nova, after, before, ("2,06", "2,74")))
    for page, partner, mine, theirs, (part, fee) in sides:
        own_side(page, f"{site}/partner/{partner.code}", (mine.code, theirs.code), (part, fee))
    expect(driver.locator("main .label").first).to_be_visible()
    olga.goto(f"{site}/partner/{world.cast.partners['sommer'].code}/charge-points")
    expect(olga.locator("main")).not_to_contain_text("NL-0417")
    nora.goto(f"{site}/partner/{nova.code}/charge-points")
    for label in POINTS:
        expect(nora.locator("main")).to_contain_text(label)
    assert violations(nora) == []


def own_side(page: Page, base: str, codes: tuple[str, str], amounts: tuple[str, str]) -> None:
    """The own statement has the own session, its part and twice the fee; the other's session is not found."""
    page.goto(f"{base}/statements")
    page.locator("main tbody th a").first.click()
    rows = page.locator("section[aria-labelledby=rows-head]")
    expect(rows).to_contain_text(codes[0])
    expect(rows).not_to_contain_text(codes[1])
    expect(rows).to_contain_text(amounts[0])
    fees = page.locator("section[aria-labelledby=expenses-head] tbody tr:not(.total)")
    expect(fees).to_have_count(2)
    for line in fees.all():
        expect(line).to_contain_text(amounts[1])
    assert violations(page) == []
    answer = page.goto(f"{base}/sessions/{codes[1]}")
    assert answer is not None
    assert answer.status == 404


def test_a_running_session_keeps_its_price_and_the_next_has_the_new(new_context: Open, site: str, world: World) -> None:
    """10 kWh × 0.49 = 4.90 for who plugged in before the quarter, 10 kWh × 0.55 = 5.50 afterwards; published at 14:05, from 14:15 on."""
    with world.work("moritz") as work:
        code = create_tariff(work, TariffInput(name="Haus", terms=price("0.49")), partner_id=world.cast.partners["sommer"].id)
        assign_tariff(work, code, [evse_id(world)], starts_at=NOW)
    world.clock.move(minutes=1)
    in_service(world)
    before = running(world, world.clock())
    moritz, base = entered(new_context, site, "moritz@sommer"), f"{site}/partner/{world.cast.partners['sommer'].code}"
    moritz.goto(f"{base}/prices/{code}/edit")
    moritz.locator("#lines-0-price").fill("0.55")
    moritz.locator("button[value=publish].btn-primary").click()
    moritz.wait_for_url("**/publish")
    expect(moritz.locator("main")).to_contain_text("14:15")
    expect(moritz.locator("main")).to_contain_text("1 laufender Ladevorgang behält den alten Preis")
    moritz.locator("form#form .btn-primary").click()
    expect(moritz.locator("#page-note")).to_be_visible()
    world.clock.move(minutes=9)
    stopped(world, before, world.clock() + timedelta(minutes=30))
    after = hour(world, world.clock())
    world.clock.move(hours=2)
    moritz = entered(new_context, site, "moritz@sommer")
    for row, energy, gross in ((before, "0,49 €", "4,90 €"), (after, "0,55 €", "5,50 €")):
        moritz.goto(f"{base}/sessions/{row.code}")
        expect(moritz.locator("main")).to_contain_text(gross)
        expect(moritz.locator("main")).to_contain_text(energy)
    driver = new_context(viewport={"width": 390, "height": 844}).new_page()
    driver.goto(f"{site}/q/NL-0417-1?lang=fr")
    expect(driver.locator("table.prices").first).to_contain_text("0,55")
