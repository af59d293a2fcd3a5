"""The large demo, small: what it writes by COPY is what the house's own actions would have written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.demo.large.places import Size
from app.demo.large.seed import LargeSeed
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.rating import Usage, price_of, terms_of
from app.domain.sessions.rows import PhaseRow
from tests.cast import NOW, empty

SIZE = Size(partners=25, points=120, sessions=90)


@pytest.fixture
def large(database: Any, settings: Any) -> Iterator[LargeSeed]:
    yield LargeSeed(database.owner, settings, NOW, SIZE)
    empty(database)


def test_a_large_demo_is_whole_and_is_made_once(large: LargeSeed, database: Any) -> None:
    said = list(large.run())
    assert said[-1] == "Statistics for the planner"
    with Session(database.owner) as session:
        count = {
            name: session.scalar(text(f"select count(*) from {name}"))
            for name in (
                "partner where external_id is not null",
                "station where label > 'NL-1'",
                "station_state",
                "evse",
                "connector",
                "driver",
            )
        }
        assert count["partner where external_id is not null"] == SIZE.partners == count["driver"]
        assert 80 <= count["station where label > 'NL-1'"] <= 160
        assert count["evse"] == count["connector"]
        # whoever holds a charge point has it under contract, and every EVSE has a price
        loose = "station s where s.partner_id is not null and not exists (select from assignment a where a.station_id = s.id"
        assert session.scalar(text(f"select count(*) from {loose} and a.partner_id = s.partner_id)")) == 0
        rated = session.query(ChargingSession).filter_by(state="rated").all()
        assert len(rated) == SIZE.sessions
        assert all(row.tariff for row in rated)
        assert any(row.partner_id for row in rated)
        _check_one(session, max(rated, key=lambda row: row.gross_minor or 0))
        # each rated session is in the books once, with its gross from the driver
        odd = session.scalar(
            text(
                """
                select count(*) from charging_session s where s.state = 'rated' and s.gross_minor is distinct from (
                    select sum(p.amount_minor) from ledger_entry e join ledger_posting p on p.entry_id = e.id
                    join ledger_account a on a.id = p.account_id
                    where e.session_id = s.id and a.code like 'driver_receivable:%')
                """
            )
        )
        assert odd == 0
    with pytest.raises(click.ClickException, match="only fills an empty one"):
        list(large.run())


def _check_one(session: Session, row: ChargingSession) -> None:
    """The amounts of the dearest session are those that pricing gives for what is stored."""
    asked = text("select at, charging, state, energy_wh from session_phase where session_id = :id order by at")
    stood = session.execute(asked, {"id": row.id})
    phases = tuple(PhaseRow(*each) for each in stood)
    assert row.started_at is not None
    assert row.ended_at is not None
    usage = Usage(row.started_at, row.ended_at, row.meter_start_wh or 0, row.energy_wh, row.time_zone, phases)
    priced = price_of(terms_of(row), usage)
    assert (row.net_minor, row.gross_minor) == (priced.net_minor, priced.gross_minor)
    lines = session.scalar(text("select sum(amount_minor) from session_line where session_id = :id"), {"id": row.id})
    assert lines == row.gross_minor
