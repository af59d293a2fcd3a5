"""What pages about charge points show in both portals and on the desk: gathered here once, with a constant number of statements."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.access.permissions import Permission
from app.domain.contracts.queries import version_at
from app.domain.contracts.rows import ContractVersionRow
from app.domain.network.access_rows import access_rows
from app.domain.network.commands import FOR_EVSE, HELP, RIGHTS
from app.domain.network.history import commands, strips
from app.domain.network.listing import StationLine, stations_at
from app.domain.network.progress import progress
from app.domain.network.queries import connectors_of, evses_of, station_by_label
from app.domain.network.reservations import reservations
from app.domain.network.rows import ConnectorRow, EvseRow, LocationRow, StationRow
from app.domain.sessions.at_site import SiteLoad, site_load, site_prices
from app.domain.sessions.fleet import fleet
from app.domain.sessions.listing import SessionFilter, sessions
from app.domain.sessions.price_way import card_who
from app.domain.sessions.terms import Start, StartTerms, terms_at_start
from app.domain.tariffs.cascade_lines import ADHOC, Who
from app.domain.tariffs.cascade_tester import Answer, Kind, Way, kinds, way_to_price
from app.domain.tariffs.groups_queries import user_groups
from app.kernel.errors import Invalid, NotFound
from app.kernel.periods import local_date
from app.money.board import PriceBoard, describe_components
from app.money.terms_json import parse_tariff
from app.text.charts import site_load as site_load_picture
from app.text.format import kw
from app.text.states import state
from app.text.words import gettext as _
from app.web.shared_forms.tariff_group import LEVEL_WORDS
from app.web.tariff_group_pages import kind_word
from app.work.unit import Work


@dataclass(frozen=True, slots=True)
class Offered:
    """A command with whether this person may send it here."""

    action: str
    for_evse: bool
    granted: bool


@dataclass(frozen=True, slots=True)
class PriceNow:
    """The price sheet in force at one EVSE; no board: no price, so nobody can start."""

    evse: EvseRow
    currency: str
    time_zone: str
    board: PriceBoard | None


def lines_context(work: Work, lines: Sequence[StationLine]) -> dict[str, Any]:
    """What a table of charge points shows beside its lines."""
    return {"more": fleet(work, [line.station for line in lines]), "level_words": LEVEL_WORDS, "now": work.now}


def site_context(work: Work, row: LocationRow) -> dict[str, Any]:
    """Everything of the page of one site: charge points, prices by kind of driver, load. A constant number of statements."""
    lines = stations_at(work, row.location_id)
    watched = [line.station.station_id for line in lines]
    return {
        "row": row,
        "lines": lines,
        "audiences": _audiences(work, lines),
        "kind_word": kind_word,
        "prices": site_prices(work, [row]),
        "load": _load_picture(row, site_load(work, watched)) if lines else None,
        **lines_context(work, lines),
    }


def _audiences(work: Work, lines: Sequence[StationLine]) -> list[tuple[Way, list[tuple[Kind, Answer]]]]:
    """Who pays what now, at the first AC and the first DC EVSE in use."""
    firsts: dict[str, ConnectorRow] = {}
    for line in lines:
        if work.can(Permission.TARIFF_VIEW, partner_id=line.station.partner_id, location_id=line.station.location_id):
            for plug in line.connectors:
                firsts.setdefault(plug.current, plug)
    ways = [way_to_price(work, firsts[current].evse_id, work.now) for current in sorted(firsts)]
    people = user_groups(work, every=True) if ways else []
    named = [(way, kinds(way, [group for group in people if way.names(group)])) for way in ways]
    return [(way, [(kind, way.answer(kind.who)) for kind in every]) for way, every in named]


def kinds_at(work: Work, evses: Sequence[EvseRow]) -> list[Kind]:
    """Every kind of driver that can be told apart at one of these EVSEs now. Three statements for each of them, and one."""
    people = user_groups(work, every=True)
    found: dict[str, Kind] = {}
    for evse in evses:
        found |= {kind.key: kind for kind in kinds(way_to_price(work, evse.evse_id, work.now), people)}
    return list(found.values())


def _load_picture(row: LocationRow, load: SiteLoad) -> Any:
    """None where no power was drawn: a scale without a curve says nothing."""
    if not load.highest:
        return None
    title = _("At most %(power)s in the last 24 hours", power=kw(load.highest))
    if row.max_w:
        title = _("At most %(power)s of %(limit)s in the last 24 hours", power=kw(load.highest), limit=kw(row.max_w, 0))
    return site_load_picture(title, load.start, row.time_zone, load.watts, row.max_w).html("site-load", as_table=_("As table"))


def station_context(work: Work, label: str) -> dict[str, Any]:
    """Everything of the page of one charge point."""
    station = station_by_label(work, label)
    evses = evses_of(work, station)
    plugs = connectors_of(work.session, [station.station_id], at=work.now)[station.station_id]
    return {
        "station": station,
        "evses": evses,
        "connectors": plugs,
        "strips": strips(work, plugs),
        "prices": prices_now(work, evses) if work.can(Permission.TARIFF_VIEW, partner_id=station.partner_id) else [],
        "contract": contract_now(work, station),
        "needs_terminal": any(evse.needs_terminal for evse in evses),
        "sessions": last_sessions(work, station),
        "amounts": work.can(Permission.SESSION_AMOUNTS, partner_id=station.partner_id),
        "offered": offered(work, station),
        "reserved": reservations(work, station.station_id),
        "access": access_rows(work, [station.station_id])[station.station_id],
        "now": work.now,
        "state_word": state_word,
    }


def commands_context(work: Work, label: str, cursor: str | None) -> dict[str, Any]:
    """Everything of the page of commands to one charge point."""
    station = station_by_label(work, label)
    log = commands(work, station, cursor)
    return {
        "station": station,
        "evses": evses_of(work, station),
        "connectors": connectors_of(work.session, [station.station_id], at=work.now)[station.station_id],
        "offered": offered(work, station),
        "log": log,
        "progress": progress(work, station.station_id, log.rows),
        "reserved": reservations(work, station.station_id),
        "one_time_key": secrets.token_hex(16),
        "now": work.now,
        "amounts": False,
    }


def offered(work: Work, station: StationRow) -> list[Offered]:
    """Every command in the order of the page, with whether this person may send it to this charge point."""
    place = {"partner_id": station.partner_id, "location_id": station.location_id}
    return [Offered(action, action in FOR_EVSE, work.can(right, **place)) for action, right in RIGHTS.items()]


def help_commands(work: Work, station: StationRow) -> list[Offered]:
    """The commands the hotline may give while somebody is on the phone."""
    return [one for one in offered(work, station) if one.action in HELP and one.granted]


def prices_now(work: Work, evses: Sequence[EvseRow], who: Who = ADHOC) -> list[PriceNow]:
    """The price of each EVSE, for somebody without a card unless asked otherwise, now. One statement."""
    starts = {evse.evse_id: Start(evse.station_id, evse.evse_id, work.now, who) for evse in evses}
    terms = terms_at_start(work.session, starts.values())
    return [_price(work, evse, terms[starts[evse.evse_id]], who) for evse in evses]


def caller_prices(work: Work, station: StationRow, evses: Sequence[EvseRow], kind: str, card: str) -> dict[str, Any]:
    """The prices here for whoever is on the phone: the driver of a ``card``, else a ``kind`` of driver by its word, else without a card."""
    every = kinds_at(work, evses)
    chosen = next((one for one in every if one.key == kind), every[0])
    who = card_who(work, station.operator_id, card, work.now) if card else chosen.who
    return {"prices": prices_now(work, evses, who), "kinds": every, "kind": chosen, "card": card, "kind_word": kind_word}


def _price(work: Work, evse: EvseRow, terms: StartTerms, who: Who) -> PriceNow:
    board = None
    if terms.tariff is not None:
        try:
            board = describe_components(parse_tariff(terms.tariff), work.now, terms.time_zone, who.group_words)
        except Invalid:
            board = None
    return PriceNow(evse, terms.currency, terms.time_zone, board)


def contract_now(work: Work, station: StationRow) -> ContractVersionRow | None:
    """The contract version the charge point is under today, for those who may see contracts."""
    if not work.can(Permission.CONTRACT_VIEW, partner_id=station.partner_id):
        return None
    today = local_date(work.now, station.time_zone)
    return version_at(work.session, [station.station_id], today).get(station.station_id)


def last_sessions(work: Work, station: StationRow, count: int = 5) -> list[Any]:
    """The newest sessions at a charge point, if the person may see sessions there."""
    if not work.can(Permission.SESSION_VIEW, partner_id=station.partner_id):
        return []
    return list(sessions(work, SessionFilter(station=station.label), limit=count).rows)


def state_word(name: str) -> str:
    """The word for a connector's state."""
    return str(state(name).word)


def require_command(work: Work, label: str, action: str) -> StationRow:
    """The charge point, for somebody who may send it this command; nobody is asked for more than that before the right."""
    right = RIGHTS.get(action)
    if right is None:
        raise NotFound
    station = station_by_label(work, label)
    work.require(right, partner_id=station.partner_id, location_id=station.location_id)
    return station


def ask_context(work: Work, label: str, action: str, number: int | None, card: str = "") -> dict[str, Any]:
    """Everything of the page that asks before one command; refuses those who may not send it. A reservation shows what ``card`` pays."""
    station = require_command(work, label, action)
    context = commands_context(work, label, None)
    plugs = [p for p in context["connectors"] if number is None or p.evse_number == number]
    prices = []
    if action == "reserve" and work.can(Permission.TARIFF_VIEW, partner_id=station.partner_id):
        who = card_who(work, station.operator_id, card, work.now) if card else ADHOC
        prices = prices_now(work, [evse for evse in context["evses"] if evse.number == number], who)
    return context | {"action": action, "number": number, "plugs": plugs, "prices": prices, "card": card}
