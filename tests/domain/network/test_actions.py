"""Sites, charge points, EVSEs, keys: each act with its success, its refusals and the stranger."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.domain.network.actions import add_evses, create_location, edit_location, register_station, retire, rotate_key
from app.domain.network.inputs import EvseInput, LocationInput, StationInput
from app.domain.network.keys import key_hash
from app.domain.network.models import Connector, Evse, Station
from app.domain.network.queries import evses_of, station_by_label
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from app.kernel.ids import uuid7
from app.work.audit import AuditEntry
from tests.cast import World

SITE = LocationInput(
    name="Park & Ride",
    street="Bahnhofsplatz 1",
    postcode="22767",
    city="Hamburg",
    country="DE",
    time_zone="Europe/Berlin",
    vat_pct=Decimal(19),
)


def _station(world: World, **over: object) -> StationInput:
    values: dict[str, object] = {
        "label": "NL-0777",
        "location_code": world.cast.locations["marktplatz"].code,
        "vendor": "Keba",
        "evses": (EvseInput("AC", 22_000), EvseInput("DC", 50_000, "ccs2")),
    }
    return StationInput(**values | over)  # type: ignore[arg-type]


def _acts(world: World) -> list[str]:
    with world.owner() as session:
        return list(session.scalars(select(AuditEntry.act).order_by(AuditEntry.at, AuditEntry.id)))


def test_a_technician_creates_a_site_for_a_partner(world: World) -> None:
    sommer = world.cast.partners["sommer"]
    with world.work("theo") as work:
        made = create_location(work, replace(SITE, partner_code=sommer.code))
    assert (made.name, made.partner_id, made.partner_name) == ("Park & Ride", sommer.id, "Sommer")
    assert _acts(world) == ["LocationCreated"]


@pytest.mark.parametrize("who", ["aylin", "fiona", "olga"])
def test_others_may_not_create_sites(world: World, who: str) -> None:
    with pytest.raises(NotAllowed), world.work(who) as work:
        create_location(work, SITE)
    assert _acts(world) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"country": "de"}, "country"),
        ({"time_zone": "Europe/Hamburg"}, "time_zone"),
        ({"vat_pct": Decimal(100)}, "vat_pct"),
        ({"latitude": Decimal(53)}, "longitude"),
        ({"latitude": Decimal(91), "longitude": Decimal(1)}, "latitude"),
        ({"max_w": 0}, "max_w"),
        ({"partner_code": "P-NOBODY"}, "partner_code"),
    ],
)
def test_what_cannot_be_a_site_is_refused_at_its_field(world: World, change: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused, world.work("theo") as work:
        create_location(work, replace(SITE, **change))  # type: ignore[arg-type]
    assert refused.value.field == field


def test_editing_a_site_logs_what_differs(world: World) -> None:
    code = world.cast.locations["hof"].code
    with world.work("theo") as work:
        was = edit_location(work, code, replace(SITE, name="Hotel Winter, Hof"))
    assert (was.name, was.street) == ("Hotel Winter, Hof", "Bahnhofsplatz 1")
    with world.owner() as session:
        facts = session.scalars(select(AuditEntry.facts)).one()
    assert facts["before"]["street"] == "Mühlenstraße 40"
    assert "name" not in facts["after"]
    with world.work("theo") as work:
        edit_location(work, code, replace(SITE, name="Hotel Winter, Hof"))
    assert _acts(world) == ["LocationEdited"]


def test_the_zone_of_a_site_stays_while_somebody_charges(world: World) -> None:
    with world.owner() as session:
        world.cast.connector(session, "NL-0501").session_id = uuid7()
    with pytest.raises(Invalid) as refused, world.work("theo") as work:
        edit_location(work, world.cast.locations["hof"].code, replace(SITE, time_zone="Europe/Vienna"))
    assert refused.value.code == "zone_while_charging"


def test_registering_gives_the_password_once_and_keeps_a_hash(world: World) -> None:
    with world.work("theo") as work:
        row, password = register_station(work, _station(world), secret_key=world.settings.secret_key)
        uids = [e.evse_uid for e in evses_of(work, row)]
    assert uids == ["DE*NLT*E0777*1", "DE*NLT*E0777*2"]
    assert (row.label, row.identity, row.contact, row.partner_name) == ("NL-0777", "NL-0777", "new", "Sommer")
    with world.owner() as session:
        kept = session.scalars(select(Station).where(Station.label == "NL-0777")).one()
        plugs = session.execute(
            select(Connector.wire_number, Connector.plug).where(Connector.station_id == kept.id).order_by(Connector.wire_number)
        )
        assert plugs.all() == [(1, "type2"), (2, "ccs2")]
        facts = session.scalars(select(AuditEntry.facts)).one()
    assert kept.key_hash == key_hash(world.settings.secret_key, password)
    assert len(password) == 40
    assert password not in str(facts)


def test_the_same_digits_under_other_letters_get_the_whole_label(world: World) -> None:
    with world.work("theo") as work:
        row, _ = register_station(work, _station(world, label="HH-0417"), secret_key=world.settings.secret_key)
        assert [e.evse_uid for e in evses_of(work, row)] == ["DE*NLT*EHH*0417*1", "DE*NLT*EHH*0417*2"]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"label": "NL-0417"}, "label_taken", "label"),
        ({"identity": "NL-0417"}, "identity_taken", "identity"),
        ({"label": "nl 1"}, "bad_label", "label"),
        ({"identity": "a b"}, "bad_identity", "identity"),
        ({"evses": ()}, "missing_member", "evses"),
        ({"evses": (EvseInput("XC", 22_000),)}, "bad_value", "evses.0.current"),
        ({"evses": (EvseInput("AC", 22_000), EvseInput("AC", 10))}, "out_of_range", "evses.1.max_w"),
    ],
)
def test_what_cannot_be_registered(world: World, change: dict[str, object], code: str, field: str) -> None:
    with pytest.raises(Invalid) as refused, world.work("theo") as work:
        register_station(work, _station(world, **change), secret_key=world.settings.secret_key)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert _acts(world) == []


@pytest.mark.parametrize("who", ["aylin", "olga", "willi"])
def test_hotline_host_and_stranger_register_nothing(world: World, who: str) -> None:
    expected: type[Refusal] = NotFound if who == "willi" else NotAllowed
    with pytest.raises(expected), world.work(who) as work:
        register_station(work, _station(world), secret_key=world.settings.secret_key)


def test_more_evses_are_numbered_on(world: World) -> None:
    with world.work("theo") as work:
        assert add_evses(work, "nl-0417", (EvseInput("AC", 11_000),)) == ["DE*NLT*E0417*3"]
    with world.owner() as session:
        assert world.cast.evse(session, "NL-0417", 3).max_w == 11_000
        assert world.cast.connector(session, "NL-0417", 3).wire_number == 3
        assert len(session.scalars(select(Evse).where(Evse.station_id == world.cast.stations["NL-0417"].id)).all()) == 3
    with pytest.raises(Invalid, match="too_many_evses"), world.work("theo") as work:
        add_evses(work, "NL-0417", (EvseInput("AC", 11_000),) * 14)


def test_a_new_key_leaves_the_old_one_until_first_use(world: World) -> None:
    with world.owner() as session:
        before = session.get_one(Station, world.cast.stations["NL-0417"].id).key_hash
    with world.work("theo") as work:
        password = rotate_key(work, "NL-0417", secret_key=world.settings.secret_key)
    with world.owner() as session:
        place = session.get_one(Station, world.cast.stations["NL-0417"].id)
        assert (place.old_key_hash, place.key_hash) == (before, key_hash(world.settings.secret_key, password))
    with pytest.raises(NotAllowed), world.work("aylin") as work:
        rotate_key(work, "NL-0417", secret_key=world.settings.secret_key)


def test_retiring_is_refused_while_somebody_charges_and_final_after(world: World) -> None:
    with world.owner() as session:
        world.cast.connector(session, "NL-0417").session_id = uuid7()
    with pytest.raises(Conflict, match="station_in_use"), world.work("theo") as work:
        retire(work, "NL-0417")
    with world.owner() as session:
        world.cast.connector(session, "NL-0417").session_id = None
    with world.work("theo") as work:
        retire(work, "NL-0417")
    with world.work("theo") as work:
        assert station_by_label(work, "NL-0417").retired_at == work.now
    with pytest.raises(Conflict, match="station_retired"), world.work("theo") as work:
        add_evses(work, "NL-0417", (EvseInput("AC", 11_000),))
