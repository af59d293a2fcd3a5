"""What a driver is offered at one EVSE now: whose it is, the price sheet in force, and whether charging can start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text

from app.access.permissions import Permission
from app.domain.network.reservations import reservations
from app.domain.sessions.terms import Start, StartTerms, terms_at_start
from app.domain.tariffs.cascade_lines import ADHOC, Who
from app.kernel.errors import Invalid, NotFound
from app.money.amount import Money
from app.money.board import AheadPrice, PriceBoard, describe_components, energy_ahead
from app.money.pricing import price
from app.money.readings import planned
from app.money.terms import Tariff
from app.money.terms_json import parse_tariff
from app.work.unit import Work

#: without a word for so long a charge point counts as out of reach
OFFLINE_AFTER = timedelta(minutes=15)
#: connector states in which somebody may begin
FREE = frozenset({"Available", "Preparing"})
_PROBLEMS = {"Faulted": "faulted", "Unavailable": "out_of_service", "Reserved": "reserved", None: "never_connected"}
#: how far prices that follow a market are shown
AHEAD = timedelta(hours=12)
#: energies of the examples under the price
EXAMPLES_KWH = (Decimal(10), Decimal(30))
#: what a car usually takes, where the outlet would give more
_USUAL_W = {"AC": 11_000, "DC": 90_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One EVSE as a driver sees it before paying. Prices are in ``board``; None without a price sheet."""

    operator_id: UUID
    partner_id: UUID | None
    station_id: UUID
    evse_id: UUID
    station_label: str
    number: int
    evse_uid: str
    check_code: str
    current: str
    max_w: int
    plug: str
    status: str | None
    status_at: datetime | None
    connected: bool
    last_message_at: datetime | None
    busy: bool
    session_id: UUID | None
    location_id: UUID | None
    location_name: str
    address: str
    #: changes with the site's photo; empty: none
    photo: str
    country: str
    operator_name: str
    seller: str
    help_phone: str
    hold_minor: int
    access: str
    access_groups: Sequence[UUID]
    holder: str
    who: Who
    terms: StartTerms
    tariff: Tariff | None
    board: PriceBoard | None
    card_terminal: bool | None
    #: of the prices
    at: datetime
    #: of the states
    now: datetime

    @property
    def evse_label(self) -> str:
        """``NL-0417/2``."""
        return f"{self.station_label}/{self.number}"

    @property
    def slug(self) -> str:
        """The EVSE in addresses: ``NL-0417-2``."""
        return f"{self.station_label}-{self.number}"

    @property
    def currency(self) -> str:
        """Of prices and hold."""
        return self.terms.currency

    @property
    def is_for_them(self) -> bool:
        """Whether the driver looked at may charge here at all; somebody without a card only where everybody may."""
        if self.access == "own":
            return self.who.home_id is not None and self.who.home_id == self.partner_id
        return self.access == "public" or not set(self.access_groups).isdisjoint(self.who.group_ids)

    @property
    def problem(self) -> str | None:
        """Why not now: not_public, no_price, faulted, out_of_service, reserved, never_connected, offline, occupied; or None."""
        if not self.is_for_them:
            return "not_public"
        if self.board is None:
            return "no_price"
        if self.status in _PROBLEMS:
            return _PROBLEMS[self.status]
        if not self.connected or self.last_message_at is None or self.now - self.last_message_at > OFFLINE_AFTER:
            return "offline"
        if self.busy or self.status not in FREE:
            return "occupied"
        return None

    def ahead(self) -> tuple[AheadPrice, ...]:
        """Prices per kWh of the next hours, where they follow a market; else nothing."""
        if self.tariff is None or self.tariff.ext.dynamic is None:
            return ()
        return energy_ahead(self.tariff, self.at, self.terms.time_zone, AHEAD, self.who.group_words)

    def examples(self) -> list[tuple[Decimal, Money]]:
        """What a driver would pay for 10 and 30 kWh, starting now, charging evenly with what a car usually takes."""
        if self.tariff is None:
            return []
        watts = min(self.max_w, _USUAL_W[self.current])
        found = []
        for energy in EXAMPLES_KWH:
            lasts = timedelta(seconds=int(energy * 3_600_000 / watts))
            use = planned(self.at, self.terms.time_zone, energy, lasts, user_groups=self.who.group_words)
            found.append((energy, price(self.tariff, use).gross))
        return found


_PLACE = text(
    """
    select e.id as evse_id, e.station_id, e.operator_id, e.partner_id, st.label as station_label, e.number, e.evse_uid, e.check_code,
           e.current, e.max_w, coalesce(c.plug, '') as plug, c.status, c.status_at, coalesce(x.connected, false) as connected,
           x.last_message_at, st.location_id, coalesce(l.name, '') as location_name,
           coalesce(l.photo, '') as photo,
           coalesce(l.street || ', ' || l.postcode || ' ' || l.city, '') as address, coalesce(l.country, o.country) as country,
           o.name as operator_name, o.legal_name as seller, coalesce(nullif(l.help_phone, ''), o.help_phone, '') as help_phone,
           o.hold_minor, st.card_terminal, st.access, st.access_groups, coalesce(p.name, '') as holder,
           busy.id is not null as busy, busy.id as session_id
    from evse e
    join station st on st.id = e.station_id and st.retired_at is null
    join operator o on o.id = e.operator_id
    left join location l on l.id = st.location_id
    left join partner p on p.id = e.partner_id
    left join station_state x on x.station_id = st.id
    left join lateral (select * from connector k where k.evse_id = e.id order by k.number limit 1) c on true
    left join lateral (
        select s.id from charging_session s left join payment p on p.id = s.payment_id
        where s.station_id = st.id and s.evse_id = e.id
          and (s.state = 'starting' or (s.state = 'requested' and p.state = 'reserved')
               -- a session whose end got lost does not keep a free outlet from the next driver
               or (s.state = 'charging' and c.status is distinct from 'Available'))
        -- who was first has it; one that only holds money comes after those the charge point knows of
        order by (s.state = 'requested'), s.created_at, s.id limit 1
    ) busy on true
    where e.id = :evse
    """
).bindparams(bindparam("evse"))


def offer_at(work: Work, evse_id: UUID, *, who: Who = ADHOC, at: datetime | None = None) -> Offer:
    """The offer of an EVSE, to somebody without a card and now unless asked otherwise; ``NotFound`` if it is out of sight or retired.

    ``at`` moves the prices alone: states are always those of now. Three statements at most.
    """
    row = work.session.execute(_PLACE, {"evse": evse_id}).mappings().one_or_none()
    if row is None or not work.can(Permission.TARIFF_VIEW, partner_id=row["partner_id"], location_id=row["location_id"]):
        raise NotFound
    place: dict[str, Any] = dict(row)
    priced_at = at or work.now
    start = Start(row["station_id"], evse_id, priced_at, who)
    terms = terms_at_start(work.session, [start])[start]
    tariff, board = _prices(terms, priced_at, who)
    if tariff and tariff.ext.hold is not None:
        place["hold_minor"] = Money.round(tariff.ext.hold, tariff.currency).minor
    return Offer(**place, who=who, terms=terms, tariff=tariff, board=board, at=priced_at, now=work.now)


@dataclass(frozen=True, slots=True)
class FreePlace:
    """Another EVSE, open to everybody, where somebody could begin. ``location_name`` is empty and ``metres`` 0 at the same site."""

    station_label: str
    number: int
    current: str
    max_w: int
    location_name: str
    metres: int

    @property
    def km(self) -> Decimal:
        """As the crow flies."""
        return Decimal(self.metres) / 1000

    @property
    def evse_label(self) -> str:
        """``NL-0417/2``."""
        return f"{self.station_label}/{self.number}"

    @property
    def slug(self) -> str:
        """The EVSE in addresses."""
        return f"{self.station_label}-{self.number}"


def reserved_until(work: Work, offer: Offer) -> datetime | None:
    """Until when an EVSE is kept for somebody's card, where that is why nobody else can begin; two statements then, none otherwise."""
    if offer.problem != "reserved":
        return None
    kept = reservations(work, offer.station_id).get(offer.number)
    return kept.until if kept else None


def free_places(work: Work, offer: Offer) -> list[FreePlace]:
    """Where else charging could begin now: at most three, at the site first, then at the nearest public sites within some 25 km, whoever
    holds them; those of the same kind of current first. One statement, or none where charging can begin here."""
    if offer.problem is None:
        return []
    asked = text("select * from door_free_near(:evse, :since)")
    found = work.session.execute(asked, {"evse": offer.evse_id, "since": work.now - OFFLINE_AFTER})
    return [FreePlace(**row) for row in found.mappings()]


def _prices(terms: StartTerms, at: datetime, who: Who) -> tuple[Tariff | None, PriceBoard | None]:
    """A price sheet nobody can read is none: no price, no start."""
    if terms.tariff is None:
        return None, None
    try:
        tariff = parse_tariff(terms.tariff)
        price(tariff, planned(at, terms.time_zone, Decimal(1), timedelta(minutes=10)))
        return tariff, describe_components(tariff, at, terms.time_zone, who.group_words)
    except Invalid:
        return None, None
