"""A driver's personal data: shown on demand and noted, taken away as a file, erased for good. What was charged and paid stays."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import text, update

from app.access.actor import ALL
from app.access.permissions import Permission
from app.domain.drivers.events import ContactShown, DriverDataTaken, DriverErased
from app.domain.drivers.finding import about, found_driver
from app.domain.drivers.models import Driver, DriverImport, DriverLink
from app.domain.drivers.queries import balance_of, cards_of, debts_of, driver_by_code, partner_of_driver, top_ups
from app.domain.drivers.rows import DriverRow
from app.domain.people.models import MailMessage
from app.kernel.errors import Conflict, Invalid
from app.money.amount import Money, decimals, to_text
from app.work.unit import Work

_CHARGES = text(
    """
    select c.month, c.currency, c.gross_minor, c.company_minor, c.balance_minor, c.own_minor, p.paid_at, s.code, s.started_at, s.ended_at,
      s.energy_wh, l.name as place
    from driver_charge c left join driver_charge_paid p on p.session_id = c.session_id
    left join charging_session s on s.id = c.session_id and :all left join location l on l.id = s.location_id
    where c.driver_id = :driver order by c.month, c.session_id
    """
)
_RUNS = text(
    "select exists (select from charging_session s where s.driver_id = :driver "
    "and s.state in ('requested', 'starting', 'charging', 'stopped'))"
)
_STORED = text(
    "select name, card_brand, card_last4, expires_on, consent, consent_at, removed_at from stored_card "
    "where driver_id = :driver order by created_at"
)
_CARDS = text(
    "update id_token set value = 'ERASED-' || upper(left(replace(id::text, '-', ''), 24)), label = '', status = 'blocked' "
    "where driver_id = :driver"
)


def show_contact(work: Work, partner_id: UUID, code: str) -> DriverRow:
    """The driver with address and phone; the log notes who looked (B39)."""
    driver = found_driver(work, partner_id, code)
    work.require(Permission.DRIVER_VIEW, partner_id=partner_id)
    work.record(ContactShown(**about(driver)))
    return driver_by_code(work, partner_id, code)


def driver_data(work: Work, partner_id: UUID, code: str) -> dict[str, Any]:
    """Everything that is kept of one driver, as JSON; the log notes who took it.

    People of the account get what their pages show: the account's and the balance's part by month, neither place nor time of charges,
    nor what the driver paid (decision 0012, and what drivers are told when they join); the operator's own get all.
    """
    driver = found_driver(work, partner_id, code)
    work.require(Permission.DRIVER_EDIT, partner_id=partner_id)
    row, staff = driver_by_code(work, partner_id, code), work.actor.partners is ALL
    charges = work.session.execute(_CHARGES, {"driver": driver.id, "all": staff}).mappings().all()
    stored = work.session.execute(_STORED, {"driver": driver.id}).mappings().all()
    work.record(DriverDataTaken(**about(driver)))
    return {
        "driver": row.code,
        "partner": row.partner_name,
        "taken_at": work.now.isoformat(),
        "name": row.name,
        "email": row.email,
        "phone": row.phone,
        "language": row.language,
        "group": row.group,
        "state": row.state,
        "company": _company(row, driver),
        "cards": [
            {"number": c.value, "label": c.label, "state": c.status} | ({"last_used_at": _when(c.last_used_at)} if staff else {})
            for c in cards_of(work, driver.id)
        ],
        "balance": _amount(row.balance_minor, row.currency),
        "added": [
            {"amount": _amount(t.amount_minor, t.currency), "reason": t.reason, "state": t.state, "at": _when(t.asked_at)}
            for t in top_ups(work, driver.id)
        ],
        # the account's people find none here: row-level security keeps them from the drivers' own
        "cards_to_pay": [
            {"name": s["name"], "brand": s["card_brand"], "last4": s["card_last4"], "expires_on": s["expires_on"] and str(s["expires_on"])}
            | {"consent": s["consent"], "consent_at": _when(s["consent_at"]), "removed_at": _when(s["removed_at"])}
            for s in stored
        ],
        "charges": [_charge(dict(each), staff=staff) for each in charges],
    }


def _company(row: DriverRow, driver: Driver) -> dict[str, Any]:
    """What the driver said to charging on the company's account."""
    said = {"offered": row.corporate, "answer": row.company_state, "answered_at": _when(driver.company_at)}
    return said | {"always": driver.company_choice}


def erase_driver(work: Work, partner_id: UUID, code: str, typed: str) -> None:
    """Blank name, address, phone and card numbers for good; sums and entries stay. ``typed``: the driver's code, as second confirmation.

    Refuses ``driver_owes``, ``driver_charges`` (a session runs or is not priced) and ``driver_has_balance``.
    """
    driver = found_driver(work, partner_id, code)
    work.require(Permission.DRIVER_EDIT, partner_id=partner_id)
    if typed.strip().upper() != driver.code:
        raise Invalid("type_the_code", field="code", driver=driver.code)
    owed = debts_of(work.session, [driver.id]).get(driver.id, ())
    if owed:
        raise Conflict("driver_owes", amount=owed[0])
    if work.session.scalar(_RUNS, {"driver": driver.id}):
        raise Conflict("driver_charges")
    currency = partner_of_driver(work, partner_id).currency
    left = balance_of(work.session, driver, currency)
    if left:
        raise Conflict("driver_has_balance", amount=Money(left, currency))
    _blank_mails(work, partner_id, driver.email)
    work.session.execute(_CARDS, {"driver": driver.id})
    work.later("payments.forget_cards", key=f"forget-cards:{driver.id}", driver_id=driver.id)
    work.session.execute(update(DriverLink).where(DriverLink.driver_id == driver.id, DriverLink.used_at.is_(None)).values(used_at=work.now))
    lists = update(DriverImport).where(DriverImport.partner_id == partner_id, DriverImport.state != "waiting")
    work.session.execute(lists.values(body="", problems=[]))
    driver.name, driver.email, driver.phone = driver.code, f"{driver.code.lower()}@erased.invalid", ""
    driver.state, driver.corporate, driver.company_state, driver.limit_minor, driver.group_id = "blocked", False, None, None, None
    driver.erased_at = work.now
    work.session.flush()
    work.record(DriverErased(**about(driver)))


def _blank_mails(work: Work, partner_id: UUID, address: str) -> None:
    mine = update(MailMessage).where(MailMessage.partner_id == partner_id, MailMessage.to_address == address, MailMessage.state != "queued")
    work.session.execute(mine.values(to_address="", subject="", body_text="", body_html=""))


def _charge(row: dict[str, Any], *, staff: bool) -> dict[str, Any]:
    currency = row["currency"]
    names = ("gross", "company", "balance", "own") if staff else ("company", "balance")
    said: dict[str, Any] = {"month": str(row["month"])[:7], **{name: _amount(row[f"{name}_minor"], currency) for name in names}}
    if staff:
        said["own_part_paid_at"] = _when(row["paid_at"])
    if row["code"] is None:
        return said
    where = {"session": row["code"], "place": row["place"], "kwh": to_text(row["energy_wh"], 3)}
    return said | where | {"started_at": _when(row["started_at"]), "ended_at": _when(row["ended_at"])}


def _amount(minor: int, currency: str) -> str:
    return f"{to_text(minor, decimals(currency))} {currency}"


def _when(at: Any) -> str | None:
    return None if at is None else at.isoformat()
