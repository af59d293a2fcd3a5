"""Connectors are counted as their states change: after whatever changes, as if everything had been looked at."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.access.actor import ALL, Actor, ActorKind
from app.access.permissions import Permission
from app.demo import builders as make
from app.domain.network import counting
from app.domain.network.counting import gather, state_counts
from app.domain.network.listing import StationFilter, stations
from app.domain.network.models import CONNECTOR_STATES
from app.kernel.ids import uuid7
from tests.cast import NOW, World

#: what is shown of each connector that the actor may see, looked at one by one
SHOWN = """
    select case when c.status is null and t.last_message_at is null then 'New'
                when t.last_message_at is null or t.last_message_at <= :over then 'Offline' else coalesce(c.status, 'New') end
    from connector c join station s on s.id = c.station_id left join station_state t on t.station_id = s.id
    where s.retired_at is null
"""
CHANGES = (
    "update connector set status = :status where id = :connector",
    "update connector set status = :status where station_id = :station",
    "update connector set power_w = 1, seq = seq + 1 where id = :connector",
    "update station_state set last_message_at = :heard where station_id = :station",
    "update station_state set last_message_at = null where station_id = :station and :rarely",
    "update station set retired_at = case when :rarely then cast(:heard as timestamptz) end where id = :station",
    "delete from connector where id = :connector and :rarely",
)


def change(draw: random.Random, session: Any) -> None:
    connector, station = draw.choice(session.execute(text("select id, station_id from connector order by id")).all())
    ago = timedelta(minutes=draw.choice([0, 4, 14, 15, 16, 19, 20, 21, 300]))
    values = {
        "status": draw.choice([*CONNECTOR_STATES, None]),
        "connector": connector,
        "station": station,
        "heard": NOW - ago,
        "rarely": draw.random() < 0.3,
    }
    statement = draw.choice(CHANGES)
    session.execute(text(statement), {name: value for name, value in values.items() if f":{name}" in statement})


def looked_at(world: World, where: str = "") -> dict[str, int]:
    with world.owner() as session:
        return Counter(session.scalars(text(SHOWN + where), {"over": NOW - timedelta(minutes=15)}))


@pytest.fixture
def larger(world: World) -> World:
    with world.owner() as session:
        for n in range(8):
            make.station(session, world.cast.locations["marktplatz"], f"NL-09{n:02}", NOW, secret_key=world.settings.secret_key)
        session.execute(
            text(
                "insert into station_state (station_id, operator_id, partner_id, connected, seq) "
                "select id, operator_id, partner_id, false, 0 from station on conflict do nothing"
            )
        )
    return world


def limited(world: World) -> Actor:
    place, sight = frozenset({world.cast.locations["hof"].id}), {Permission.NETWORK_VIEW: ALL}
    return Actor(ActorKind.USER, "x", operator_id=world.cast.operator.id, partners=ALL, grants=sight, locations=place)


def test_counts_are_those_of_all_connectors_after_random_changes(larger: World, monkeypatch: pytest.MonkeyPatch) -> None:
    draw, sommer = random.Random(78), larger.cast.partners["sommer"].id
    for turn in range(10):
        with larger.owner() as session:
            for _ in range(15):
                change(draw, session)
        # few silent, few heard, neither
        for few in (5_000, 4, 0):
            monkeypatch.setattr(counting, "FEW", few)
            with larger.work(larger.system()) as work:
                assert state_counts(work) == looked_at(larger)
                assert state_counts(work, sommer) == looked_at(larger, f" and c.partner_id = '{sommer}'")
            with larger.work("olga") as work:
                assert state_counts(work) == looked_at(larger, f" and c.partner_id = '{sommer}'")
            with larger.work(limited(larger)) as work:
                assert state_counts(work) == looked_at(larger, f" and s.location_id = '{larger.cast.locations['hof'].id}'")
        if turn % 3 == 2:
            with larger.work(larger.system()) as work:
                gather(work)
                kept = work.session.execute(text("select status, connectors from connector_count order by status")).all()
            assert len(kept) == len({status for status, _ in kept})


def test_all_silent_and_none_silent_are_counted(larger: World) -> None:
    for ago in (0, 60):
        with larger.owner() as session:
            session.execute(text("update station_state set last_message_at = :heard"), {"heard": NOW - timedelta(minutes=ago)})
        with larger.work(larger.system()) as work:
            assert state_counts(work) == looked_at(larger)
            assert (set(state_counts(work)) == {"Offline"}) == bool(ago)


def test_a_change_taken_back_is_not_counted_and_two_at_once_wait_for_nothing(larger: World) -> None:
    fault = text("update connector set status = 'Faulted' where id = :connector")
    with larger.owner() as session:
        session.execute(text("update station_state set last_message_at = :heard"), {"heard": NOW})
        ids = session.scalars(text("select id from connector where wire_number = 1 order by id limit 3")).all()
    with larger.database.owner.connect() as one, larger.database.owner.connect() as other, larger.database.owner.connect() as third:
        for connection, connector in zip((one, other, third), ids, strict=True):
            connection.execute(text("set local lock_timeout = '200ms'"))
            connection.execute(fault, {"connector": connector})
        one.commit()
        with larger.work(larger.system()) as work:
            gather(work)
        other.commit()
        third.rollback()
    with larger.work(larger.system()) as work:
        assert state_counts(work)["Faulted"] == 2
        assert state_counts(work) == looked_at(larger)
        assert stations(work, StationFilter(state="faulted")).total == 2


def test_only_who_sees_all_of_an_operator_sees_its_counts(world: World) -> None:
    with world.owner() as session:
        session.execute(text("update connector set status = 'Faulted'"))
    some = text("select least((select count(*) from connector_count), (select count(*) from connector_rare))")
    with world.tenant(world.system()) as session:
        assert session.scalar(some) > 0
    for actor in (world.actor("olga"), limited(world), Actor(ActorKind.USER, "x", operator_id=uuid7(), partners=ALL)):
        with world.tenant(actor) as session:
            assert session.scalar(some) == 0


def test_usual_changes_are_made_in_place(world: World) -> None:
    with world.owner() as session:
        session.execute(text("update station_state set last_message_at = :heard"), {"heard": NOW})
        session.execute(text("update connector set status = 'Available'"))
    figures = text("select pg_stat_get_xact_tuples_hot_updated(cast(:name as regclass))")
    with world.database.owner.connect() as connection:
        for seconds in range(1, 4):
            # the next of these five minutes begins four minutes later
            connection.execute(
                text("update station_state set last_message_at = :heard where station_id = :one"),
                {"heard": NOW + timedelta(seconds=seconds), "one": world.cast.stations["NL-0417"].id},
            )
            connection.execute(text("update connector set status = :status where number = 1"), {"status": f"{CONNECTOR_STATES[seconds]}"})
        assert connection.scalar(figures, {"name": "station_state"}) == 3
        assert connection.scalar(figures, {"name": "connector"}) > 3
        connection.rollback()
