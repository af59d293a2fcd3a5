"""What a start is fixed to: the price sheet, contract version and holder of that instant, not of today."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.demo import builders as make
from app.demo.cast import AC_TERMS
from app.domain.sessions.terms import Start, terms_at_start
from tests.cast import NOW, World, counting


def test_the_price_sheet_and_contract_of_that_instant_count(world: World) -> None:
    dearer = AC_TERMS | {"id": "later"}
    with world.owner() as session:
        make.tariff_version(session, world.cast.tariffs["ac"], dearer, NOW, number=2)
    station = world.cast.stations["NL-0417"]
    with world.work(world.driver_at("NL-0417")) as work:
        evse = world.cast.evse(work.session, "NL-0417", 2)
        before, after = Start(station.id, evse.id, NOW - timedelta(seconds=1)), Start(station.id, evse.id, NOW)
        with counting(world.database) as queries:
            found = terms_at_start(work.session, [before, after])
    assert len(queries) == 1
    assert found[before].tariff is not None
    assert (found[before].tariff or {})["id"] == "ac"
    assert (found[after].tariff or {})["id"] == "later"
    assert found[after].contract_version_id == world.cast.contracts["sommer"].id
    assert (found[after].time_zone, found[after].currency, found[after].vat_pct) == ("Europe/Berlin", "EUR", Decimal(19))
    assert found[after].partner_id == world.cast.partners["sommer"].id
    assert found[after].evse_current == "AC"


def test_before_the_first_contract_month_there_is_a_holder_but_no_version(world: World) -> None:
    station = world.cast.stations["NL-0417"]
    july = Start(station.id, None, datetime(2026, 7, 20, tzinfo=UTC))
    with world.work(world.system()) as work:
        terms = terms_at_start(work.session, [july])[july]
    assert terms.contract_version_id is None
    assert terms.tariff is None
    assert terms.partner_id == world.cast.partners["sommer"].id
    assert terms.evse_current == "AC"


def test_a_stranger_gets_no_terms(world: World) -> None:
    station = world.cast.stations["NL-0501"]
    start = Start(station.id, None, NOW)
    with world.work(world.driver_at("NL-0417")) as work:
        assert terms_at_start(work.session, [start]) == {}
