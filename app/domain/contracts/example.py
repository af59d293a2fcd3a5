"""One session worked through under some terms, step by step, by the very code that settles real ones."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.kernel.errors import Invalid
from app.money.settlement.fields import plain
from app.money.sharing import split_session

_TIME_ZONE = "UTC"
_MONTH = "2026-01"


@dataclass(frozen=True, slots=True)
class ExampleSession:
    """A session to work through: prices with tax and the net electricity rate in currency units, energy in kWh.

    ``electricity_rate`` None: not known, and then terms that deduct electricity hold the session.
    """

    current: str = "AC"
    kwh: Decimal = Decimal(30)
    price: Decimal = Decimal("0.59")
    connection_price: Decimal = Decimal("1.00")
    minutes: Decimal = Decimal(20)
    minute_price: Decimal = Decimal("0.10")
    electricity_rate: Decimal | None = Decimal("0.25")
    vat_pct: Decimal = Decimal(19)
    channel: str = "adhoc"
    emsp: str = ""
    user_group: str = ""


EXAMPLES = {
    "AC": ExampleSession(),
    "DC": ExampleSession("DC", Decimal(40), Decimal("0.69"), minutes=Decimal(0), minute_price=Decimal(0)),
}


@dataclass(frozen=True, slots=True)
class Example:
    """The figures of an example, in minor units, net unless said; ``pct`` is the partner's share, perhaps by an ``override``."""

    session: ExampleSession
    currency: str
    gross: int
    vat: int
    net: int
    connection: int
    electricity: int
    base: int
    pct: Decimal
    override: str | None
    share: int
    reimbursement: int
    fees: int
    partner: int
    operator: int


def worked_example(terms: dict[str, Any], session: ExampleSession, currency: str) -> Example:
    """The session under terms shaped as the settlement input has them; refuses terms that cannot be settled.

    ``example_without_rate`` at ``electricity_rate`` where electricity is deducted and its price not known.
    """
    contract = {name: value for name, value in terms.items() if name != "parent"} | {"valid_from": _MONTH, "valid_to": _MONTH}
    code = f"S{plain(session.vat_pct)}" if session.vat_pct else "Z0"
    split = split_session(_member(session), contract, {"credit": code, "fees": code}, time_zone=_TIME_ZONE, currency=currency)
    figures, applied = split.figures, split.applied
    if split.held is not None:
        raise Invalid("example_without_rate", field="electricity_rate")
    if figures is None or applied is None:
        raise Invalid("bad_value", field="contract")
    return Example(
        session=session,
        currency=currency,
        gross=figures.paid.gross,
        vat=figures.paid.vat,
        net=figures.paid.net,
        connection=figures.connection_net,
        electricity=figures.electricity_cost,
        base=figures.base,
        pct=applied.pct,
        override=applied.override,
        share=figures.share,
        reimbursement=figures.reimbursement,
        fees=figures.fees,
        partner=figures.partner,
        operator=figures.operator,
    )


def _member(session: ExampleSession) -> dict[str, Any]:
    lines = [
        ("FLAT", Decimal(1), session.connection_price, "C62"),
        ("ENERGY", session.kwh, session.price, "KWH"),
        ("TIME", session.minutes, session.minute_price, "MIN"),
    ]
    rate = None if session.electricity_rate is None else plain(session.electricity_rate)
    return {
        "id": "example",
        "start": f"{_MONTH}-15T10:00:00Z",
        "end": f"{_MONTH}-15T12:00:00Z",
        "charge_point": "example",
        "kwh": plain(session.kwh),
        "evse_current": session.current,
        "channel": session.channel,
        "vat_pct": plain(session.vat_pct),
        "lines": [
            {"dimension": dimension, "quantity": plain(quantity), "unit_price": plain(price), "unit": unit}
            for dimension, quantity, price, unit in lines
            if quantity and price
        ],
        "electricity": [{"kwh": plain(session.kwh), "rate_net": rate}],
        **({"emsp": session.emsp} if session.emsp else {}),
        **({"user_group": session.user_group} if session.user_group else {}),
        **({"payer": "example"} if session.channel == "corporate" else {}),
    }
