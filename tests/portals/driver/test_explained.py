"""How the price came about, for the driver: every line with its price and its sum, nothing of what others earn, only with the link."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import text

from app.domain.sessions.actions import rate
from app.domain.sessions.models import ChargingSession
from app.kernel.tokens import token_hash
from tests.cast import World
from tests.domain.sessions.arrange import charge
from tests.pages import Pages, Seen, Visitor

SECRET = "a-driver-holds-this-link-and-nobody-else-00"


def someone(pages: Pages, language: str = "de") -> Visitor:
    visitor = pages.nobody()
    visitor.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    return visitor


def words(seen: Seen) -> str:
    return seen.words.replace("\u00a0", " ").replace("\u202f", " ")


def own(world: World, **over: object) -> ChargingSession:
    return charge(world, channel="adhoc", secret_hash=token_hash(SECRET), **over)


def rated(world: World, **over: object) -> ChargingSession:
    row = own(world, **over)
    with world.work(world.system()) as work:
        rate(work, row.id)
    return row


def test_each_line_is_told_with_its_price_and_sum(pages: Pages, world: World) -> None:
    """28.64 kWh × 0.49 = 14.0336 → 14.03; 85 min idle, 50 free, 35 × 0.10 = 3.50; 17.53 ÷ 1.19 = 14.731092… → 14.73, VAT 2.80."""
    rated(world)
    seen = someone(pages).get(f"/s/{SECRET}/explain")
    shown = words(seen)
    for part in (
        "28,640 kWh × 0,49 €/kWh = 14,0336 → 14,03 €",
        "Preis beim Start: 0,49 € pro kWh",
        "35 min × 0,10 €/min = 3,50 → 3,50 €",
        "17,53 € ÷ 1,19 = 14,731092 14,73 €",
        "17,53 € − 14,73 € 2,80 €",
        "17:00 · 3 h 10 min Lädt 28,640 kWh",
        "20:10 · 50 min Standzeit, nicht berechnet",
        "21:00 · 35 min Standzeit, berechnet",
    ):
        assert part in shown, (part, shown)
    for secret in ("10,31", "70 %", "Sommer", "Anteil"):
        assert secret not in shown, secret
    assert seen.headers["Referrer-Policy"] == "no-referrer"
    assert seen.headers["Cache-Control"] == "no-store"
    receipt = someone(pages).get(f"/s/{SECRET}/receipt")
    assert receipt.soup.select(f'a[href="/s/{SECRET}/explain"]')
    assert someone(pages).get(f"/s/{SECRET}/").soup.select('a[href="explain"]')


def test_a_lowest_price_is_said_in_words(pages: Pages, world: World) -> None:
    """1 kWh × 0.49 = 0.49, at least 2.00: +1.51."""
    tariff = {
        "currency": "EUR",
        "tax_included": "YES",
        "min_price": {"excl_vat": "1.68", "incl_vat": "2"},
        "elements": [{"price_components": [{"type": "ENERGY", "price": "0.49", "step_size": 1, "vat": "19"}]}],
    }
    rated(world, energy_wh=1000, tariff=tariff)
    shown = words(someone(pages).get(f"/s/{SECRET}/explain"))
    assert "1,51 € Die Preise allein ergaben weniger als den Mindestpreis eines Ladevorgangs." in shown
    assert "Ein Ladevorgang kostet mindestens 2,00 €." in shown
    assert "Standzeit, nicht berechnet" in shown


def test_only_the_link_opens_it_and_only_once_the_price_is_known(pages: Pages, world: World) -> None:
    row = own(world)
    assert someone(pages).get(f"/s/{SECRET}/explain").location == f"/s/{SECRET}/receipt"
    with world.work(world.system()) as work:
        rate(work, row.id)
    assert someone(pages).get(f"/s/{SECRET}/explain").status == 200
    assert someone(pages).get(f"/s/{SECRET[:-1]}1/explain").status == 404
    assert someone(pages).get("/receipts/found/explain").status == 404


def test_a_found_receipt_is_explained_too(pages: Pages, world: World) -> None:
    row = rated(world, email="jo@example.org")
    visitor = someone(pages, "fr")
    assert visitor.post("/receipts", {"code": row.code, "email": "jo@example.org"}).location == "/receipts/found"
    assert visitor.get("/receipts/found").soup.select('a[href="/receipts/found/explain"]')
    shown = words(visitor.get("/receipts/found/explain"))
    assert "Comment le prix a été calculé" in shown
    assert "14,03 €" in shown


def test_a_price_in_tiers_tells_every_tier(pages: Pages, world: World) -> None:
    """The first 10 kWh at 0.30 = 3.00, the other 18.64 at 0.50 = 9.32."""
    parts = [
        {"price_components": [{"type": "ENERGY", "price": "0.30", "step_size": 1, "vat": "19"}], "restrictions": {"max_kwh": "10"}},
        {"price_components": [{"type": "ENERGY", "price": "0.50", "step_size": 1, "vat": "19"}]},
    ]
    row = rated(world, tariff={"currency": "EUR", "tax_included": "YES", "elements": parts})
    shown = words(someone(pages).get(f"/s/{SECRET}/explain"))
    assert "10,000 kWh × 0,30 €/kWh = 3,00 → 3,00 € Preis beim Start: Bis 10 kWh: 0,30 € pro kWh" in shown
    assert "18,640 kWh × 0,50 €/kWh = 9,32 → 9,32 €" in shown
    with world.owner() as session:
        total = session.execute(text("select gross_minor from charging_session where id = :id"), {"id": row.id}).scalar_one()
    assert Decimal(total) / 100 == Decimal("12.32")
