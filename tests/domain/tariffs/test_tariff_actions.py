"""Price sheets: made, changed by versions, assigned; by whom, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.domain.tariffs.actions import archive_tariff, assign_tariff, create_tariff, publish_terms
from app.domain.tariffs.queries import places_by_id, tariff_by_code, tariffs, versions
from app.domain.tariffs.rows import TariffInput
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from app.kernel.periods import next_quarter
from app.money.simple import SimpleTerms
from tests.cast import NOW, World
from tests.domain.sessions.arrange import energy_price, evse_id


def terms(energy: str = "0.55", **over: object) -> SimpleTerms:
    values: dict[str, object] = {"currency": "EUR", "energy": Decimal(energy), "vat_pct": Decimal(19)}
    return SimpleTerms(**values | over)  # type: ignore[arg-type]


def made(world: World, who: str = "carla", **over: object) -> str:
    with world.work(who) as work:
        own = world.cast.partners["sommer"].id if who == "moritz" else None
        return create_tariff(work, TariffInput(name="Night", terms=terms(**over)), partner_id=own)  # type: ignore[arg-type]


def test_new_terms_count_from_the_next_quarter_and_not_before(world: World) -> None:
    code = made(world)
    evse = evse_id(world)
    with world.work("carla") as work:
        assign_tariff(work, code, [evse])
    assert datetime(2026, 10, 14, 12, 5, tzinfo=UTC) == NOW
    with world.work("carla") as work:
        start = publish_terms(work, code, terms("0.60"))
    assert start == datetime(2026, 10, 14, 12, 15, tzinfo=UTC)
    prices = [energy_price(world, evse, at) for at in (NOW, start, start + timedelta(days=9))]
    assert [Decimal(p) for p in prices] == [Decimal("0.49"), Decimal("0.60"), Decimal("0.60")]


def test_the_next_quarter_of_an_hour() -> None:
    at = datetime(2026, 10, 14, 12, 5, tzinfo=UTC)
    assert next_quarter(at).minute == 15
    assert next_quarter(at.replace(minute=45)) == at.replace(hour=13, minute=0)


def test_published_terms_stay_and_are_numbered(world: World) -> None:
    code = made(world)
    for energy in ("0.60", "0.65"):
        with world.work("carla") as work:
            publish_terms(work, code, terms(energy), starts_at=NOW + timedelta(hours=int(energy[-1]) + 1))
    with world.work("carla") as work:
        row = tariff_by_code(work, code)
        found = versions(work, row.id)
        assert [(v.number, v.state) for v in found] == [(3, "scheduled"), (2, "scheduled"), (1, "active")]
        assert row.next is not None
        assert row.next.number == 2
    with pytest.raises(Conflict, match="terms_start_taken"), world.work("carla") as work:
        publish_terms(work, code, terms("0.70"), starts_at=NOW + timedelta(hours=1))
    with pytest.raises(Invalid, match="starts_too_early"), world.work("carla") as work:
        publish_terms(work, code, terms("0.70"), starts_at=NOW)


def test_a_start_fee_at_150_kilowatts_is_refused_with_its_clause(world: World) -> None:
    code = made(world, start_fee=Decimal("1.00"))
    with pytest.raises(Invalid, match="fast_start_fee") as refused, world.work("carla") as work:
        assign_tariff(work, code, [evse_id(world, "NL-0450")])
    assert (refused.value.field, refused.value.params["clause"]) == (
        "elements[0].price_components[0].price",
        "AFIR Art. 5(4)",
    )
    with world.work("carla") as work:
        assert assign_tariff(work, code, [evse_id(world)]) == 1


def test_a_host_prices_its_own_points_only(world: World) -> None:
    code = made(world, "moritz")
    with world.work("moritz") as work:
        assert assign_tariff(work, code, [evse_id(world)]) == 1
        assert places_by_id(work, [evse_id(world, "NL-0501")]) == []
    with pytest.raises(NotFound), world.work("moritz") as work:
        assign_tariff(work, code, [evse_id(world, "NL-0501")])
    with pytest.raises(NotFound), world.work("willi") as work:
        tariff_by_code(work, code)
    with pytest.raises(NotAllowed), world.work("willi") as work:
        create_tariff(work, TariffInput(name="Own", terms=terms()), partner_id=world.cast.partners["winter"].id)
    for who in ("fiona", "theo", "aylin", "pia"):
        with pytest.raises(NotAllowed), world.work(who) as work:
            publish_terms(work, code, terms("0.60"))


def test_the_operators_tariff_is_seen_and_not_changed_by_the_host(world: World) -> None:
    with world.work("moritz") as work:
        standard = next(row for row in tariffs(work).rows if row.name == "AC standard")
    with pytest.raises(NotAllowed), world.work("moritz") as work:
        publish_terms(work, standard.code, terms("0.10"))


def test_only_an_unused_tariff_is_archived(world: World) -> None:
    code = made(world)
    with world.work("carla") as work:
        assign_tariff(work, code, [evse_id(world)])
    world.clock.move(minutes=20)
    with pytest.raises(Conflict, match="tariff_in_use"), world.work("carla") as work:
        archive_tariff(work, code)
    other = made(world)
    with world.work("carla") as work:
        archive_tariff(work, other)
        assert other not in {row.code for row in tariffs(work).rows}


@pytest.mark.parametrize("wrong", [{"energy": "-0.10"}, {"idle_cap": Decimal(9)}, {"vat_pct": Decimal(101)}])
def test_wrong_terms_name_their_field(world: World, wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        made(world, **wrong)
    assert refused.value.field in {"energy", "idle_cap", "vat_pct"}
