"""What people do to the network: sites, charge points, EVSEs, station keys, commands. States and readings come in through ``bulk``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.access.permissions import Permission
from app.domain.network.check_codes import fresh_check_codes
from app.domain.network.commands import FOR_EVSE, PATIENCE, RIGHTS
from app.domain.network.events import (
    CommandChanged,
    CommandWanted,
    EvsesAdded,
    LocationCreated,
    LocationEdited,
    StationKeyChanged,
    StationRegistered,
    StationRetired,
)
from app.domain.network.inputs import EvseInput, LocationInput, StationInput, check_evses
from app.domain.network.keys import key_hash, new_station_key
from app.domain.network.listing import location_by_code
from app.domain.network.models import Connector, Evse, Location, Station, StationCommand, StationState
from app.domain.network.queries import command_rows, in_reach, station_rows
from app.domain.network.rows import CommandRow, LocationRow, StationRow
from app.domain.people.models import Operator, Partner
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.events import plain
from app.kernel.ids import new_code, uuid7
from app.live.messages import COMMANDS_TOPIC
from app.work.unit import Work

_SITE_COLUMNS = (
    "name street postcode city country region time_zone vat_pct latitude longitude public hours help_phone max_w directions duties".split()
)


def create_location(work: Work, wanted: LocationInput) -> LocationRow:
    """A new site with a fresh code, held by a partner account or by the operator."""
    holder = _holder(work, wanted.partner_code)
    work.require(Permission.NETWORK_EDIT, partner_id=holder)
    wanted.check()
    values = {name: getattr(wanted, name) for name in _SITE_COLUMNS}
    site = Location(id=uuid7(), operator_id=work.operator_id, partner_id=holder, code=new_code("L"), created_at=work.now, **values)
    work.session.add(site)
    work.session.flush()
    work.record(LocationCreated(**_about("location", site), code=site.code, after=plain(values)))
    return location_by_code(work, site.code)


def edit_location(work: Work, code: str, wanted: LocationInput) -> LocationRow:
    """Change a site's data. Its holder changes only by handing its charge points over; a zone only while nobody charges there."""
    found = location_by_code(work, code)
    work.require(Permission.NETWORK_EDIT, partner_id=found.partner_id, location_id=found.location_id)
    wanted.check()
    site = work.session.get_one(Location, found.location_id, with_for_update=True)
    changed = {name: getattr(wanted, name) for name in _SITE_COLUMNS if getattr(wanted, name) != getattr(site, name)}
    if "time_zone" in changed and _busy(work, Station.location_id == site.id):
        raise Invalid("zone_while_charging", field="time_zone")
    before = {name: getattr(site, name) for name in changed}
    for name, value in changed.items():
        setattr(site, name, value)
    work.session.flush()
    if changed:
        work.record(LocationEdited(**_about("location", site), code=site.code, before=plain(before), after=plain(changed)))
    return location_by_code(work, code)


def register_station(work: Work, wanted: StationInput, *, secret_key: str) -> tuple[StationRow, str]:
    """A new charge point that may connect from now on, and its password, which is kept nowhere else in the clear."""
    site = location_by_code(work, wanted.location_code)
    work.require(Permission.NETWORK_EDIT, partner_id=site.partner_id, location_id=site.location_id)
    wanted.check()
    password = new_station_key()
    place = Station(
        id=uuid7(),
        operator_id=site.operator_id,
        partner_id=site.partner_id,
        location_id=site.location_id,
        label=wanted.label,
        identity=wanted.identity or wanted.label,
        key_hash=key_hash(secret_key, password),
        vendor=wanted.vendor,
        model=wanted.model,
        serial=wanted.serial,
        card_terminal=wanted.card_terminal,
        created_at=work.now,
    )
    _insert_station(work, place)
    uids = _insert_evses(work, place, site.country, wanted.evses, first=1)
    work.record(
        StationRegistered(**_about("station", place), label=place.label, identity=place.identity, location_code=site.code, evses=uids)
    )
    return station_rows(work.session, [place.id], at=work.now)[0], password


def add_evses(work: Work, label: str, wanted: tuple[EvseInput, ...]) -> list[str]:
    """More EVSEs at a charge point, numbered on; returns their public ids."""
    place = _require_station(work, Station.label == label.upper(), Permission.NETWORK_EDIT)
    present = work.session.scalars(select(Evse.number).where(Evse.station_id == place.id)).all()
    check_evses(wanted, len(present))
    site = work.session.get(Location, place.location_id) if place.location_id else None
    country = site.country if site else work.session.get_one(Operator, place.operator_id).country
    uids = _insert_evses(work, place, country, wanted, first=max(present, default=0) + 1)
    work.record(EvsesAdded(**_about("station", place), label=place.label, evses=uids))
    return uids


def rotate_key(work: Work, label: str, *, secret_key: str) -> str:
    """A new password for a charge point; the old one works until the new one was used once."""
    place = _require_station(work, Station.label == label.upper(), Permission.NETWORK_EDIT)
    password = new_station_key()
    place.old_key_hash, place.key_hash = place.key_hash, key_hash(secret_key, password)
    work.session.flush()
    work.record(StationKeyChanged(**_about("station", place), label=place.label))
    return password


def retire(work: Work, label: str) -> StationRow:
    """Take a charge point out of use for good. Its label and history stay; it may no longer connect. Refused while somebody charges."""
    place = _require_station(work, Station.label == label.upper(), Permission.NETWORK_EDIT)
    if _busy(work, Station.id == place.id):
        raise Conflict("station_in_use", label=place.label)
    place.retired_at = work.now
    work.session.flush()
    work.record(StationRetired(**_about("station", place), label=place.label))
    return station_rows(work.session, [place.id], at=work.now)[0]


def send_command(
    work: Work,
    station_id: UUID,
    action: str,
    params: Mapping[str, Any],
    one_time_key: str,
    evse_id: UUID | None = None,
    session_id: UUID | None = None,
) -> CommandRow:
    """Ask a charge point to do something. The same key again returns the first wish; without contact it is ``not_sent`` at once."""
    right = RIGHTS.get(action)
    if right is None:
        raise Invalid("bad_value", field="action", value=action)
    place = _require_station(work, Station.id == station_id, right)
    if action in FOR_EVSE and evse_id is None and not params:
        raise Invalid("missing_member", field="evse")
    evse = work.session.get(Evse, evse_id) if evse_id else None
    if evse_id is not None and (evse is None or evse.station_id != place.id):
        raise NotFound
    command_id = _insert_command(work, place, action, params, one_time_key, evse_id, session_id)
    if command_id is None:
        return _first_command(work, place, one_time_key)
    row = command_rows(work.session, [command_id])[0]
    tell_wanted(work, row)
    return row


def tell_wanted(work: Work, row: CommandRow) -> None:
    """Internal: a wish was stored; the log keeps it, and the OCPP worker wakes after the commit."""
    wanted = CommandWanted(
        operator_id=row.operator_id,
        partner_id=row.partner_id,
        subject=("command", row.command_id),
        command_id=row.command_id,
        station_id=row.station_id,
        station_label=row.station_label,
        evse_number=row.evse_number,
        action=row.action,
        params=row.params,
    )
    work.record(wanted, topics=(COMMANDS_TOPIC,))
    work.record(CommandChanged.of(row))


def _about(kind: str, thing: Location | Station) -> dict[str, Any]:
    """Whose and about what an event is."""
    return {"operator_id": thing.operator_id, "partner_id": thing.partner_id, "subject": (kind, thing.id)}


def _insert_command(
    work: Work, place: Station, action: str, params: Mapping[str, Any], key: str, evse_id: UUID | None, session_id: UUID | None
) -> UUID | None:
    state = work.session.get(StationState, place.id)
    about = {"action": action, "params": plain(dict(params)), "evse_id": evse_id, "session_id": session_id}
    values = wish_values(work, place, key, connected=state is not None and state.connected) | about
    asked = insert(StationCommand).values(values).on_conflict_do_nothing(index_elements=["one_time_key"]).returning(StationCommand.id)
    return work.session.scalar(asked)


def wish_values(work: Work, place: Station, key: str, *, connected: bool) -> dict[str, Any]:
    """Internal: the columns that every new wish has; without contact it is ``not_sent`` at once."""
    return {
        "id": uuid7(),
        "operator_id": place.operator_id,
        "partner_id": place.partner_id,
        "station_id": place.id,
        "state": "queued" if connected else "not_sent",
        "reason": None if connected else "offline",
        "one_time_key": key,
        "requested_by": work.actor.id,
        "requested_name": work.actor.name,
        "created_at": work.now,
        "expires_at": work.now + PATIENCE,
    }


def _first_command(work: Work, place: Station, key: str) -> CommandRow:
    asked = select(StationCommand.id).where(StationCommand.one_time_key == key, StationCommand.station_id == place.id)
    first = work.session.scalar(asked)
    if first is None:
        raise Conflict("key_used")
    return command_rows(work.session, [first])[0]


def _require_station(work: Work, which: Any, right: Permission) -> Station:
    """The charge point, locked, if the actor may see it and holds the right for it; a retired one takes no more changes."""
    asked = select(Station).where(which, *in_reach(work.actor, Permission.NETWORK_VIEW, Station))
    place = work.session.scalar(asked.with_for_update(of=Station, key_share=True))
    if place is None:
        raise NotFound
    work.require(right, partner_id=place.partner_id, location_id=place.location_id)
    if place.retired_at is not None:
        raise Conflict("station_retired", label=place.label)
    return place


def _busy(work: Work, which: Any) -> bool:
    asked = select(text("1")).select_from(Connector).join(Station, Station.id == Connector.station_id)
    return work.session.scalar(asked.where(which, Connector.session_id.is_not(None)).limit(1)) is not None


def _holder(work: Work, partner_code: str | None) -> UUID | None:
    if not partner_code:
        return None
    found = work.session.scalar(select(Partner.id).where(Partner.code == partner_code, Partner.operator_id == work.operator_id))
    if found is None:
        raise Invalid("unknown_partner", field="partner_code")
    return found


def _insert_station(work: Work, place: Station) -> None:
    """Labels and identities are unique across operators, so the database decides, not a look."""
    try:
        with work.session.begin_nested():
            work.session.add(place)
            work.session.flush()
    except IntegrityError as error:
        taken = "identity" if "identity" in str(error.orig) else "label"
        raise Invalid(f"{taken}_taken", field=taken) from error
    work.session.add(StationState(station_id=place.id, operator_id=place.operator_id, partner_id=place.partner_id))
    work.session.flush()


def _insert_evses(work: Work, place: Station, country: str, wanted: tuple[EvseInput, ...], first: int) -> list[str]:
    stem = _uid_stem(work, place, country)
    owned = {"operator_id": place.operator_id, "partner_id": place.partner_id, "station_id": place.id}
    uids = [f"{stem}*{number}" for number in range(first, first + len(wanted))]
    codes = fresh_check_codes(work.session, len(wanted))
    for number, one in enumerate(wanted, first):
        evse = Evse(id=uuid7(), **owned, number=number, evse_uid=uids[number - first], check_code=next(codes))
        evse.current, evse.max_w = one.current, one.max_w
        work.session.add(evse)
        work.session.flush()
        work.session.add(Connector(**owned, evse_id=evse.id, number=1, wire_number=number, plug=one.plug))
    work.session.flush()
    return uids


def _uid_stem(work: Work, place: Station, country: str) -> str:
    """``DE*NLT*E0417`` from the label's digits; the whole label where another charge point of the operator has these digits."""
    party = f"{country}*{work.session.get_one(Operator, place.operator_id).code}"
    short = f"{party}*E{place.label.rpartition('-')[2]}"
    taken = select(Evse.id).where(Evse.evse_uid.startswith(f"{short}*", autoescape=True), Evse.station_id != place.id).limit(1)
    return f"{party}*E{place.label.replace('-', '*')}" if work.session.scalar(taken) else short
