"""A month ends where the partner is: books and statement change their terms at the same midnight, and the zone stays once agreed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.domain.contracts.actions import create_contract, edit_draft, new_version
from app.domain.contracts.models import Contract
from app.domain.contracts.parts import ContractInput, SharePart
from app.domain.people.actions import create_partner, edit_partner
from app.domain.people.models import Partner
from app.domain.sessions.actions import rate
from app.domain.settlement.actions import draft
from app.kernel.errors import Invalid
from app.kernel.periods import Month
from tests.cast import World
from tests.domain.contracts.test_contract_actions import LENZ, agree, code_of, row_of
from tests.domain.sessions.arrange import charge, legs, move

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("America/Sao_Paulo", datetime(2026, 11, 1, 3, 0, tzinfo=UTC)),
        ("Pacific/Auckland", datetime(2026, 10, 31, 11, 0, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 31, 23, 0, tzinfo=UTC)),
    ],
)
def test_terms_change_at_the_partners_midnight_in_books_and_statement(world: World, zone: str, midnight: datetime) -> None:
    """10 kWh at 0.49 are 4.90, net 4.12: 70 % until October = 2.88, 50 % from November = 2.06.

    The session over midnight ends in November and keeps October's terms (settlement.md rule 19). October is not issued, so November's
    draft has all three: 2.88 + 2.88 + 2.06 = 7.82, as the books.
    """
    partner = world.cast.partners["sommer"]
    with world.owner() as session:
        move(session, partner.id, zone)
    code = code_of(world, "sommer")
    with world.work("carla") as work:
        version = new_version(work, code)
        edited = edit_draft(work, code, SharePart(Decimal(50), Decimal(60), exclude_connection_fee=True), version.version)
    agree(world, code, edited.version)
    world.clock.set(datetime(2026, 12, 2, 8, 0, tzinfo=UTC))
    for begins, ends in ((-3, -2), (-1, 1), (2, 3)):
        span = {"started_at": midnight + begins * HOUR, "ended_at": midnight + ends * HOUR, "full_at": midnight + ends * HOUR}
        row = charge(world, energy_wh=10_000, **span)
        with world.work(world.system()) as work:
            rate(work, row.id)
    accrued = {}
    for month in (Month(2026, 10), Month(2026, 11)):
        with world.work("fiona") as work:
            accrued[str(month)] = draft(work, partner.id, month).accrued_minor
    assert accrued == {"2026-10": 288, "2026-11": 782}
    assert -legs(world)["partner_payable"] == 782


def test_the_zone_of_a_partner_moves_its_drafts_and_stays_once_agreed(world: World) -> None:
    with world.work("carla") as work:
        made = create_partner(work, LENZ)
        row = create_contract(work, made.code, ContractInput("Lenz", Month(2026, 11)))
        assert row.time_zone == "Europe/Berlin"
        edit_partner(work, made.code, replace(LENZ, time_zone="Europe/London"), made.version)
    assert row_of(world, row.code).time_zone == "Europe/London"
    draft_state = row_of(world, row.code).versions[0].version
    agree(world, row.code, draft_state)
    with world.work("carla") as work:
        now = work.session.scalars(select(Partner).where(Partner.code == made.code)).one()
        with pytest.raises(Invalid, match="zone_kept") as refusal:
            edit_partner(work, made.code, replace(LENZ, time_zone="Europe/Berlin"), now.version)
        assert refusal.value.field == "time_zone"
    assert row_of(world, row.code).time_zone == "Europe/London"


def test_the_database_keeps_one_zone(world: World) -> None:
    with pytest.raises(IntegrityError, match="zone of its partner"), world.owner() as session:
        session.execute(update(Contract).values(time_zone="Europe/Paris"))
