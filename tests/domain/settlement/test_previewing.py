"""A month's real sessions under the terms of a draft: journey 2's figures, sums that agree, and what makes a replay out of date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.domain.contracts.actions import edit_draft, new_version
from app.domain.contracts.parts import ROAMING_90, DraftPart, ElectricityPart, FeesPart, SharePart
from app.domain.contracts.queries import contract_by_code, contracts_of_partner
from app.domain.contracts.values import PlatformFee
from app.domain.sessions.actions import rate
from app.domain.settlement.previewing import PreviewRow, attach_preview, newest_preview, request_preview, run_preview
from app.domain.tariffs.electricity_actions import create_rate
from app.domain.tariffs.electricity_rows import RateInput, RateVersionInput
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from app.kernel.periods import Month
from app.money.electricity import Window
from tests.cast import World
from tests.domain.sessions.arrange import PLUGGED, charge, in_service

OCTOBER = Month(2026, 10)
#: 1.00 to start, 0.55 per kWh, 0.10 per minute once the car is full; with VAT
START_FEE: dict[str, Any] = {
    "id": "e2", "currency": "EUR", "tax_included": "YES",
    "elements": [{"price_components": [
        {"type": "FLAT", "price": "1.00", "step_size": 1, "vat": "19"},
        {"type": "ENERGY", "price": "0.55", "step_size": 1, "vat": "19"},
        {"type": "PARKING_TIME", "price": "6.00", "step_size": 60, "vat": "19"},
    ]}],
}  # fmt: skip


def winter_in_october(world: World) -> str:
    """Two sessions at Winter: 1.00 + 18 × 0.55 + 35 min × 0.10 = 14.40, and journey 6's 17.53; it is November. The contract's code."""
    in_service(world, "NL-0501")
    full = PLUGGED + timedelta(hours=2)
    one = charge(world, "NL-0501", energy_wh=18_000, tariff=START_FEE, full_at=full, ended_at=full + timedelta(minutes=35), channel="adhoc")
    other = charge(world, "NL-0501", 2)
    for row in (one, other):
        with world.work(world.system()) as work:
            rate(work, row.id)
    world.clock.set(datetime(2026, 11, 2, 8, 0, tzinfo=UTC))
    with world.work("carla") as work:
        return contracts_of_partner(work, world.cast.partners["winter"].id)[0].code


def drafted(world: World, code: str, *parts: DraftPart) -> int:
    with world.work("carla") as work:
        version = new_version(work, code).version
        for part in parts:
            version = edit_draft(work, code, part, version).version
        return version


def replay(world: World, code: str, month: Month = OCTOBER) -> UUID:
    with world.work("carla") as work:
        found = request_preview(work, code, month)
    steps: list[tuple[int, int]] = []
    with world.work(world.system()) as work:
        run_preview(work, found, lambda done, total: steps.append((done, total)))
    assert steps == [] or steps[-1][0] == steps[-1][1]
    return found


def read(world: World, code: str, who: str = "carla") -> PreviewRow | None:
    with world.work(who) as work:
        row = contract_by_code(work, code)
        return newest_preview(work, row, row.draft or row.versions[0])


def result_of(world: World, code: str) -> dict[str, Any]:
    found = read(world, code)
    assert found is not None
    assert (found.state, found.problem) == ("done", None)
    assert found.result is not None
    return found.result


def test_winter_without_its_start_fees(world: World) -> None:
    """Now 70 % of 12.10 = 8.47 and of 14.73 = 10.31. Draft: 12.10 − 0.84 = 11.26, 70 % = 7.88; the other has no start fee."""
    code = winter_in_october(world)
    drafted(world, code, SharePart(Decimal(70), Decimal(60), exclude_connection_fee=True))
    replay(world, code)
    result = result_of(world, code)
    assert [(row["partner"], row["operator"]) for row in result["rows"]] == [([847, 788], [363, 422]), ([1031, 1031], [442, 442])]
    assert result["totals"]["partner"] == [847 + 1031, 788 + 1031]
    now, then = result["totals"]["partner"]
    assert sum(row["partner"][1] - row["partner"][0] for row in result["rows"]) == then - now == -59
    assert result["totals"]["operator"] == [805, 864]
    assert [(g["current"], g["channel"], g["count"], g["partner"]) for g in result["groups"]] == [
        ("AC", "adhoc", 1, [847, 788]),
        ("AC", "internal", 1, [1031, 1031]),
    ]
    assert (result["sessions"], result["left_out"], result["negative"]) == (2, 0, [[], []])
    # 18.78 credit + 19 % = 22.35; platform fee 5.00 + 2 × 2.50 = 10.00 + 1.90; the draft: 18.19 + 3.46 − 11.90
    assert result["totals"]["payout"] == [2235 - 1190, 2165 - 1190]
    # not registered for VAT: 18.19 − 11.90
    assert result["tax"]["payout"] == [975, 629]


def test_electricity_makes_negative_hours(world: World) -> None:
    """17.53 brutto are 14.73 net; 28.64 kWh × 0.60 = 17.18: −2.45; 14.40: 12.10 − 18 × 0.60 = 10.80: 1.30. Both began at 17:00."""
    code = winter_in_october(world)
    drafted(world, code, SharePart(Decimal(70), Decimal(60), deduct_electricity=True), ElectricityPart(Decimal("0.714"), Decimal(19)))
    replay(world, code)
    result = result_of(world, code)
    assert result["negative"] == [[], [{"hour": 17, "count": 1, "minor": -245}]]
    assert {row["partner"][1] for row in result["rows"]} == {91, -172}


def test_the_rate_of_the_place_wins_over_the_contracts_price(world: World) -> None:
    """The same figures by a rate of 0.714 with VAT at NL-0501, though the draft says 0.238."""
    code = winter_in_october(world)
    prices = RateVersionInput(first_day=date(2026, 9, 1), vat_pct=Decimal(19), windows=(Window(gross=Decimal("0.714")),))
    with world.work("carla") as work:
        create_rate(work, RateInput(place="NL-0501", name="Strom", prices=prices))
    drafted(world, code, SharePart(Decimal(70), Decimal(60), deduct_electricity=True), ElectricityPart(Decimal("0.238"), Decimal(19)))
    replay(world, code)
    assert {row["partner"][1] for row in result_of(world, code)["rows"]} == {91, -172}


def test_the_fee_for_giving_electricity_back_is_an_expense(world: World) -> None:
    """10.00 platform fee now; 3.20 more under a draft that gives the cost of electricity back."""
    code = winter_in_october(world)
    both = SharePart(Decimal(70), Decimal(60), deduct_electricity=True, reimburse_electricity=True)
    platform = PlatformFee(Decimal(5), Decimal("2.5"))
    drafted(world, code, both, ElectricityPart(Decimal("0.25")), FeesPart(platform, reimbursement=Decimal("3.20")))
    replay(world, code)
    assert result_of(world, code)["totals"]["expenses"] == [1000, 1320]


def test_sessions_that_would_be_held_count_on_neither_side(world: World) -> None:
    code = winter_in_october(world)
    drafted(world, code, SharePart(Decimal(70), Decimal(60), deduct_electricity=True))
    replay(world, code)
    result = result_of(world, code)
    assert (result["sessions"], result["left_out"], result["totals"]["partner"]) == (0, 2, [0, 0])


def test_the_template_takes_all_of_own_cards(world: World) -> None:
    code = winter_in_october(world)
    drafted(world, code, ROAMING_90)
    replay(world, code)
    assert result_of(world, code)["totals"]["partner"] == [1878, 1210 + 1473]


def test_changed_terms_make_it_out_of_date_and_it_is_not_attached(world: World) -> None:
    code = winter_in_october(world)
    version = drafted(world, code, SharePart(Decimal(80), Decimal(60)))
    found = replay(world, code)
    with world.work("carla") as work:
        attach_preview(work, code, found, version)
    with world.work("carla") as work:
        draft = contract_by_code(work, code).draft
        assert draft is not None
        assert draft.preview_id == found
        version = edit_draft(work, code, SharePart(Decimal(81), Decimal(60)), draft.version).version
    stale = read(world, code)
    assert stale is not None
    assert stale.is_stale
    with pytest.raises(Conflict, match="preview_stale"), world.work("carla") as work:
        attach_preview(work, code, found, version)


def test_the_same_wish_is_one_replay_and_who_may_not(world: World) -> None:
    code = winter_in_october(world)
    drafted(world, code)
    with world.work("carla") as work:
        assert request_preview(work, code, OCTOBER) == request_preview(work, code, OCTOBER)
        with pytest.raises(Invalid) as refusal:
            request_preview(work, code, Month(2026, 11))
        assert (refusal.value.code, refusal.value.field) == ("month_not_over", "month")
    for who, kind in (("fiona", NotAllowed), ("willi", NotAllowed), ("moritz", NotFound), ("theo", NotFound)):
        with pytest.raises(kind), world.work(who) as work:
            request_preview(work, code, OCTOBER)
    assert read(world, code, "fiona") is not None, "the second person looks at it"
    with world.work("willi") as work:
        row = contract_by_code(work, code)
        assert newest_preview(work, row, row.versions[0]) is None
