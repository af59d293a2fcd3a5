"""The demo's group, rate, states and company drivers stand on real cast and sessions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.demo.cast import seed_cast
from app.demo.everyday import STATES, add_everyday
from app.demo.fleet import add_fleet, with_fleet
from app.demo.history import add_sessions, visits
from app.demo.network import seed_network
from tests.cast import empty

NOW = datetime(2026, 10, 15, 12, tzinfo=UTC)


def test_a_newcomer_finds_a_group_a_rate_and_two_weeks_of_states(database: Any) -> None:
    empty(database)
    with Session(database.owner) as session, session.begin():
        first = datetime(2026, 10, 1, tzinfo=UTC)
        cast = seed_cast(session, first, secret_key="k" * 32, first_month=first.date())
        seed_network(session, cast, first, secret_key="k" * 32, first_month=first.date())
        session.execute(text("select voltpact_ensure_partitions('2026-10-01', '2026-10-31')"))
        cards = add_fleet(session, cast, first)
        add_sessions(session, list(with_fleet(visits(session, first + timedelta(hours=6), NOW), cards)))
        add_everyday(session, cast, NOW)
        ask = session.execute
        assert ask(text("select count(*) from tariff_group_line where reason <> ''")).scalar_one() == 2
        assert ask(text("select count(*) from electricity_rate_version")).scalar_one() == 1
        # every connector is told of, from the first moment on; the last word of each is that it is free, or that a car just left
        rows = ask(
            text(
                "select c.id, min(h.at) as since, max(h.at) as last, (array_agg(h.status order by h.at desc))[1] as now "
                "from connector c left join status_change h on h.connector_id = c.id group by c.id"
            )
        ).all()
        assert all(row.since == NOW - STATES and row.last <= NOW for row in rows)
        assert {row.now for row in rows} <= {"Available", "Finishing"}
        # a car that stands there without charging is seen as such
        assert ask(text("select count(*) from status_change where status = 'SuspendedEV'")).scalar_one() > 0
        # whoever said yes charges on Sommer's account, and nobody else
        paid = (
            "select distinct d.name, s.payer_id from charging_session s join driver d on d.id = s.driver_id where s.channel = 'corporate'"
        )
        names = ("Dora Lindner", "Emil Brandt", "Fatma Yıldız")
        assert set(ask(text(paid)).all()) == {(name, cast.partners["sommer"].id) for name in names}
    empty(database)
