"""Reads sessions and refunds (settlement.md §2)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from app.kernel.errors import Invalid
from app.kernel.periods import Month
from app.money.amount import decimals
from app.money.settlement import fields as f
from app.money.settlement.inputs import (
    CHANNELS,
    CURRENTS,
    DIMENSIONS,
    Correction,
    Discount,
    Line,
    Refund,
    Session,
    Slice,
)
from app.money.settlement.partners import dated

_REQUIRED = ("id", "start", "end", "charge_point", "kwh", "evse_current", "channel", "vat_pct", "lines")
_WHO = ("emsp", "user_group", "user_groups", "supplier", "payer", "driver", "corporate_gross", "own_method", "paid_with")
_PRICE = ("tax_included", "currency", "reference_lines", "electricity", "interval_metered", "discount")
_LATER = ("collected_on", "written_off_on", "received_at", "settled_in", "hold")
_CORRECTED = ("lines", "reference_lines", "kwh", "electricity", "discount")
_HOLDS = f.one_of("disputed", "excluded")
_WH = 3


def currency(value: object, at: str) -> str:
    """A currency of ISO 4217."""
    word = f.text(value, at)
    try:
        decimals(word)
    except Invalid as error:
        raise Invalid("bad_value", field=at) from error
    return word


def read_session(value: object, at: str, home: str) -> Session:
    """A finished session; ``home`` is the statement's currency."""
    members = f.Members(value, at, _REQUIRED, (*_WHO, *_PRICE, *_LATER))
    money = members.maybe("currency", currency, home)
    places = decimals(money)
    channel = members.read("channel", f.one_of(*CHANNELS))
    return Session(
        id=members.read("id", f.text),
        start=members.read("start", f.instant),
        end=members.read("end", f.instant),
        charge_point=members.read("charge_point", f.text),
        wh=members.read("kwh", f.scaled_positive(_WH)),
        current=members.read("evse_current", f.one_of(*CURRENTS)),
        channel=channel,
        emsp=members.maybe("emsp", f.text, None),
        user_groups=_groups(members),
        supplier=members.maybe("supplier", f.one_of("operator", "partner"), None),
        payer=_payer(members, channel),
        driver=members.maybe("driver", f.text, None),
        corporate_gross=members.maybe("corporate_gross", f.scaled_positive(places), None),
        own_method=members.maybe("own_method", f.flag, True),
        paid_with=members.maybe("paid_with", f.one_of("card", "balance", "voucher", "invoice"), "card"),
        vat_pct=members.read("vat_pct", _rates),
        tax_included=members.maybe("tax_included", f.flag, True),
        currency=money,
        lines=members.read("lines", _lines(places)),
        reference_lines=members.maybe("reference_lines", _lines(places), ()),
        electricity=members.maybe("electricity", f.list_of(_slice), ()),
        interval_metered=members.maybe("interval_metered", f.flag, True),
        discount=members.maybe("discount", _discount(places), None),
        collected_on=members.maybe("collected_on", f.day, None),
        written_off_on=members.maybe("written_off_on", f.day, None),
        received_at=members.maybe("received_at", f.instant, None),
        settled_in=members.maybe("settled_in", f.month, None),
        hold=members.maybe("hold", _HOLDS, None),
    )


def _groups(members: f.Members) -> tuple[str, ...]:
    """One group (``user_group``) or several (``user_groups``), not both."""
    one = members.maybe("user_group", f.text, None)
    if one is None:
        return members.maybe("user_groups", f.list_of(f.text), ())
    if members.has("user_groups"):
        raise Invalid("bad_value", field=members.at("user_groups"))
    return (one,)


def _payer(members: f.Members, channel: str) -> str | None:
    if channel == "corporate":
        return members.read("payer", f.text)
    if members.has("payer"):
        raise Invalid("bad_value", field=members.at("payer"))
    return None


def _rates(value: object, at: str) -> f.Dated[Decimal]:
    if not isinstance(value, list):
        return f.Dated(((date.min, f.pct(value, at)),))
    steps = []
    for index, entry in enumerate(value):
        members = f.Members(entry, f"{at}[{index}]", ("from", "pct"))
        steps.append((members.read("from", f.day), members.read("pct", f.pct)))
    return dated(steps, at)


def _lines(places: int) -> f.Reader[tuple[Line, ...]]:
    def read(value: object, at: str) -> Line:
        members = f.Members(value, at, ("dimension",), ("quantity", "unit_price", "amount", "unit", "vat_pct"))
        if members.has("amount") and members.has("unit_price"):
            raise Invalid("amount_and_price", field=at)
        priced = not members.has("amount")
        return Line(
            dimension=members.read("dimension", f.one_of(*DIMENSIONS)),
            quantity=members.read("quantity", f.decimal) if priced else members.maybe("quantity", f.decimal, None),
            unit_price=members.read("unit_price", f.decimal) if priced else None,
            amount=None if priced else members.read("amount", f.scaled(places)),
            unit=members.maybe("unit", f.one_of("KWH", "MIN", "HUR", "C62"), None),
            vat_pct=members.maybe("vat_pct", f.pct, None),
        )

    return f.list_of(read)


def _slice(value: object, at: str) -> Slice:
    members = f.Members(value, at, ("kwh", "rate_net"))
    return Slice(members.read("kwh", f.scaled_positive(_WH)), members.read("rate_net", _rate))


def _rate(value: object, at: str) -> Decimal | None:
    return None if value is None else f.decimal(value, at)


def _discount(places: int) -> f.Reader[Discount]:
    def read(value: object, at: str) -> Discount:
        members = f.Members(value, at, (), ("pct", "amount", "funded_by"))
        if members.has("pct") == members.has("amount"):
            raise Invalid("bad_value" if members.has("pct") else "missing_member", field=members.at("pct"))
        return Discount(
            pct=members.maybe("pct", f.pct, None),
            amount=members.maybe("amount", f.scaled_positive(places), None),
            funded_by=members.maybe("funded_by", f.one_of("operator", "partner"), "operator"),
        )

    return read


def read_refund(value: object, at: str, places: int) -> Refund:
    """A refund; ``places`` are the decimals of the currency of the session it reverses."""
    members = f.Members(value, at, ("id", "reverses", "booked_on"), ("refund", "collected_on", "settled_in", "hold"))
    return Refund(
        id=members.read("id", f.text),
        reverses=members.read("reverses", f.text),
        booked_on=members.read("booked_on", f.day),
        correction=members.maybe("refund", _correction(places), None),
        collected_on=members.maybe("collected_on", f.day, None),
        settled_in=members.maybe("settled_in", f.month, None),
        hold=members.maybe("hold", _HOLDS, None),
    )


def _correction(places: int) -> f.Reader[Correction]:
    def read(value: object, at: str) -> Correction:
        members = f.Members(value, at, (), _CORRECTED)
        return Correction(
            lines=members.maybe("lines", _lines(places), None),
            reference_lines=members.maybe("reference_lines", _lines(places), None),
            wh=members.maybe("kwh", f.scaled_positive(_WH), None),
            electricity=members.maybe("electricity", f.list_of(_slice), None),
            discount=members.maybe("discount", _discount(places), None),
        )

    return read


def settled_before(settled_in: Month | None, month: Month, at: str) -> None:
    """Refuse a statement that is said to have the row already but is not an earlier one."""
    if settled_in is not None and settled_in >= month:
        raise Invalid("settled_in_not_earlier", field=at)
