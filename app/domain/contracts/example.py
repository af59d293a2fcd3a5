"""One session worked through under some terms, step by step, by the very code that settles real ones."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.kernel.errors import Invalid
from app.money.sharing import split_session

_TIME_ZONE = "UTC"
_MONTH = "2026-01"
#: price with tax per kWh, and energy in kWh, of the example by current
_PRICES = {"AC": ("0.49", "20"), "DC": ("0.69", "40")}
_CONNECTION = "1.00"
_ELECTRICITY = "0.25"
_VAT = "19"


@dataclass(frozen=True, slots=True)
class Example:
    """The figures of the example, in minor units, net unless said; ``pct`` is the partner's share."""

    current: str
    currency: str
    kwh: str
    price: Decimal
    connection_price: Decimal
    electricity_rate: Decimal
    vat_pct: Decimal
    gross: int
    vat: int
    net: int
    connection: int
    electricity: int
    base: int
    pct: Decimal
    share: int
    reimbursement: int
    fees: int
    partner: int
    operator: int


def worked_example(terms: dict[str, Any], current: str, currency: str) -> Example:
    """The example session under terms shaped as the settlement input has them; refuses terms that cannot be settled."""
    price, kwh = _PRICES[current]
    contract = terms | {"valid_from": _MONTH, "valid_to": _MONTH}
    tax = {"credit": f"S{_VAT}", "fees": f"S{_VAT}"}
    split = split_session(_session(current, price, kwh), contract, tax, time_zone=_TIME_ZONE, currency=currency)
    figures, applied = split.figures, split.applied
    if figures is None or applied is None:
        raise Invalid("bad_value", field="contract")
    return Example(
        current=current,
        currency=currency,
        kwh=kwh,
        price=Decimal(price),
        connection_price=Decimal(_CONNECTION),
        electricity_rate=Decimal(_ELECTRICITY),
        vat_pct=Decimal(_VAT),
        gross=figures.paid.gross,
        vat=figures.paid.vat,
        net=figures.paid.net,
        connection=figures.connection_net,
        electricity=figures.electricity_cost,
        base=figures.base,
        pct=applied.pct,
        share=figures.share,
        reimbursement=figures.reimbursement,
        fees=figures.fees,
        partner=figures.partner,
        operator=figures.operator,
    )


def _session(current: str, price: str, kwh: str) -> dict[str, Any]:
    lines = [
        {"dimension": "FLAT", "quantity": "1", "unit_price": _CONNECTION, "unit": "C62"},
        {"dimension": "ENERGY", "quantity": kwh, "unit_price": price, "unit": "KWH"},
    ]
    return {
        "id": "example",
        "start": f"{_MONTH}-15T10:00:00Z",
        "end": f"{_MONTH}-15T12:00:00Z",
        "charge_point": "example",
        "kwh": kwh,
        "evse_current": current,
        "channel": "adhoc",
        "vat_pct": _VAT,
        "lines": lines,
        "electricity": [{"kwh": kwh, "rate_net": _ELECTRICITY}],
    }
