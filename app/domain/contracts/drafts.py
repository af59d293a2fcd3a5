"""Terms on their way into a draft, and out to the settlement: checks, columns, and the shape the money floor reads."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from app.access.permissions import Permission
from app.access.roles import DELEGATED
from app.domain.contracts.models import ContractVersion
from app.domain.contracts.overriding import checked_overrides
from app.domain.contracts.parts import DraftPart, ElectricityPart, FeesPart, LimitsPart, OverridesPart, PermissionsPart, SharePart, TermPart
from app.domain.contracts.rows import ContractVersionRow
from app.domain.contracts.values import BASES, KINDS, MARGINS, POLICIES, SUBSCRIPTIONS, SUPPLIERS
from app.domain.people import checks
from app.kernel.errors import Invalid
from app.kernel.periods import Month
from app.money.amount import decimals
from app.money.canonical import canonical_json, digest
from app.money.settlement.contracts import read_contract
from app.money.settlement.fields import plain

_WORDS = {"policy", "handling_base"}
#: prices and fees keep at most so many decimals
_PLACES = 5
_MOST_CARRIED = 24
_SWITCHES = ("exclude_connection_fee", "deduct_electricity", "reimburse_electricity")
#: columns of a version whose changes the log shows; all but the first three are terms of money
TERMS = (
    "first_month", "last_month", "auto_renewal", "kind", "ac_pct", "dc_pct", *_SWITCHES,
    "minimum_payout_minor", "carry_months", "electricity_price", "electricity_vat_pct", "reimbursement_fee", "price_limits",
)  # fmt: skip
_MONEY = TERMS[3:]


def checked_part(part: DraftPart, terms: dict[str, Any], currency: str) -> dict[str, Any]:
    """The columns of a version that a part of the editor sets, given the other terms; refuses what cannot be agreed, at its field."""
    match part:
        case TermPart():
            return _term(part, terms, currency)
        case SharePart():
            return _share(part, terms)
        case FeesPart():
            return _fees(part, terms)
        case ElectricityPart():
            return _electricity(part)
        case OverridesPart():
            return checked_overrides(part, terms)
        case PermissionsPart():
            return _permissions(part)
        case LimitsPart():
            return {"price_limits": {kind: _price(most, kind) for kind, most in part.limits.agreed}}


def _term(part: TermPart, terms: dict[str, Any], currency: str) -> dict[str, Any]:
    if part.last_month is not None and part.last_month < part.first_month:
        raise Invalid("ends_before_start", field="last_month")
    if part.auto_renewal and part.last_month is None:
        raise Invalid("renewal_open_end", field="auto_renewal")
    supplier = checks.one_of(part.supplier, SUPPLIERS, "supplier")
    kind = checks.one_of(part.kind, KINDS, "kind")
    if kind == "payment_facilitation" and supplier != "partner":
        raise Invalid("facilitation_sells", field="supplier")
    if not 0 <= part.carry_months <= _MOST_CARRIED:
        raise Invalid("carry_out_of_range", field="carry_months", most=_MOST_CARRIED)
    return {
        "first_month": part.first_month.first,
        "last_month": None if part.last_month is None else part.last_month.first,
        "auto_renewal": part.auto_renewal,
        "kind": kind,
        "minimum_payout_minor": _minor(part.minimum_payout, currency, "minimum_payout"),
        "carry_months": part.carry_months,
        "terms": _with(terms, "supplier", None if supplier == "operator" else supplier),
    }


def _minor(amount: Decimal, currency: str, name: str) -> int:
    if amount < 0:
        raise Invalid("negative_price", field=name)
    places = decimals(currency)
    if amount != round(amount, places):
        raise Invalid("too_many_decimals", field=name, places=places)
    return int(amount.scaleb(places))


def _share(part: SharePart, terms: dict[str, Any]) -> dict[str, Any]:
    for name in ("ac_pct", "dc_pct"):
        _pct(getattr(part, name), name)
    if part.reimburse_electricity and not part.deduct_electricity:
        raise Invalid("reimburse_without_deduct", field="reimburse_electricity")
    margin = checks.one_of(part.negative_margin, MARGINS, "negative_margin")
    plans = checks.one_of(part.subscription_settlement, SUBSCRIPTIONS, "subscription_settlement")
    if plans == "rate_per_kwh" and part.subscription_rate is None:
        raise Invalid("missing", field="subscription_rate")
    rate = None if plans != "rate_per_kwh" or part.subscription_rate is None else _price(part.subscription_rate, "subscription_rate")
    changed = _with(terms, "negative_margin", None if margin == "share" else margin)
    changed = _with(changed, "subscription_settlement", None if plans == "reference_tariff" else plans)
    changed = _with(changed, "subscription_rate_per_kwh", rate)
    changed = _with(changed, "operator_bears_credit_risk", part.credit_risk or None)
    columns = {name: getattr(part, name) for name in ("ac_pct", "dc_pct", *_SWITCHES)}
    return columns | {"terms": changed}


def _fees(part: FeesPart, terms: dict[str, Any]) -> dict[str, Any]:
    checks.one_of(part.platform.policy, POLICIES, "policy")
    checks.one_of(part.session.handling_base, BASES, "handling_base")
    _pct(part.session.handling_pct, "handling_pct")
    platform, session = _prices(part.platform), _prices(part.session)
    changed = _with(terms, "platform_fee", platform if any(n != "policy" for n in platform) else None)
    changed = _with(changed, "fees", session if any(n != "handling_base" for n in session) else None)
    floor = {"min_minutes": _price(part.floor_minutes, "floor_minutes", 2), "min_kwh": _price(part.floor_kwh, "floor_kwh", 3)}
    _price(part.reimbursement, "reimbursement")
    return {
        "reimbursement_fee": part.reimbursement,
        "terms": _with(changed, "billing_floor", {name: value for name, value in floor.items() if value != "0"} or None),
    }


def _electricity(part: ElectricityPart) -> dict[str, Any]:
    _pct(part.vat_pct, "vat_pct")
    if part.price is not None:
        _price(part.price, "price")
    return {"electricity_price": part.price, "electricity_vat_pct": part.vat_pct if part.price is not None else Decimal(0)}


def _permissions(part: PermissionsPart) -> dict[str, Any]:
    for right in part.permissions:
        if right not in {p.value for p in DELEGATED}:
            raise Invalid("unknown_choice", field="permissions", value=right)
    return {"permissions": sorted(set(part.permissions), key=list(Permission).index)}


def _pct(value: Decimal, name: str) -> None:
    if not 0 <= value <= 100:
        raise Invalid("pct_out_of_range", field=name)
    if value != round(value, 2):
        raise Invalid("too_many_decimals", field=name, places=2)


def _prices(part: Any) -> dict[str, str]:
    """The members that say something, decimals as strings."""
    said: dict[str, str] = {}
    for member in fields(part):
        value = getattr(part, member.name)
        if member.name in _WORDS:
            said[member.name] = value
        elif _price(value, member.name) != "0":
            said[member.name] = plain(value)
    return said


def _price(value: Decimal, name: str, places: int = _PLACES) -> str:
    if value < 0:
        raise Invalid("negative_price", field=name)
    if value != round(value, places):
        raise Invalid("too_many_decimals", field=name, places=places)
    return plain(value)


def _with(terms: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    rest = {key: kept for key, kept in terms.items() if key != name}
    return rest if value is None else rest | {name: value}


def settlement_terms(version: ContractVersionRow, parent: ContractVersionRow | None = None) -> dict[str, Any]:
    """A version as the settlement input wants it: months as ``2026-10``, decimals as strings; the id is the contract's code.

    ``parent``: the version in force between operator and sub-operator, where the partner is in a sub-operator's care. A contract that
    renews itself has no last month.
    """
    members: dict[str, Any] = {
        "id": version.contract_code,
        "version": version.number,
        "valid_from": str(version.first),
        "ac_pct": plain(version.ac_pct),
        "dc_pct": plain(version.dc_pct),
        "exclude_connection_fee": version.exclude_connection_fee,
        "deduct_electricity_cost": version.deduct_electricity,
        "reimburse_electricity_cost": version.reimburse_electricity,
    }
    if version.end is not None:
        members["valid_to"] = str(version.end)
    if parent is not None:
        shared = {name: parent.terms[name] for name in ("overrides", "fees") if name in parent.terms}
        members["parent"] = {"id": parent.contract_code, "ac_pct": plain(parent.ac_pct), "dc_pct": plain(parent.dc_pct)} | shared
    return members | version.terms


def require_settleable(version: ContractVersionRow, parent: ContractVersionRow | None) -> None:
    """Refuse terms that the settlement would refuse, before anybody is bound by them."""
    read_contract(settlement_terms(version, parent), "contract")


def require_room(below: ContractVersionRow, above: ContractVersionRow, refusal: Invalid) -> None:
    """``refusal`` where the partner's terms give more than those of the level above it."""
    try:
        require_settleable(below, above)
    except Invalid as found:
        if found.code == "child_above_parent":
            raise refusal from found


def with_part(version: ContractVersionRow, part: DraftPart) -> ContractVersionRow:
    """A version as it would be with another part; nothing is stored. Refuses as a save would."""
    return replace(version, **checked_part(part, version.terms, version.currency))


def shown_terms(version: ContractVersion) -> dict[str, Any]:
    """A version's terms as the log keeps them."""
    columns = {name: getattr(version, name) for name in TERMS}
    return columns | {"permissions": list(version.permissions)} | dict(sorted(version.terms.items()))


def money_terms(version: ContractVersion) -> dict[str, Any]:
    """What a second person looks at: every term that moves an amount."""
    return {name: getattr(version, name) for name in _MONEY} | {"terms": version.terms}


def terms_hash(version: ContractVersionRow) -> str:
    """The fingerprint of all that a replay of sessions depends on; another one: the replay is out of date."""
    rate = version.electricity_net
    extra = {"electricity": None if rate is None else plain(rate), "first": str(version.first)}
    return digest(canonical_json([settlement_terms(version), extra, version.minimum_payout_minor, plain(version.reimbursement_fee)]))


def first_allowed(now: Month, *, replaces: bool) -> Month:
    """The earliest first month: this month for a first version, the next one where sessions of this month are priced already."""
    return now.plus(1) if replaces else now
