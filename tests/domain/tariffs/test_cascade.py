"""Who pays by which price sheet: the nearest level that says something, then the first line that fits."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.demo import builders as make
from app.demo.cast import AC_TERMS
from app.domain.sessions.offer import offer_at
from app.domain.sessions.terms import Start, terms_at_start
from app.domain.tariffs.cascade_lines import ADHOC, CHANNELS, UNKNOWN, Dead, Line, Who, covers, dead_lines, first_fit, who_of
from app.domain.tariffs.models import Tariff
from tests.cast import NOW, World, counting

LAUNCH = datetime(2026, 9, 1, tzinfo=UTC)


def sheet(session: Any, world: World, price: str) -> Tariff:
    terms = AC_TERMS | {"id": price, "elements": [{"price_components": [{"type": "ENERGY", "price": price, "step_size": 1, "vat": "19"}]}]}
    return make.tariff(session, world.cast.operator, f"at {price}", terms, LAUNCH)


def paid(world: World, *starts: Start) -> list[str]:
    """The energy price of each start, '-' without a price sheet; one statement for all."""
    with world.work(world.system()) as work, counting(world.database) as queries:
        found = terms_at_start(work.session, starts)
    assert len(queries) == 1
    terms = [found[start].tariff for start in starts]
    return [t["elements"][0]["price_components"][0]["price"] if t else "-" for t in terms]


def at(world: World, who: Who = ADHOC, when: datetime = NOW, label: str = "NL-0417", number: int = 1) -> Start:
    with world.owner() as session:
        place = world.cast.evse(session, label, number)
    return Start(place.station_id, place.id, when, who)


def test_the_nearest_level_that_says_something_counts(world: World) -> None:
    cast = world.cast
    with world.owner() as session:
        groups = {
            level: make.tariff_group(session, cast.operator, level, sheet(session, world, price), (), LAUNCH)
            for level, price in (("operator", "0.60"), ("partner", "0.55"), ("location", "0.52"), ("station", "0.51"))
        }
        places = {
            "operator": cast.operator,
            "partner": cast.partners["sommer"],
            "location": cast.locations["marktplatz"],
            "station": cast.stations["NL-0417"],
        }
        outlet = cast.evse(session, "NL-0417")
        for day, level in enumerate(("operator", "partner", "location", "station"), 2):
            make.assign_group(session, level, places[level], groups[level], LAUNCH.replace(day=day))
        make.assign_tariff(session, outlet, None, LAUNCH)
        make.assign_tariff(session, outlet, cast.tariffs["ac"], LAUNCH.replace(day=6))
        make.assign_tariff(session, outlet, None, LAUNCH.replace(day=7))
        make.assign_group(session, "station", places["station"], None, LAUNCH.replace(day=8))
    days = [LAUNCH.replace(day=day, hour=12) for day in range(1, 9)]
    # 1: nothing; 2-5: operator, partner, location, station in turn; 6: the EVSE's own; 7: none of its own; 8: the station's taken away
    assert paid(world, *(at(world, when=day) for day in days)) == ["-", "0.60", "0.55", "0.52", "0.51", "0.49", "0.51", "0.52"]


def test_first_match_wins_and_everyone_else_is_the_last_line(world: World) -> None:
    cast = world.cast
    with world.owner() as session:
        prices = {price: sheet(session, world, price).id for price in ("0.30", "0.35", "0.40", "0.45")}
        staff = make.user_group(session, cast.operator, "Employees", LAUNCH)
        lines = (
            Line(tariff_id=prices["0.30"], user_group_id=staff.id, reason="staff"),
            Line(tariff_id=prices["0.35"], own_users=True, reason="own"),
            Line(tariff_id=prices["0.40"], plan="NIGHT", reason="plan"),
            Line(tariff_id=prices["0.45"], channels=("roaming",), provider="DE*8AA", reason="volume"),
        )
        group = make.tariff_group(session, cast.operator, "Marktplatz", cast.tariffs["ac"], lines, LAUNCH)
        make.assign_tariff(session, cast.evse(session, "NL-0417"), None, LAUNCH)
        make.assign_group(session, "station", cast.stations["NL-0417"], group, LAUNCH)
    sommer, winter = cast.partners["sommer"].id, cast.partners["winter"].id
    kinds = [
        ADHOC,
        UNKNOWN,
        Who("rfid", sommer, (staff.id,)),
        Who("rfid", sommer),
        Who("rfid", winter),
        Who("rfid", sommer, plan="NIGHT"),
        Who("app", plan="NIGHT"),
        Who("roaming", provider="DE*8AA"),
        Who("roaming", provider="NL*XXX"),
    ]
    expected = ["0.49", "0.49", "0.30", "0.35", "0.49", "0.35", "0.40", "0.45", "0.49"]
    assert paid(world, *(at(world, who) for who in kinds)) == expected


def test_the_qr_page_shows_the_ad_hoc_line_to_a_driver_of_the_partner(world: World) -> None:
    cast = world.cast
    with world.owner() as session:
        cheap = sheet(session, world, "0.37")
        group = make.tariff_group(
            session, cast.operator, "all", cast.tariffs["ac"], (Line(tariff_id=cheap.id, channels=("adhoc",), reason="x"),), LAUNCH
        )
        make.assign_tariff(session, cast.evse(session, "NL-0417"), None, LAUNCH)
        make.assign_group(session, "operator", cast.operator, group, LAUNCH)
        outlet = cast.evse(session, "NL-0417")
    with world.work(world.driver_at("NL-0417")) as work:
        offer = offer_at(work, outlet.id)
    assert offer.board is not None
    shown = offer.board.in_force("ENERGY")
    assert shown is not None
    assert str(shown.gross.amount) == "0.37"


def test_a_location_s_choice_counts_for_its_partner_only(world: World) -> None:
    cast = world.cast
    with world.owner() as session:
        group = make.tariff_group(session, cast.operator, "host's", sheet(session, world, "0.33"), (), LAUNCH)
        for label in ("NL-0417", "NL-0418"):
            make.assign_tariff(session, cast.evse(session, label), None, LAUNCH)
        make.assign_group(session, "location", cast.locations["marktplatz"], group, LAUNCH)
        # NL-0418 moves to Winter, at the same site
        make.assign_station(
            session,
            make.station(session, cast.locations["marktplatz"], "NL-0999", LAUNCH, secret_key="x"),
            cast.contracts["winter"],
            date(2026, 9, 1),
            LAUNCH,
        )
    assert paid(world, at(world), at(world, label="NL-0418")) == ["0.33", "0.33"]
    with world.owner() as session:
        from sqlalchemy import select

        from app.domain.network.models import Evse, Station

        moved = session.scalars(select(Evse).join(Station).where(Station.label == "NL-0999", Evse.number == 1)).one()
    assert paid(world, Start(moved.station_id, moved.id, NOW)) == ["-"]


def a_line(draw: random.Random, sheets: list[Any], groups: list[Any]) -> Line:
    """A line with one or two conditions."""
    line = Line(tariff_id=draw.choice(sheets), reason="r")
    for kind in draw.sample(("channels", "own", "group", "plan", "provider", "days"), draw.choice((1, 1, 2))):
        if kind == "channels":
            line = replace(line, channels=tuple(draw.sample(CHANNELS, draw.choice((1, 2)))))
        elif kind == "own":
            line = replace(line, own_users=True)
        elif kind == "group":
            line = replace(line, user_group_id=draw.choice(groups))
        elif kind == "plan":
            line = replace(line, plan=draw.choice(("A", "B")))
        elif kind == "provider":
            line = replace(line, provider=draw.choice(("P", "Q")))
        else:
            first = date(2026, 10, draw.randrange(1, 28))
            line = replace(line, first_day=draw.choice((first, None)), last_day=first + timedelta(days=draw.randrange(20)))
    return line


def a_driver(draw: random.Random, homes: list[Any], groups: list[Any]) -> Who:
    channel = draw.choice((*CHANNELS, "unknown"))
    if channel in ("adhoc", "unknown"):
        return Who(channel)
    mine = tuple(g for g in groups if draw.random() < 0.4)
    provider = draw.choice(("P", "Q", None)) if channel == "roaming" else None
    return Who(channel, draw.choice(homes), mine, draw.choice(("A", "B", None)), provider)


def test_the_database_and_the_lines_as_values_agree_on_random_groups(world: World) -> None:
    cast, draw = world.cast, random.Random(417)
    with world.owner() as session:
        sheets = [sheet(session, world, f"0.{n}").id for n in range(20, 28)]
        prices = {key: f"0.{n}" for key, n in zip(sheets, range(20, 28), strict=True)}
        groups = [make.user_group(session, cast.operator, f"g{n}", LAUNCH).id for n in range(3)]
        versions = []
        for n in range(12):
            lines = [a_line(draw, sheets, groups) for _ in range(draw.randrange(1, 7))]
            group = make.tariff_group(session, cast.operator, f"t{n}", cast.tariffs["ac"], lines, LAUNCH)
            make.assign_group(session, "station", cast.stations["NL-0417"], group, NOW + timedelta(days=n))
            versions.append(lines)
        make.assign_tariff(session, cast.evse(session, "NL-0417"), None, LAUNCH)
    homes = [cast.partners["sommer"].id, cast.partners["winter"].id, None]
    place, starts, expected = at(world), [], []
    for n, lines in enumerate(versions):
        for _ in range(25):
            who = a_driver(draw, homes, groups)
            when = NOW + timedelta(days=n, seconds=draw.randrange(80_000))
            day = (when + timedelta(hours=2 if when < datetime(2026, 10, 25, 1, tzinfo=UTC) else 1)).date()
            fit = first_fit(lines, who, homes[0], day)
            starts.append(place._replace(at=when, who=who))
            expected.append("0.49" if fit is None else prices[lines[fit - 1].tariff_id])
            dead = dead_lines(lines, day)
            assert fit not in dead, (lines, who)
    assert paid(world, *starts) == expected


def test_what_covers_what() -> None:
    key, other = LAUNCH, NOW  # any two values that differ
    anything = {"tariff_id": key}
    app = Line(**anything, channels=("app",))
    plan_in_app = Line(**anything, channels=("app",), plan="A")
    roaming = Line(**anything, channels=("roaming",))
    one_provider = Line(**anything, provider="P")
    october = Line(**anything, first_day=date(2026, 10, 1), last_day=date(2026, 10, 31))
    assert covers(app, plan_in_app)
    assert not covers(plan_in_app, app)
    assert covers(roaming, one_provider)
    assert not covers(app, one_provider)
    assert covers(october, replace(october, last_day=date(2026, 10, 7), plan="A"))
    assert not covers(october, replace(october, last_day=None))
    assert not covers(Line(**anything, channels=CHANNELS), Line(**anything, plan="A")), "a card nobody knows has no channel"
    assert key != other
    assert dead_lines([app, october, plan_in_app, one_provider], date(2026, 11, 1)) == {2: Dead("over"), 3: Dead("covered", 1)}
    assert dead_lines([Line(**anything, channels=("app",), provider="P")], date(2026, 11, 1)) == {1: Dead("nobody")}


def test_how_a_card_s_channel_is_spoken() -> None:
    assert [who_of(c).channel for c in ("adhoc", "internal", "corporate", "emsp", "else", None)] == [
        "adhoc", "rfid", "rfid", "roaming", "unknown", "unknown",
    ]  # fmt: skip
