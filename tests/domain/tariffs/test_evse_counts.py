"""Kinds and own prices of EVSEs are kept on their rows and counted: after whatever changes, as if everything had been looked at."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.access.actor import ALL, Actor, ActorKind
from app.access.permissions import Permission
from app.demo import builders as make
from app.demo.cast import AC_TERMS
from app.domain.tariffs.cascade_lines import Line
from app.domain.tariffs.law import PlaceClass
from app.domain.tariffs.law_places import classes_below, classes_of, classes_of_group
from app.domain.tariffs.own_prices import used_at
from app.domain.tariffs.queries import TariffFilter, places_of, tariffs
from app.kernel.ids import uuid7
from tests.cast import NOW, World

LAUNCH = datetime(2026, 7, 1, tzinfo=UTC)
STARTS = [NOW + timedelta(days=days) for days in (-60, -20, -3, 4, 9)]

#: the same, from all EVSEs and assignments as they are
KIND = "coalesce(l.country, o.country), e.current, e.max_w, coalesce(l.public, true), e.clock_approved"
EVSES = """
    from evse e join station st on st.id = e.station_id join operator o on o.id = e.operator_id
    left join location l on l.id = st.location_id
    where st.retired_at is null and (:all or e.partner_id = any (:partners)) and (:every or st.location_id = any (:sites))
"""
LAW = text(
    f"""
    with own as (
        select t.* from tariff_assignment t where t.valid_from >= coalesce(
          (select max(u.valid_from) from tariff_assignment u where u.evse_id = t.evse_id and u.valid_from <= :now), t.valid_from)
    ), named as (
        select v.group_id, v.rest_tariff_id as sheet from tariff_group_version v
        union select v.group_id, x.tariff_id from tariff_group_version v join tariff_group_line x on x.version_id = v.id
        where not x.own_users and x.user_group_id is null and (x.channels = '{{}}' or 'adhoc' = any (x.channels))
    ), reached as (
        select e.id, t.tariff_id as sheet from evse e join own t on t.evse_id = e.id where t.tariff_id is not null
        union select e.id, n.sheet from evse e join own t on t.evse_id = e.id join named n on n.group_id = t.group_id
        union select e.id, n.sheet from evse e join station st on st.id = e.station_id
          join group_assignment a on a.place_id in (st.id, st.location_id, e.partner_id, e.operator_id)
          join named n on n.group_id = a.group_id
    )
    select distinct r.sheet, {KIND} {EVSES.replace("where", "join reached r on r.id = e.id where")}
    """
)
USES = text(
    """
    select t.tariff_id, e.id, st.retired_at is null
    from tariff_assignment t join evse e on e.id = t.evse_id join station st on st.id = e.station_id
    where t.tariff_id is not null and (:all or e.partner_id = any (:partners)) and (:every or st.location_id = any (:sites))
      and t.valid_from = (select max(u.valid_from) from tariff_assignment u where u.evse_id = t.evse_id and u.valid_from <= :now)
    """
)
COUNTS = """
    select operator_id, {last}, in_service, country, current, max_w, public, clock_approved, {many} from {table}
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9 having {many} <> 0 order by 1, 2, 3, 4, 5, 6, 7, 8, 9
"""


def slowly(session: Any, statement: Any, actor: Actor) -> dict[UUID, list[Any]]:
    partners = list(actor.partners) if isinstance(actor.partners, frozenset) else []
    values = {"now": NOW, "all": actor.partners is ALL, "partners": partners}
    lists = [bindparam(name, type_=ARRAY(Uuid)) for name in ("partners", "sites")]
    values |= {"every": actor.locations is None, "sites": list(actor.locations or ())}
    found: dict[UUID, list[Any]] = defaultdict(list)
    unused = {"now"} - {name for name in values if f":{name}" in statement.text}
    for sheet, *rest in session.execute(statement.bindparams(*lists), {k: v for k, v in values.items() if k not in unused}):
        found[sheet].append(tuple(rest))
    return found


def agree(world: World, actor: Actor, sheets: list[UUID]) -> None:
    with world.owner() as session:
        kinds, used = slowly(session, LAW, actor), slowly(session, USES, actor)
    with world.work(actor) as work:
        assert classes_of(work, sheets) == {sheet: sorted(PlaceClass(*row) for row in kinds[sheet]) for sheet in sheets}
        assert used_at(work, sheets) == {sheet: len(used[sheet]) for sheet in sheets if used[sheet]}
        for sheet in sheets:
            shown = {place.evse_id for place in places_of(work, sheet)}
            assert shown == {evse for evse, in_service in used[sheet] if in_service}


def counts_are_right(world: World) -> None:
    with world.owner() as session:
        kept = session.execute(text(COUNTS.format(last="tariff_id, group_id", many="sum(evses)", table="evse_count"))).all()
        counted = session.execute(text(COUNTS.format(last="last_tariff_id, last_group_id", many="count(*)", table="evse"))).all()
        wrong = session.execute(
            text(
                """
                select e.id from evse e join station st on st.id = e.station_id join operator o on o.id = e.operator_id
                left join location l on l.id = st.location_id
                left join lateral (
                  select tariff_id, group_id from tariff_assignment t where t.evse_id = e.id order by valid_from desc limit 1) t on true
                where (e.country, e.public, e.in_service, e.last_tariff_id, e.last_group_id) is distinct from
                  (coalesce(l.country, o.country), coalesce(l.public, true), st.retired_at is null, t.tariff_id, t.group_id)
                """
            )
        ).all()
    assert kept == counted
    assert wrong == []


def changes(draw: random.Random, world: World, session: Any, sheets: list[Any], groups: list[Any]) -> None:
    """One change of something that decides where a price sheet counts."""
    evses = session.execute(text("select id, station_id, operator_id, partner_id from evse order by id")).all()
    evse, partners = draw.choice(evses), [each.id for each in world.cast.partners.values()]
    places = session.scalars(text("select id from location order by id")).all()
    values: dict[str, Any] = {
        "evse": evse.id,
        "station": evse.station_id,
        "location": draw.choice(places),
        "partner": draw.choice(partners),
        "country": draw.choice(["DE", "FR", "AT"]),
        "yes": draw.random() < 0.6,
        "watts": draw.choice([11_000, 22_000, 150_000]),
        "day": draw.randrange(20),
        "now": NOW,
    }
    kind = draw.randrange(10)
    if kind < 4:
        values |= {"id": uuid7(), "operator": evse.operator_id, "holder": evse.partner_id, "start": draw.choice(STARTS)}
        values |= {"sheet": draw.choice(sheets).id if kind < 2 else None, "group": draw.choice(groups).id if kind == 2 else None}
    statement = (
        """insert into tariff_assignment (id, operator_id, partner_id, evse_id, tariff_id, group_id, valid_from, created_at, created_name)
           values (:id, :operator, :holder, :evse, :sheet, :group, :start, :now, 'x')
           on conflict (evse_id, valid_from) do update set tariff_id = excluded.tariff_id, group_id = excluded.group_id"""
        if kind < 4
        else [
            "update station set retired_at = case when :yes then null else :now end where id = :station",
            "update station set location_id = case when :yes then :location end where id = :station",
            "update location set country = :country, public = :yes where id = :location",
            "update evse set max_w = :watts, clock_approved = :yes where id = :evse",
            "update station set partner_id = :partner where id = :station",
            "delete from tariff_assignment where evse_id in (select e.id from evse e where e.station_id = :station) and :day < 8",
        ][kind - 4]
    )
    session.execute(text(statement), {name: value for name, value in values.items() if f":{name}" in statement})


def test_counts_and_kinds_are_those_of_all_evses_after_random_changes(world: World) -> None:
    draw, cast = random.Random(55), world.cast
    with world.owner() as session:
        terms = {"elements": [{"price_components": [{"type": "ENERGY", "price": "0.40", "step_size": 1, "vat": "19"}]}]}
        sheets = [make.tariff(session, cast.operator, f"sheet {n}", AC_TERMS | terms, LAUNCH) for n in range(5)]
        lines = (Line(tariff_id=sheets[4].id, channels=("adhoc",), reason="x"), Line(tariff_id=sheets[3].id, own_users=True, reason="y"))
        groups = [
            make.tariff_group(session, cast.operator, "one line", sheets[2], (), LAUNCH),
            make.tariff_group(session, cast.operator, "three lines", sheets[1], lines, LAUNCH),
            make.tariff_group(session, cast.operator, "host's", sheets[0], (), LAUNCH),
        ]
        make.assign_group(session, "partner", cast.partners["sommer"], groups[2], LAUNCH)
        for n in range(6):
            make.station(session, cast.locations["marktplatz"], f"NL-09{n:02}", LAUNCH, secret_key=world.settings.secret_key)
    keys = [*(sheet.id for sheet in sheets), *(sheet.id for sheet in cast.tariffs.values())]
    host = world.actor("olga")
    limited = Actor(
        ActorKind.USER,
        "limited",
        operator_id=cast.operator.id,
        partners=ALL,
        grants={Permission.TARIFF_VIEW: ALL, Permission.TARIFF_ASSIGN: ALL},
        locations=frozenset({cast.locations["marktplatz"].id}),
    )
    for _ in range(8):
        with world.owner() as session:
            for _ in range(12):
                changes(draw, world, session, sheets, groups)
        counts_are_right(world)
        for actor in (world.system(), host, limited):
            agree(world, actor, keys)
    with world.owner() as session:
        make.assign_group(session, "operator", cast.operator, groups[0], LAUNCH)
        make.assign_group(session, "location", cast.locations["marktplatz"], groups[1], LAUNCH)
    agree(world, world.system(), keys)
    with world.work(world.system()) as work:
        everywhere = classes_of(work, [sheets[2].id])[sheets[2].id]
        assert everywhere == classes_below(work, cast.operator.id) == classes_of_group(work, groups[0].id)
        assert set(classes_below(work, cast.locations["marktplatz"].id)) <= set(everywhere)
        used = {row.id for row in tariffs(work, TariffFilter(use="used")).rows}
        assert set(used_at(work, keys)) <= used
        assert not used & {row.id for row in tariffs(work, TariffFilter(use="unused")).rows}


def test_two_changes_at_once_wait_for_nothing_and_both_are_counted(world: World) -> None:
    with world.owner() as session:
        first, second = session.scalars(text("select id from evse where current = 'AC' order by id limit 2")).all()
        session.execute(text("update evse set max_w = 22000, clock_approved = false"))
    slower = text("update evse set max_w = 11000 where id = :evse")
    with world.database.owner.connect() as one, world.database.owner.connect() as other:
        for connection, evse in ((one, first), (other, second)):
            connection.execute(text("set local lock_timeout = '200ms'"))
            connection.execute(slower, {"evse": evse})
        one.commit()
        other.commit()
    counts_are_right(world)


def test_a_change_taken_back_is_not_counted(world: World) -> None:
    with world.database.owner.connect() as connection:
        connection.execute(text("update evse set max_w = 350000"))
        connection.rollback()
    counts_are_right(world)


def test_only_who_sees_all_of_an_operator_sees_its_counts(world: World) -> None:
    some = text("select count(*) from evse_count")
    with world.tenant(world.system()) as session:
        assert session.scalar(some) > 0
    for actor in (world.actor("olga"), Actor(ActorKind.USER, "x", operator_id=uuid7(), partners=ALL)):
        with world.tenant(actor) as session:
            assert session.scalar(some) == 0
