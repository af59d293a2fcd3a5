"""One session whole: what its page, its receipt and the desk show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.access.permissions import Permission
from app.domain.sessions.queries import lines_of, live_row, masked, phases_of
from app.domain.sessions.rows import LineRow, LiveSessionRow, PhaseRow
from app.kernel.errors import NotFound
from app.work.unit import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDetail:
    """One session with everything that was frozen for it and came of it."""

    live: LiveSessionRow
    id_token: str
    driver: str
    email: str | None
    partner_name: str | None
    partner_code: str | None
    operator_name: str
    seller: dict[str, Any]
    location_code: str | None
    address: str
    country: str
    evse_uid: str | None
    check_code: str | None
    evse_current: str
    max_w: int | None
    transaction: str | None
    reserved_from: datetime | None
    meter_start_wh: int | None
    meter_stop_wh: int | None
    vat_pct: Decimal
    net_minor: int | None
    vat_minor: int | None
    partner_minor: int | None
    rated_at: datetime | None
    collected_at: datetime | None
    tariff: dict[str, Any] | None
    tariff_name: str | None
    tariff_code: str | None
    tariff_number: int | None
    tariff_from: datetime | None
    contract_code: str | None
    contract_number: int | None
    contract_ac_pct: Decimal | None
    contract_dc_pct: Decimal | None
    priced: dict[str, Any] | None
    card_brand: str | None
    card_last4: str | None
    payment_id: UUID | None
    lines: tuple[LineRow, ...] = ()
    phases: tuple[PhaseRow, ...] = ()

    @property
    def idle_billed_s(self) -> int:
        """Idle seconds that were billed."""
        return int(Decimal((self.priced or {}).get("billed", {}).get("parking_s", "0")))

    @property
    def idle_free_s(self) -> int:
        """Idle seconds that were not: grace, or held back by the station's own doing."""
        parked = [Decimal(each["seconds"]) for each in (self.priced or {}).get("segments", ()) if each["kind"] == "parking"]
        return max(0, int(sum(parked, Decimal(0))) - self.idle_billed_s)

    @property
    def share_pct(self) -> Decimal | None:
        """The partner's agreed share for this kind of current."""
        return self.contract_dc_pct if self.evse_current == "DC" else self.contract_ac_pct


_DETAIL = text(
    """
    select s.id_token, s.email, s.channel, pa.name as partner_name, pa.code as partner_code, o.name as operator_name,
           o.legal_name, o.address as operator_address, o.vat_id, o.help_phone, l.code as location_code,
           coalesce(l.street || ', ' || l.postcode || ' ' || l.city, '') as address, coalesce(l.country, o.country) as country,
           e.evse_uid, e.check_code, s.evse_current, e.max_w,
           coalesce(s.transaction_number::text, s.transaction_ref) as transaction, s.reserved_from, s.meter_start_wh, s.meter_stop_wh,
           s.vat_pct, s.net_minor, s.vat_minor, s.partner_minor, s.rated_at, s.collected_at, s.tariff, t.name as tariff_name,
           t.code as tariff_code, v.number as tariff_number, v.valid_from as tariff_from, c.code as contract_code,
           cv.number as contract_number, cv.ac_pct as contract_ac_pct, cv.dc_pct as contract_dc_pct,
           s.priced, p.card_brand, p.card_last4, s.payment_id
    from charging_session s
    join operator o on o.id = s.operator_id
    left join partner pa on pa.id = s.partner_id
    left join location l on l.id = s.location_id
    left join evse e on e.id = s.evse_id
    left join tariff_version v on v.id = s.tariff_version_id
    left join tariff t on t.id = v.tariff_id
    left join contract_version cv on cv.id = s.contract_version_id
    left join contract c on c.id = cv.contract_id
    left join payment p on p.id = s.payment_id
    where s.id = :id
    """
)
_MONEY = ("net_minor", "vat_minor", "partner_minor", "priced")


def session_detail(work: Work, session_id: UUID) -> SessionDetail:
    """A session with everything that was frozen for it and came of it; four statements. ``NotFound`` out of sight.

    Who may not see amounts gets the session without them.
    """
    live = live_row(work.session, session_id, at=work.now)
    if not work.can(Permission.SESSION_VIEW, partner_id=live.partner_id, location_id=live.location_id):
        raise NotFound
    found: dict[str, Any] = dict(work.session.execute(_DETAIL, {"id": session_id}).mappings().one())
    seller = {
        "name": found.pop("legal_name"),
        "address": found.pop("operator_address"),
        "vat_id": found.pop("vat_id"),
        "help_phone": found.pop("help_phone"),
    }
    driver = masked(found["email"], found["id_token"], found.pop("channel"))
    amounts = work.can(Permission.SESSION_AMOUNTS, partner_id=live.partner_id)
    if not amounts:
        found.update(dict.fromkeys(_MONEY))
    return SessionDetail(
        live=live if amounts else live.without_amounts(),
        driver=driver,
        seller=seller,
        lines=lines_of(work.session, session_id) if amounts else (),
        phases=phases_of(work.session, session_id),
        **found,
    )
