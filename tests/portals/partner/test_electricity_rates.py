"""A partner reads the electricity rates of its own places, with and without VAT and what comes next; nothing of others, no change."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from app.domain.contracts.switches import save_features
from app.domain.people.features import Features
from app.domain.tariffs.electricity_actions import add_rate_version, create_rate
from app.domain.tariffs.electricity_rows import RateInput, RateVersionInput
from app.money.electricity import Window
from tests.cast import World
from tests.pages import Pages, Seen


def words(seen: Seen) -> str:
    return seen.words.replace("\u00a0", " ").replace("\u202f", " ")


def home(world: World, key: str = "sommer") -> str:
    return f"/partner/{world.cast.partners[key].code}/electricity-rates"


def priced(world: World, place: str) -> str:
    """0.2975 with 19 % VAT is 0.25 net; nights 0.2261 are 0.19; from November 0.357, 0.30 net."""
    nights = Window(gross=Decimal("0.2261"), start_minute=22 * 60, end_minute=6 * 60)
    first = RateVersionInput(first_day=date(2026, 9, 1), vat_pct=Decimal(19), windows=(nights, Window(gross=Decimal("0.2975"))))
    later = RateVersionInput(first_day=date(2026, 11, 1), vat_pct=Decimal(19), windows=(Window(gross=Decimal("0.357")),))
    with world.work("carla") as work:
        code = create_rate(work, RateInput(place=place, name=f"Strom {place}", prices=first))
        add_rate_version(work, code, later)
    return code


def test_own_rates_are_read_with_what_comes_next(pages: Pages, world: World) -> None:
    pia = pages.as_("pia")
    assert "Kein Strompreis für Ihre Standorte." in words(pia.get(home(world)))
    code = priced(world, "NL-0417")
    priced(world, "NL-0501")
    listed = words(pia.get(home(world)))
    assert "NL-0417" in listed
    assert "0,25 €/kWh und 1 Zeitfenster 01.09.2026 01.11.2026" in listed, listed
    assert "NL-0501" not in listed
    shown = words(pia.get(f"{home(world)}/{code}"))
    for part in ("22:00 bis 06:00", "0,2261 €/kWh", "0,19 €/kWh", "0,2975 €/kWh", "0,25 €/kWh", "gilt jetzt", "geplant", "0,30 €/kWh"):
        assert part in shown, part
    assert "Carla" not in shown, "who typed it is the operator's business"
    assert not pia.get(f"{home(world)}/{code}").soup.select("#main form")


def test_others_find_nothing(pages: Pages, world: World) -> None:
    code = priced(world, "NL-0417")
    statuses = {}
    for who, key in (("olga", "sommer"), ("vera", "sommer"), ("toni", "sommer"), ("willi", "sommer"), ("willi", "winter")):
        visitor = pages.as_(who)
        statuses[who, key] = (visitor.get(home(world, key)).status, visitor.get(f"{home(world, key)}/{code}").status)
    assert statuses == {
        ("olga", "sommer"): (200, 200),
        ("vera", "sommer"): (403, 403),
        ("toni", "sommer"): (403, 403),
        ("willi", "sommer"): (404, 404),
        ("willi", "winter"): (200, 404),
    }
    silke = pages.as_("silke").get(home(world, "kueste"))
    assert (silke.status, "NL-0417" in silke.words) == (200, False), "neither level sees the other's terms"


def test_whoever_sets_prices_of_partners_in_care_reads_what_power_costs_there(pages: Pages, world: World) -> None:
    """Granted as long as nobody took the switch away; nothing of the contract below, nothing of Winter, who is in nobody's care."""
    code, other = priced(world, "NL-0417"), priced(world, "NL-0501")
    silke, kueste = pages.as_("silke"), world.cast.partners["kueste"]
    listed = silke.get(home(world))
    assert (listed.status, "NL-0417" in listed.words, "NL-0501" in listed.words) == (200, True, False)
    assert "contract" not in str(listed.soup.select_one("#main")).lower(), "neither a term nor whether one deducts it"
    assert [a["href"] for a in listed.soup.select("nav a") if str(a["href"]).endswith("/electricity-rates")]
    shown = silke.get(f"{home(world)}/{code}")
    assert (shown.status, "€0.25/kWh" in words(shown)) == (200, True), words(shown)
    assert silke.get(f"{home(world)}/{other}").status == 404
    assert silke.get(home(world, "winter")).status == 404
    past = silke.get(f"/partner/{world.cast.partners['sommer'].code}/time-machine?what=NL-0417&at=2026-10-02T10:00:00%2B00:00")
    assert "Strom NL-0417" in past.words
    with world.work("carla") as work:
        save_features(work, kueste.code, Features(care_prices=False), 0)
    assert silke.get(home(world)).status == 403
    assert silke.get(f"{home(world)}/{code}").status == 403
    assert silke.get(home(world, "kueste")).status == 200, "its own places"
    assert silke.get(f"/partner/{world.cast.partners['sommer'].code}/contract").status == 403
