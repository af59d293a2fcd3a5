"""A property, or some charge points, go to another partner on a day: what follows is told first, a second person agrees.

The days of the two assignments meet at that day, so both statements of the month are cut there; labels, identities and prices stay; a
session belongs to whoever held the charge point when it began.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.access.permissions import Permission
from app.domain.contracts.actions import assign_station, end_assignment
from app.domain.contracts.changing_care import agreed_from, require_level
from app.domain.contracts.events import HandoverAsked, HandoverDecided
from app.domain.contracts.finding import has_terms
from app.domain.contracts.handover_models import Handover
from app.domain.contracts.models import Assignment, Contract
from app.domain.contracts.parts import AssignmentInput
from app.domain.network.models import Connector, Evse, Location, Station
from app.domain.people import checks
from app.domain.people.general import find_partner
from app.domain.people.models import Partner
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.ids import read_code
from app.kernel.periods import Month, local_date
from app.work.unit import Work


@dataclass(frozen=True, slots=True)
class HandoverInput:
    """What is to go where, as typed: labels of charge points, the receiving contract's code, the first day of the receiver."""

    labels: tuple[str, ...]
    contract: str
    day: date
    reason: str


@dataclass(frozen=True, slots=True)
class CareSide:
    """The sub-operator that looks after one side; ``earns``: it has terms of its own for the month and gets its part there."""

    code: str
    name: str
    earns: bool


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a handover brings with it. ``running``: sessions that stay with the giver; ``whole_month_fee``: it falls within a month."""

    labels: tuple[str, ...]
    places: tuple[str, ...]
    giver: str
    receiver: str
    receiver_code: str
    contract: str
    day: date
    running: int
    evses: int
    whole_month_fee: bool
    #: who looks after giver and receiver; None: nobody
    giver_care: CareSide | None = None
    receiver_care: CareSide | None = None


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """A handover in a list. ``mine``: asked for by who looks."""

    id: UUID
    labels: tuple[str, ...]
    receiver: str
    receiver_code: str
    day: date
    reason: str
    state: str
    asked_at: datetime
    asked_name: str
    decided_name: str | None
    mine: bool


def points_of(work: Work, partner_id: UUID) -> list[tuple[str, str]]:
    """Label and place of what a partner may give: under a running contract without an end. By place and label."""
    rows = work.session.execute(
        select(Station.label, func.coalesce(Location.name, ""))
        .join(Assignment, Assignment.station_id == Station.id)
        .outerjoin(Location, Location.id == Station.location_id)
        .where(Assignment.partner_id == partner_id, Assignment.valid_until.is_(None), Assignment.valid_from <= work.now.date())
        .order_by(Location.name, Station.label)
    )
    return [(label, place) for label, place in rows]


def receivers(work: Work, partner_id: UUID, most: int) -> list[tuple[str, str]] | None:
    """Code and words of every contract that could receive: of other active partners, by name. None: more than ``most``."""
    rows = work.session.execute(
        select(Contract.code, Partner.name, Contract.name)
        .join(Partner, Partner.id == Contract.partner_id)
        .where(Contract.operator_id == work.operator_id, Partner.id != partner_id, Partner.state.in_(("active", "draft")))
        .where(Partner.kind != "sub_operator")
        .order_by(Partner.name, Contract.code)
        .limit(most + 1)
    )
    found = [(code, f"{name} · {code} {title}") for code, name, title in rows]
    return found if len(found) <= most else None


def consequences(work: Work, code: str, wanted: HandoverInput) -> Consequences:
    """What would follow; refuses as the handover would. Nothing is written."""
    giver = find_partner(work, code)
    work.require(Permission.NETWORK_ASSIGN, partner_id=giver.id)
    contract, receiver, held = _checked(work, giver, wanted)
    ids = [assignment.station_id for assignment, _ in held]
    running = select(func.count()).select_from(Connector).where(Connector.station_id.in_(ids), Connector.session_id.is_not(None))
    evses = select(func.count()).select_from(Evse).where(Evse.station_id.in_(ids))
    places = select(Location.name).join(Station, Station.location_id == Location.id).where(Station.id.in_(ids)).distinct()
    return Consequences(
        labels=tuple(station.label for _, station in held), places=tuple(work.session.scalars(places.order_by(Location.name))),
        giver=giver.name, receiver=receiver.name, receiver_code=receiver.code, contract=contract.code, day=wanted.day,
        running=work.session.scalar(running) or 0, evses=work.session.scalar(evses) or 0, whole_month_fee=wanted.day.day != 1,
        giver_care=_care_side(work, giver, wanted.day, contract.currency),
        receiver_care=_care_side(work, receiver, wanted.day, contract.currency),
    )  # fmt: skip


def _care_side(work: Work, partner: Partner, day: date, currency: str) -> CareSide | None:
    """Whose care a partner is in now, and whether that level has terms for the month of the day."""
    parent = work.session.get(Partner, partner.parent_id) if partner.parent_id is not None else None
    if parent is None:
        return None
    month = day.replace(day=1)
    terms = [v for v in agreed_from(work, parent.id, month) if v.currency == currency and v.first_month <= month]
    return CareSide(parent.code, parent.name, bool(terms))


def ask_handover(work: Work, code: str, wanted: HandoverInput) -> UUID:
    """Ask for a handover; it waits for a second person and changes nothing yet."""
    giver = find_partner(work, code)
    work.require(Permission.NETWORK_ASSIGN, partner_id=giver.id)
    contract, receiver, held = _checked(work, giver, wanted)
    asked = Handover(
        operator_id=giver.operator_id, partner_id=giver.id, contract_id=contract.id, station_ids=[a.station_id for a, _ in held],
        day=wanted.day, reason=checks.text(wanted.reason, "reason", longest=500), state="waiting", asked_at=work.now,
        asked_by=work.actor.id, asked_name=work.actor.name,
    )  # fmt: skip
    work.session.add(asked)
    work.session.flush()
    work.record(HandoverAsked(**_about(giver), receiver=receiver.name, labels=[s.label for _, s in held], day=wanted.day))
    return asked.id


def decide_handover(work: Work, code: str, handover_id: UUID, *, agree: bool) -> None:
    """The second person's word. Agreed: the assignments meet on the day; what cannot be done any more is refused and stays waiting."""
    giver = find_partner(work, code)
    work.require(Permission.NETWORK_ASSIGN, partner_id=giver.id)
    found = select(Handover).where(Handover.id == handover_id, Handover.partner_id == giver.id).with_for_update()
    asked = work.session.scalars(found).one_or_none()
    if asked is None:
        raise NotFound
    if asked.state != "waiting":
        raise Conflict("already_decided")
    if agree:
        if asked.asked_by is None or asked.asked_by == work.actor.id or work.actor.id is None:
            raise Conflict("second_person_decides")
        _move(work, giver, asked)
    asked.state = "agreed" if agree else "refused"
    asked.decided_at, asked.decided_by, asked.decided_name = work.now, work.actor.id, work.actor.name
    work.session.flush()
    change: dict[str, Any] = {"before": {"state": "waiting"}, "after": {"state": asked.state}}
    work.record(HandoverDecided(**_about(giver), day=asked.day, **change))


def _move(work: Work, giver: Partner, asked: Handover) -> None:
    contract = work.session.get_one(Contract, asked.contract_id)
    labels = {s.id: s.label for s in work.session.scalars(select(Station).where(Station.id.in_(asked.station_ids)))}
    wanted = HandoverInput(tuple(labels.values()), contract.code, asked.day, asked.reason)
    _, _, held = _checked(work, giver, wanted)
    for assignment, station in held:
        end_assignment(work, assignment.id, asked.day)
        assign_station(work, contract.code, AssignmentInput(station.label, asked.day, None))


def _checked(work: Work, giver: Partner, wanted: HandoverInput) -> tuple[Contract, Partner, list[tuple[Assignment, Station]]]:
    if not wanted.labels:
        raise Invalid("no_points", field="labels")
    contract = work.session.scalars(
        select(Contract).where(Contract.operator_id == work.operator_id, Contract.code == (read_code("C", wanted.contract) or ""))
    ).one_or_none()
    if contract is None or contract.partner_id is None or contract.partner_id == giver.id:
        raise Invalid("no_receiver", field="contract")
    receiver = work.session.get_one(Partner, contract.partner_id)
    work.require(Permission.NETWORK_ASSIGN, partner_id=receiver.id)
    if receiver.state in {"paused", "closed"}:
        raise Invalid("no_receiver", field="contract")
    if not has_terms(work, contract, Month.of(wanted.day)):
        raise Invalid("no_terms_then", field="day", month=Month.of(wanted.day))
    above_level = Invalid("receiver_above_level", field="contract", partner=receiver.name)
    require_level(work, receiver.id, receiver.parent_id, wanted.day.replace(day=1), above_level)
    held = _held(work, giver, wanted)
    for found, _ in held:
        own = work.session.get_one(Contract, found.contract_id)
        if wanted.day <= local_date(work.now, own.time_zone) or wanted.day <= found.valid_from:
            raise Invalid("day_too_early", field="day")
    return contract, receiver, held


def _held(work: Work, giver: Partner, wanted: HandoverInput) -> list[tuple[Assignment, Station]]:
    rows = work.session.execute(
        select(Assignment, Station)
        .join(Station, Station.id == Assignment.station_id)
        .where(Assignment.partner_id == giver.id, Assignment.valid_until.is_(None), Station.label.in_(wanted.labels))
        .order_by(Station.label)
    )
    held = [(assignment, station) for assignment, station in rows]
    if {station.label for _, station in held} != set(wanted.labels):
        raise Invalid("points_not_held", field="labels")
    return held


def handovers(work: Work, partner_id: UUID) -> list[HandoverRow]:
    """What was asked for about a partner's charge points, newest first, at most fifty. Two statements."""
    rows = work.session.execute(
        select(Handover, Partner.name, Partner.code)
        .join(Contract, Contract.id == Handover.contract_id)
        .join(Partner, Partner.id == Contract.partner_id)
        .where(Handover.partner_id == partner_id)
        .order_by(Handover.asked_at.desc())
        .limit(50)
    ).all()
    ids = {key for row in rows for key in row[0].station_ids}
    labels = {s.id: s.label for s in work.session.scalars(select(Station).where(Station.id.in_(ids)))} if ids else {}
    return [
        HandoverRow(
            id=h.id, labels=tuple(sorted(labels.get(key, "?") for key in h.station_ids)), receiver=name, receiver_code=code, day=h.day,
            reason=h.reason, state=h.state, asked_at=h.asked_at, asked_name=h.asked_name, decided_name=h.decided_name,
            mine=h.asked_by == work.actor.id,
        )
        for h, name, code in rows
    ]  # fmt: skip


def _about(partner: Partner) -> dict[str, Any]:
    return {"operator_id": partner.operator_id, "partner_id": partner.id, "subject": ("partner", partner.id), "code": partner.code}
