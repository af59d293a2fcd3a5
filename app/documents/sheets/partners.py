"""Partners, their contracts and their drivers as files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from app.access.permissions import Permission
from app.documents.sheets.sheet import Sheet, Wanted
from app.domain.contracts.care import CareRow, sub_operator_lines
from app.domain.contracts.queries import contracts
from app.domain.contracts.rows import ContractFilter, ContractRow, ContractVersionRow, PartnerOverview
from app.domain.drivers.queries import all_drivers
from app.domain.drivers.rows import DriverFilter, DriverRow
from app.domain.people.rows import PartnerFilter
from app.domain.settlement.partner_list import partner_lines
from app.kernel.periods import Month
from app.money.amount import decimals, to_text
from app.work.unit import Work

_PARTNER = (
    "partner", "code", "kind", "state", "country", "city", "contract", "version", "contract_ends", "ac_pct", "dc_pct", "locations",
    "charge_points", "ac_evses", "dc_evses", "people", "last_sign_in", "revenue_this_month_net", "currency", "missing",
)  # fmt: skip
_CARE = (
    "sub_operator", "code", "state", "partners_in_care", "charge_points_in_care", "care_points", "control_tariffs", "control_groups",
    "care_prices", "contract", "version", "contract_ends", "ac_pct", "dc_pct", "can_receive_money",
)  # fmt: skip
_CONTRACT = (
    "contract", "name", "partner", "partner_code", "version", "state", "first_month", "last_month", "auto_renewal", "ac_pct", "dc_pct",
    "currency", "charge_points",
)  # fmt: skip
_DRIVER = (
    "driver", "name", "email", "partner", "partner_code", "group", "state", "company", "used", "limit", "balance", "owes", "currency",
    "cards",
)  # fmt: skip
#: words of the filters
PARTNER_WORDS = ("text", "state", "kind", "parent_code", "country", "money", "package", "contract_end", "missing", "manager")
CONTRACT_WORDS = ("text", "state", "ending")
DRIVER_WORDS = ("text", "partner", "group", "state", "company")


def partner_filter(given: Wanted) -> PartnerFilter:
    """The filter of an address."""
    return PartnerFilter(**{name: given.get(name, "").strip() for name in PARTNER_WORDS})


def contract_filter(given: Wanted, today: date) -> ContractFilter:
    """The filter of an address; ``ending=60`` narrows to what ends within so many days."""
    days = given.get("ending", "")
    ending = Month.of(date.fromordinal(today.toordinal() + int(days))) if days.isdecimal() and len(days) < 5 else None
    return ContractFilter(given.get("text", "").strip(), given.get("state", ""), ending)


def driver_filter(given: Wanted) -> DriverFilter:
    """The filter of an address."""
    return DriverFilter(**{name: given.get(name, "").strip() for name in DRIVER_WORDS})


def _partner(_work: Work, row: PartnerOverview) -> Iterable[list[Any]]:
    p, terms, held = row.partner, row.contract, row.holdings
    contract = _terms(terms)
    who = [p.name, p.code, p.kind, p.state, p.country, p.city]
    revenue = None if row.revenue_minor is None else to_text(row.revenue_minor, decimals(p.currency))
    has = [held.locations, held.points, held.ac_evses, held.dc_evses, row.people, row.last_sign_in_at]
    yield [*who, *contract, *has, revenue, p.currency, " ".join(row.flags)]


def _terms(terms: ContractVersionRow | None) -> list[Any]:
    return [terms.contract_code, terms.number, str(terms.end or ""), terms.ac_pct, terms.dc_pct] if terms else [None] * 5


def _care(work: Work, row: CareRow) -> Iterable[list[Any]]:
    p, r = row.own.partner, row.rights
    may = [r.care_points, r.control_tariffs, r.control_groups, r.care_prices]
    money = row.own.hindrance is None if work.can(Permission.BANK_VIEW, partner_id=p.id) else None
    yield [p.name, p.code, p.state, row.partners, row.points, *may, *_terms(row.own.contract), money]


def _contract(work: Work, row: ContractRow) -> Iterable[list[Any]]:
    today = work.now.date()
    v = row.current(today)
    months = [str(v.first), str(v.last or ""), v.auto_renewal]
    who = [row.code, row.name, row.partner_name, row.partner_code, v.number, v.state_on(today)]
    yield [*who, *months, v.ac_pct, v.dc_pct, row.currency, row.points]


def _driver(_work: Work, row: DriverRow) -> Iterable[list[Any]]:
    places = decimals(row.currency)
    limit = None if row.limit_minor is None else to_text(row.limit_minor, places)
    who = [row.code, row.name, row.masked_email, row.partner_name, row.partner_code, row.group, row.state, row.company_state or ""]
    owes = " + ".join(f"{to_text(one.minor, decimals(one.currency))} {one.currency}" for one in row.debts)
    yield [*who, to_text(row.used_minor, places), limit, to_text(row.balance_minor, places), owes, row.currency, row.cards]


PARTNERS = Sheet(
    "partners",
    Permission.PARTNER_VIEW,
    _PARTNER,
    PARTNER_WORDS,
    lambda work, wanted, cursor, limit: partner_lines(work, partner_filter(wanted), cursor=cursor, limit=limit),
    _partner,
)
SUB_OPERATORS = Sheet(
    "sub-operators",
    Permission.FEATURE_VIEW,
    _CARE,
    ("text",),
    lambda work, wanted, cursor, limit: sub_operator_lines(work, wanted.get("text", ""), cursor=cursor, limit=limit),
    _care,
)
CONTRACTS = Sheet(
    "contracts",
    Permission.CONTRACT_VIEW,
    _CONTRACT,
    CONTRACT_WORDS,
    lambda work, wanted, cursor, limit: contracts(work, contract_filter(wanted, work.now.date()), cursor=cursor, limit=limit),
    _contract,
)
DRIVERS = Sheet(
    "drivers",
    Permission.DRIVER_VIEW,
    _DRIVER,
    DRIVER_WORDS,
    lambda work, wanted, cursor, limit: all_drivers(work, driver_filter(wanted), cursor=cursor, limit=limit),
    _driver,
)
