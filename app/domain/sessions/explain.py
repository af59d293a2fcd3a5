"""Explain this cent: the ladder of a rated session's amounts, what would come out if it were computed again, and its case as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.permissions import Permission
from app.domain.sessions.detail import SessionDetail, session_detail
from app.domain.sessions.models import ChargingSession, SessionLine
from app.domain.sessions.rating import usage_of
from app.domain.sessions.settling import Surroundings, contract_member, parent_of, split_of, surroundings
from app.kernel.errors import Conflict, Invalid, NotFound
from app.money.amount import Money
from app.money.canonical import CALC_VERSION
from app.money.ladder import Metered, Step, price_ladder, share_ladder, upto
from app.money.priced import PricedSession
from app.money.priced_json import full_json, result_json
from app.money.pricing import price
from app.money.sharing import SessionSplit
from app.money.terms_json import parse_tariff
from app.money.usage import parse_session
from app.money.vat import VatGroup
from app.work.unit import Work

#: members of the priced answer that are compared when it is computed again
_COMPARED = ("energy", "charging_time", "parking_time", "flat", "reservation", "adjustment", "total_excl_vat", "total_incl_vat", "exact")


@dataclass(frozen=True, slots=True)
class Difference:
    """A member of the answer that came out another way, as JSON text."""

    name: str
    stored: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A rated session's ladder. ``held``: why the share is not known; ``contract``: the terms it was shared by, of this level alone."""

    detail: SessionDetail
    steps: tuple[Step, ...]
    figure: str
    gross_prices: bool
    held: str | None
    contract: dict[str, Any] | None = None
    rules: str = CALC_VERSION
    again: tuple[Difference, ...] | None = None

    @property
    def partner_minor(self) -> int | None:
        """The partner's part as the ladder has it."""
        return next((step.amount for step in self.steps if step.name == "partner"), None)

    def element_of(self, step: Step) -> dict[str, Any] | None:
        """The element of the frozen tariff that priced a line."""
        if not step.name.startswith("line-"):
            return None
        place = self.detail.lines[step.place - 1].element
        elements: list[dict[str, Any]] = (self.detail.tariff or {}).get("elements", [])
        return elements[place] if place is not None and place < len(elements) else None


def explanation(work: Work, session_id: UUID, figure: str = "", *, again: bool = False, whole: bool = True) -> Explanation:
    """The ladder of a rated session, or of one figure of it (``line-1``, ``net``, ``partner`` …; an unknown one is not found).

    ``whole`` is the operator's view of all levels; else a sub-operator sees its own and everybody else the partner's. ``again`` computes
    price and share anew from the frozen inputs and says what differs. Needs the right to see amounts. Refuses ``session_not_rated``.
    """
    detail, row, steps = _priced(work, session_id)
    around, split = split_again(work.session, row)
    level = "operator" if whole else _level(work, around, row)
    gross_prices = _gross_prices(row)
    slices = [(Decimal(each["kwh"]), Decimal(each["rate_net"])) for each in row.electricity or ()]
    metered = Metered(row.energy_wh, row.evse_current, tuple(slices))
    steps += share_ladder(split, detail.lines, metered, gross_prices=gross_prices, level=level)
    chosen = upto(steps, figure) if figure else steps
    if not chosen:
        raise NotFound
    return Explanation(
        detail=detail,
        steps=chosen,
        figure=figure,
        gross_prices=gross_prices,
        held=split.held,
        contract=_contract(around, row, level),
        again=compared(work.session, row, split) if again else None,
    )


def price_explanation(work: Work, session_id: UUID) -> Explanation:
    """The ladder as far as it is the driver's: from quantities to net, VAT and gross, nothing of what others earn. Refuses the same."""
    detail, row, steps = _priced(work, session_id)
    return Explanation(detail=detail, steps=steps, figure="", gross_prices=_gross_prices(row), held=None)


def _priced(work: Work, session_id: UUID) -> tuple[SessionDetail, ChargingSession, tuple[Step, ...]]:
    """A rated session with the steps of its price; for who may see amounts."""
    detail = session_detail(work, session_id)
    work.require(Permission.SESSION_AMOUNTS, partner_id=detail.live.partner_id, location_id=detail.live.location_id)
    row = work.session.get_one(ChargingSession, session_id)
    if row.state != "rated" or row.priced is None:
        raise Conflict("session_not_rated", session=row.code)
    return detail, row, price_ladder(detail.lines, groups_of(row), gross_prices=_gross_prices(row))


def _gross_prices(row: ChargingSession) -> bool:
    return (row.tariff or {}).get("tax_included") == "YES"


def _level(work: Work, around: Surroundings, row: ChargingSession) -> str:
    parent = parent_of(around, row)
    cared = parent is not None and work.can(Permission.CARE_VIEW, partner_id=parent.partner_id)
    return "sub_operator" if cared else "partner"


def _contract(around: Surroundings, row: ChargingSession, level: str) -> dict[str, Any] | None:
    version = around.versions.get(row.contract_version_id) if row.contract_version_id else None
    parent = None if level == "partner" else parent_of(around, row)
    if level == "sub_operator":
        version, parent = parent, None
    return contract_member(version, parent) if version else None


def split_again(session: Session, row: ChargingSession) -> tuple[Surroundings, SessionSplit]:
    """Who gets what of a session, from its frozen lines and the contract versions fixed at the start; the very rules of the statement."""
    lines = session.scalars(select(SessionLine).where(SessionLine.session_id == row.id).order_by(SessionLine.position)).all()
    around = surroundings(session, [row])
    return around, split_of(around, row, lines)[0]


def groups_of(row: ChargingSession) -> list[VatGroup]:
    """The VAT groups as they were frozen."""
    found = []
    for each in (row.priced or {}).get("vat_groups", ()):
        amounts = [Money.parse(each[name], row.currency).minor for name in ("net", "vat", "gross")]
        found.append(VatGroup(None if each["pct"] is None else Decimal(each["pct"]), *amounts))
    return found


def compared(session: Session, row: ChargingSession, split: SessionSplit) -> tuple[Difference, ...]:
    """What differs if price and share are computed again from the frozen inputs; nothing if all is the same."""
    stored = row.priced or {}
    try:
        now = _priced_again(session, row)
    except Invalid as refusal:
        return (Difference("price", stored.get("total_incl_vat", ""), refusal.code),)
    fresh = {**result_json(now), **full_json(now)}
    names = [name for name in (*_COMPARED, "lines", "vat_groups") if stored.get(name) != fresh.get(name)]
    found = [Difference(name, _text(stored.get(name)), _text(fresh.get(name))) for name in names]
    partner = None if split.applied is None or split.held else split.partner
    if partner != row.partner_minor and "missing_electricity_rate" not in row.flags:
        found.append(Difference("partner", _text(row.partner_minor), _text(partner)))
    return tuple(found)


def _priced_again(session: Session, row: ChargingSession) -> PricedSession:
    tariff = parse_tariff(row.tariff)
    frozen = (row.priced or {}).get("input")
    if frozen is not None:
        return price(tariff, parse_session(frozen))
    if row.ended_at is None:
        raise Invalid("no_start", field="ended_at")
    return price(tariff, usage_of(session, row, tariff, row.ended_at).as_use())


def _text(value: Any) -> str:
    return "–" if value is None else str(value)


def case_of(work: Work, session_id: UUID, *, whole: bool = True) -> dict[str, Any]:
    """The session as a case for ``voltpact price``: tariff, use, and what came out; beside it the share and what it was made from."""
    shown = explanation(work, session_id, whole=whole)
    row = work.session.get_one(ChargingSession, session_id)
    stored = dict(row.priced or {})
    full = {"currency", "tax_included", "lines", "vat_groups", "adjustment_reason", "void", "segments", "input"}
    return {
        "name": row.code,
        "tariff": row.tariff,
        "session": stored.get("input"),
        "expected": {name: value for name, value in stored.items() if name not in full},
        "lines": stored.get("lines", []),
        "vat_groups": stored.get("vat_groups", []),
        "contract": shown.contract,
        "share": [{"step": step.name, "amount": str(Money(step.amount, row.currency))} for step in shown.steps],
        "rules": CALC_VERSION,
    }
