"""Lists of charge points and sites: filters, search, pages, scope, constant numbers of statements."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.demo import builders as make
from app.domain.network import counting as network_counting
from app.domain.network import meant, standing
from app.domain.network.counting import state_counts
from app.domain.network.history import knocks, strips
from app.domain.network.listing import (
    LocationFilter,
    StationFilter,
    location_by_code,
    location_choices,
    locations,
    stations,
    stations_at,
)
from app.domain.network.models import Station, StationState, StatusChange, UnknownStation
from app.domain.network.queries import connector_rows, evse_at_door, station_by_label
from app.kernel.errors import NotAllowed, NotFound
from tests.cast import NOW, World, counting


@pytest.fixture
def busy(world: World) -> World:
    """NL-0417 free and charging, NL-0418 silent since an hour, NL-0450 never, NL-0501 faulted."""
    with world.owner() as session:
        for label, ago in (("NL-0417", 1), ("NL-0418", 60), ("NL-0501", 1)):
            state = session.get_one(StationState, world.cast.stations[label].id)
            state.connected, state.last_message_at = ago < 15, NOW - timedelta(minutes=ago)
        for label, number, status, watts in (
            ("NL-0417", 1, "Available", 400),
            ("NL-0417", 2, "Charging", 10_800),
            ("NL-0418", 1, "Charging", 7_400),
            ("NL-0418", 2, "Available", 0),
            ("NL-0501", 1, "Faulted", 0),
            ("NL-0501", 2, "Available", 0),
        ):
            plug = world.cast.connector(session, label, number)
            plug.status, plug.status_at, plug.power_w = status, NOW - timedelta(minutes=ago), watts
    return world


def _labels(world: World, who: str, **narrowed: str) -> list[str]:
    with world.work(who) as work:
        return [line.station.label for line in stations(work, StationFilter(**narrowed)).rows]


@pytest.mark.parametrize(
    ("narrowed", "labels"),
    [
        ({}, ["NL-0417", "NL-0418", "NL-0450", "NL-0501"]),
        ({"state": "free"}, ["NL-0417", "NL-0501"]),
        ({"state": "in_use"}, ["NL-0417"]),
        ({"state": "faulted"}, ["NL-0501"]),
        ({"state": "offline"}, ["NL-0418"]),
        ({"state": "new"}, ["NL-0450"]),
        ({"state": "retired"}, []),
        ({"text": "nl 417"}, ["NL-0417"]),
        ({"text": "0450"}, ["NL-0450"]),
        ({"text": "winter"}, ["NL-0501"]),
        ({"text": "de*nlt*e0417*2"}, ["NL-0417"]),
        ({"text": "denlte05011"}, ["NL-0501"]),
        ({"text": "100%"}, []),
        ({"text": "nobody"}, []),
    ],
)
def test_filters_and_search(busy: World, narrowed: dict[str, str], labels: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert _labels(busy, "theo", **narrowed) == labels
    # the same where more fit than are looked up first
    for most in (1, 0):
        monkeypatch.setattr(meant, "MOST", most)
        monkeypatch.setattr(standing, "MOST", most)
        assert _labels(busy, "theo", **narrowed) == labels


def test_words_that_very_many_have_are_not_counted_and_find_the_same(busy: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with busy.work("theo") as work:
        counted = stations(work, StationFilter(text="marktplatz"), limit=2)
        assert (counted.total, [line.station.label for line in counted.rows]) == (3, ["NL-0417", "NL-0418"])
        monkeypatch.setattr(meant, "MOST", 2)
        first = stations(work, StationFilter(text="marktplatz"), limit=2)
        assert (first.total, first.counted) == (None, 2)
        rest = stations(work, StationFilter(text="marktplatz"), first.after, limit=2)
        assert [line.station.label for line in (*first.rows, *rest.rows)] == ["NL-0417", "NL-0418", "NL-0450"]
        assert stations(work, StationFilter(text="marktplatz"), limit=3).total == 3
        assert stations(work, StationFilter(text="marktplatz", state="free"), limit=2).total == 1
    for most in (1000, 0):
        monkeypatch.setattr(meant, "MOST", most)
        assert _labels(busy, "moritz", text="marktplatz") == ["NL-0417", "NL-0418", "NL-0450"]
        assert _labels(busy, "willi", text="marktplatz") == _labels(busy, "willi", text="0417") == []


def test_a_partner_sees_its_own_and_the_sub_operator_those_in_its_care(busy: World) -> None:
    assert _labels(busy, "moritz") == _labels(busy, "silke") == ["NL-0417", "NL-0418", "NL-0450"]
    assert _labels(busy, "willi") == ["NL-0501"]
    assert _labels(busy, "pia") == []
    with pytest.raises(NotFound), busy.work("willi") as work:
        station_by_label(work, "NL-0417")


def test_filters_by_site_and_partner(busy: World) -> None:
    assert _labels(busy, "theo", location=busy.cast.locations["hof"].code.lower()) == ["NL-0501"]
    assert _labels(busy, "theo", partner=busy.cast.partners["winter"].code) == ["NL-0501"]


def test_pages_neither_skip_nor_repeat(busy: World) -> None:
    with busy.work("theo") as work:
        first = stations(work, limit=3)
        second = stations(work, cursor=first.after, limit=3)
        back = stations(work, cursor=second.before, limit=3)
    assert [line.station.label for line in first.rows] == [line.station.label for line in back.rows] == ["NL-0417", "NL-0418", "NL-0450"]
    assert [line.station.label for line in second.rows] == ["NL-0501"]
    assert (first.total, second.after) == (4, None)


def test_the_number_of_statements_does_not_grow(busy: World) -> None:
    with busy.owner() as session:
        for n in range(12):
            site = make.location(session, busy.cast.operator, f"Site {n}", NOW)
            make.station(session, site, f"NL-09{n:02}", NOW, secret_key=busy.settings.secret_key)
    with busy.work("theo") as work:
        with counting(busy.database) as queries:
            assert len(stations(work).rows) == 16
        assert len(queries) == 3
        with counting(busy.database) as queries:
            assert len(locations(work).rows) == 14
        assert len(queries) == 3
        with counting(busy.database) as queries:
            assert state_counts(work)["Offline"] == 2
        assert len(queries) == 4


def test_a_site_counts_its_connectors_as_the_pages_show_them(busy: World) -> None:
    with busy.work("theo") as work:
        market = location_by_code(work, busy.cast.locations["marktplatz"].code)
        assert market.states == {"Available": 1, "Charging": 1, "Offline": 2, "New": 1}
        assert market.power_w == 10_800
        assert [line.station.label for line in stations_at(work, market.location_id)] == ["NL-0417", "NL-0418", "NL-0450"]
        assert state_counts(work) == {"Available": 2, "Charging": 1, "Faulted": 1, "Offline": 2, "New": 1}
        assert state_counts(work, busy.cast.partners["winter"].id) == {"Available": 1, "Faulted": 1}
    with busy.work("moritz") as work:
        assert state_counts(work) == {"Available": 1, "Charging": 1, "Offline": 2, "New": 1}
    with pytest.raises(NotFound), busy.work("willi") as work:
        location_by_code(work, busy.cast.locations["marktplatz"].code)


@pytest.mark.parametrize("few", [0, 1000])
def test_states_are_counted_alike_however_many_are_silent(busy: World, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    """One by one, or whole tables at once; retired charge points count in neither."""
    monkeypatch.setattr(network_counting, "FEW", few)
    with busy.owner() as session:
        session.get_one(Station, busy.cast.stations["NL-0501"].id).retired_at = NOW
    with busy.work("theo") as work:
        assert state_counts(work) == {"Available": 1, "Charging": 1, "Offline": 2, "New": 1}
        assert work.session.scalar(text("select current_setting('enable_nestloop')")) == "on"
        assert state_counts(work, busy.cast.partners["winter"].id) == {}
    with busy.work("willi") as work:
        assert state_counts(work) == {}


def test_sites_by_name_text_and_partner(busy: World) -> None:
    with busy.work("theo") as work:
        assert [r.name for r in locations(work).rows] == ["Café Sommer, Marktplatz", "Hotel Winter, Hof"]
        assert [r.name for r in locations(work, LocationFilter(text="lübeck")).rows] == ["Hotel Winter, Hof"]
        assert [r.name for r in locations(work, LocationFilter(partner=busy.cast.partners["sommer"].code)).rows] == [
            "Café Sommer, Marktplatz"
        ]
        assert len(location_choices(work, 2) or []) == 2
        assert location_choices(work, 1) is None
    with busy.work("willi") as work:
        assert [r.name for r in locations(work).rows] == ["Hotel Winter, Hof"]


def test_a_membership_limited_to_sites_sees_no_others(busy: World) -> None:
    from dataclasses import replace

    limited = replace(busy.actor("theo"), locations=frozenset({busy.cast.locations["hof"].id}))
    with busy.work(limited) as work:
        assert [line.station.label for line in stations(work).rows] == ["NL-0501"]
        assert [r.name for r in locations(work).rows] == ["Hotel Winter, Hof"]


def test_the_strip_of_a_day_has_no_gaps(busy: World) -> None:
    with busy.owner() as session:
        plug = busy.cast.connector(session, "NL-0417", 2)
        owned = {"operator_id": plug.operator_id, "partner_id": plug.partner_id, "station_id": plug.station_id, "connector_id": plug.id}
        for hours, status in ((30, "Available"), (6, "Charging"), (5, "Charging"), (2, "Finishing")):
            at = NOW - timedelta(hours=hours)
            session.add(StatusChange(**owned, status=status, at=at, received_at=at))
    with busy.work("theo") as work:
        strip = strips(work, connector_rows(work.session, [plug.id], at=NOW))[0]
    start = NOW - timedelta(hours=24)
    assert [(s.status, s.start, s.end) for s in strip.spans] == [
        ("Available", start, NOW - timedelta(hours=6)),
        ("Charging", NOW - timedelta(hours=6), NOW - timedelta(hours=2)),
        ("Finishing", NOW - timedelta(hours=2), NOW),
    ]


def test_the_strip_of_a_silent_charge_point_ends_offline(busy: World) -> None:
    with busy.owner() as session:
        plug = busy.cast.connector(session, "NL-0418", 1)
        owned = {"operator_id": plug.operator_id, "partner_id": plug.partner_id, "station_id": plug.station_id, "connector_id": plug.id}
        at = NOW - timedelta(hours=2)
        session.add(StatusChange(**owned, status="Charging", at=at, received_at=at))
    with busy.work("theo") as work:
        rows = connector_rows(work.session, [plug.id], at=NOW)
        spans = strips(work, rows)[0].spans
    assert [s.status for s in spans] == ["New", "Charging", "Offline"]
    assert spans[-1].start == NOW - timedelta(hours=1)


def test_who_knocked_in_vain_is_for_the_network_staff(busy: World) -> None:
    with busy.owner() as session:
        session.add(UnknownStation(identity="HH-1", reason="unknown_identity", address="192.0.2.7", tries=3, first_at=NOW, last_at=NOW))
    with busy.work("theo") as work:
        assert [(k.identity, k.tries) for k in knocks(work)] == [("HH-1", 3)]
    for who in ("aylin", "moritz"):
        with pytest.raises(NotAllowed), busy.work(who) as work:
            knocks(work)


def test_a_printed_label_leads_to_its_evse_before_any_sign_in(busy: World) -> None:
    with busy.tenant(busy.actor("willi")) as session:
        found = evse_at_door(session, "nl-0417", 2)
        assert found is not None
        assert found[0] == busy.cast.operator.id
        assert evse_at_door(session, "NL-0417", 3) is None
    with busy.owner() as session:
        assert found[3] == busy.cast.evse(session, "NL-0417", 2).id
        assert len(session.scalars(select(StationState)).all()) == 4
