"""Journey 5's second half: a price for the 300 EVSEs of a car park, two of them left out by the law, and back in one step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db.engine import make_engine
from app.demo import builders as make
from app.demo.cast import AC_TERMS
from app.domain.people.models import Operator
from tests.flows.acts import accessible, sign_in
from tests.product import Product

#: Two days on: a suite that began before midnight still means a day to come
LATER = (datetime.now(UTC).astimezone(ZoneInfo("Europe/Berlin")) + timedelta(days=2)).date()
FEE = {"type": "FLAT", "price": "1", "step_size": 1, "vat": "19"}
FEE_TERMS = AC_TERMS | {"elements": [{"price_components": [*AC_TERMS["elements"][0]["price_components"], FEE]}]}
#: 30 charge points with ten EVSEs of 22 kW each, and one with two of 150 kW
ROWS = [[("AC", 22_000)] * 10] * 30 + [[("DC", 150_000)] * 2]


@pytest.fixture
def car_park(live_product: Product) -> Iterator[Session]:
    """A car park of the demo operator's with 302 EVSEs that have no price of their own; taken down afterwards."""
    engine = make_engine(live_product.settings.database_url, pool_size=1, application="voltpact tests")
    at = datetime.now(UTC) - timedelta(days=2)
    with Session(engine) as session:
        operator = session.scalars(select(Operator).where(Operator.code == "NLT")).one()
        make.tariff(session, operator, "Mit Startgebühr", FEE_TERMS, at)
        site = make.location(session, operator, "Parkhaus Messe", at)
        for number, evses in enumerate(ROWS, 1):
            make.station(session, site, f"PH-{number:04}", at, secret_key="x" * 32, evses=evses, party="DE*NLM")
        session.commit()
        yield session
        session.execute(text("update station set retired_at = now() where location_id = :site"), {"site": site.id})
        session.commit()
    engine.dispose()


def own_prices(session: Session) -> dict[str, int]:
    """How many EVSEs of the car park have which sheet of their own from then on."""
    rows = session.execute(
        text(
            """
            select coalesce(own.name, 'none'), count(*) from evse e join station s on s.id = e.station_id
            left join lateral (
                select t.name from tariff_assignment a left join tariff t on t.id = a.tariff_id
                where a.evse_id = e.id order by a.valid_from desc limit 1
            ) own on true
            where s.label like 'PH-%' group by 1
            """
        )
    )
    found = dict(rows.tuples().all())
    session.rollback()
    return found


def test_a_price_for_300_evses_and_back(car_park: Session, new_context: Callable[..., BrowserContext]) -> None:
    page = new_context().new_page()
    sign_in(page, "carla@nordlicht.example")
    page.goto("/cpo/tariffs/assign")
    page.locator("#text").fill("PH-")
    page.locator("#target").select_option(label=next(o for o in page.locator("#target option").all_inner_texts() if "Startgebühr" in o))
    page.locator("#starts_at").fill(f"{LATER}T00:00")
    page.locator("form.filter button.btn-primary").click()

    expect(page.locator("#preview-head")).to_contain_text("300")
    slow, fast = page.locator("#preview tbody tr").all()
    expect(slow).to_contain_text(re.compile(r"300 × "))
    expect(fast).to_contain_text("2 × ")
    expect(fast).to_contain_text("AFIR Art. 5(4)")
    accessible(page)
    assert own_prices(car_park) == {"none": 302}, "a preview changes nothing"

    page.locator("#preview button.btn-primary").click()
    expect(page.locator("#bulk progress, .bulk-end").first).to_be_visible()
    expect(page.locator(".bulk-end")).to_contain_text(re.compile(r"300\D+2\b"), timeout=60_000)
    assert own_prices(car_park) == {"Mit Startgebühr": 300, "none": 2}
    page.locator("a[href$='show=skipped']").click()
    expect(page.locator("#bulk tbody tr")).to_have_count(2)
    expect(page.locator("#bulk tbody tr").first).to_contain_text("AFIR Art. 5(4)")
    accessible(page)

    page.locator("form[action$='/undo'] button").click()
    expect(page.locator(".bulk-end")).to_contain_text("300", timeout=60_000)
    assert own_prices(car_park) == {"none": 302}
    assert page.locator("form[action$='/undo']").count() == 0, "an undo is not undone"
