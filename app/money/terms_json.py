"""Tariff terms from and to JSON-like objects (OCPI 2.2.1 with our ``ext``). Refuses rather than guesses: code and path."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from app.kernel.errors import Invalid
from app.money.amount import decimals
from app.money.ext_json import extensions_json, given, parse_extensions
from app.money.fields import Fields, TariffInvalid
from app.money.limits import bounds
from app.money.terms import (
    WEEKDAYS,
    Component,
    Dimension,
    Element,
    HolidayRule,
    Limit,
    ReservationKind,
    Restrictions,
    Tariff,
    TaxIncluded,
)
from app.money.vat import check_pct
from app.money.zones import to_datetime

#: members of an OCPI tariff that describe it and change no amount
_DESCRIBING = (
    "country_code", "party_id", "type", "tariff_alt_text", "tariff_alt_url", "energy_mix", "last_updated", "preauthorize_amount",
)  # fmt: skip
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_BOUNDS = ("min_kwh", "max_kwh", "min_current", "max_current", "min_power", "max_power")
_DIMENSIONS = frozenset(Dimension)
_DAYS = frozenset(WEEKDAYS)


def parse_tariff(value: object, path: str = "") -> Tariff:
    """The terms of an OCPI tariff object; refuses ``TariffInvalid`` with a stable code and a path such as
    ``elements[2].restrictions.start_time``."""
    fields = Fields(value, path, TariffInvalid)
    elements = tuple(_element(each) for each in fields.children("elements"))
    ext = parse_extensions(fields.child("ext"))
    if not elements and ext.dynamic is None:
        raise fields.refuse("no_elements", "elements")
    tariff = Tariff(
        id=fields.text("id") if fields.get("id") else "",
        currency=_currency(fields),
        elements=elements,
        tax_included=_tax_included(fields),
        min_price=_limit(fields.child("min_price")),
        max_price=_limit(fields.child("max_price")),
        valid_from=fields.instant("start_date_time") if fields.has("start_date_time") else None,
        valid_until=fields.instant("end_date_time") if fields.has("end_date_time") else None,
        ext=ext,
    )
    fields.skip(*_DESCRIBING)
    fields.close()
    _check_whole(tariff, fields)
    return tariff


def _currency(fields: Fields) -> str:
    currency = fields.text("currency")
    try:
        decimals(currency)
    except Invalid as error:
        raise fields.refuse("unknown_currency", "currency", currency=currency) from error
    return currency


def _tax_included(fields: Fields) -> TaxIncluded:
    if not fields.has("tax_included"):
        return TaxIncluded.NO
    return TaxIncluded(fields.choice("tax_included", frozenset(TaxIncluded)))


def _check_whole(tariff: Tariff, fields: Fields) -> None:
    """What single fields cannot show."""
    limit = bounds(tariff)
    if limit.net_least > limit.net_most:
        raise fields.refuse("min_above_max", "min_price.excl_vat")
    if limit.gross_least > limit.gross_most:
        raise fields.refuse("min_above_max", "min_price.incl_vat")
    if tariff.valid_from is not None and tariff.valid_until is not None and tariff.valid_until <= tariff.valid_from:
        raise fields.refuse("end_before_start", "end_date_time")
    if tariff.ext.dynamic and not tariff.ext.dynamic.fixed:
        for row, element in enumerate(tariff.elements):
            if element.restrictions == Restrictions() and any(each.dimension is Dimension.ENERGY for each in element.components):
                raise fields.refuse("energy_beside_dynamic", f"elements[{row}].price_components")
    if tariff.tax_included is TaxIncluded.NOT_APPLICABLE:
        for row, element in enumerate(tariff.elements):
            for column, component in enumerate(element.components):
                if component.vat_pct:
                    raise fields.refuse("tax_not_applicable", f"elements[{row}].price_components[{column}].vat")


def _element(fields: Fields) -> Element:
    components = tuple(_component(each) for each in fields.children("price_components"))
    if not components:
        raise fields.refuse("no_components", "price_components")
    inner = fields.child("restrictions")
    fields.close()
    return Element(components, _restrictions(inner) if inner else Restrictions())


def _component(fields: Fields) -> Component:
    vat = fields.number("vat", negative=True) if fields.has("vat") else None
    if vat is not None:
        check_vat(vat, fields)
    component = Component(
        dimension=Dimension(fields.choice("type", _DIMENSIONS)),
        price=fields.number("price"),
        step_size=fields.whole("step_size"),
        vat_pct=vat,
    )
    fields.close()
    return component


def check_vat(vat: Decimal, fields: Fields) -> None:
    """Refuse a percentage outside 0 to 100."""
    try:
        check_pct(vat)
    except Invalid as error:
        raise fields.refuse(error.code, "vat", pct=str(vat)) from error


def _minute(fields: Fields, name: str) -> int | None:
    if not fields.has(name):
        return None
    text = fields.text(name)
    match = _CLOCK.fullmatch(text)
    if not match:
        raise fields.refuse("bad_time", name, value=text[:20])
    return int(match[1]) * 60 + int(match[2])


def _day(fields: Fields, name: str) -> date | None:
    return fields.day(name) if fields.has(name) else None


def _weekdays(fields: Fields) -> frozenset[int]:
    words = fields.words("day_of_week")
    for place, word in enumerate(words):
        if word not in _DAYS:
            raise fields.refuse("unknown_word", f"day_of_week[{place}]", value=word[:20])
    return frozenset(WEEKDAYS.index(word) for word in words)


def _restrictions(fields: Fields) -> Restrictions:
    groups = frozenset(fields.words("user_groups"))
    if fields.has("user_groups") and not groups:
        raise fields.refuse("empty_list", "user_groups")
    kind = ReservationKind(fields.choice("reservation", frozenset(ReservationKind))) if fields.has("reservation") else None
    restrictions = Restrictions(
        start_minute=_minute(fields, "start_time"),
        end_minute=_minute(fields, "end_time"),
        start_date=_day(fields, "start_date"),
        end_date=_day(fields, "end_date"),
        weekdays=_weekdays(fields),
        min_duration=fields.optional_whole("min_duration"),
        max_duration=fields.optional_whole("max_duration"),
        reservation=kind,
        user_groups=groups,
        holidays=HolidayRule(fields.choice("holidays", frozenset(HolidayRule))) if fields.has("holidays") else None,
        **{name: fields.optional_number(name) for name in _BOUNDS},
    )
    fields.close()
    return restrictions


def _limit(fields: Fields | None) -> Limit | None:
    if fields is None:
        return None
    limit = Limit(fields.number("excl_vat"), fields.optional_number("incl_vat"))
    if limit.incl_vat is not None and limit.incl_vat < limit.excl_vat:
        raise fields.refuse("incl_below_excl", "incl_vat")
    fields.close()
    return limit


def tariff_to_json(tariff: Tariff) -> dict[str, Any]:
    """The terms as an object that ``parse_tariff`` reads back to an equal value; decimals are strings, so that no JSON store
    turns them into floats."""
    found: dict[str, Any] = {"id": tariff.id, "currency": tariff.currency, "tax_included": tariff.tax_included.value}
    found["elements"] = [_element_json(element) for element in tariff.elements]
    for name, limit in (("min_price", tariff.min_price), ("max_price", tariff.max_price)):
        if limit:
            found[name] = given({"excl_vat": limit.excl_vat, "incl_vat": limit.incl_vat})
    for name, at in (("start_date_time", tariff.valid_from), ("end_date_time", tariff.valid_until)):
        if at is not None:
            found[name] = to_datetime(at).isoformat().replace("+00:00", "Z")
    ext = extensions_json(tariff.ext)
    return {**found, **({"ext": ext} if ext else {})}


def tariff_from_json(value: object) -> Tariff:
    """The terms that ``tariff_to_json`` wrote."""
    return parse_tariff(value)


def _clock(minute: int | None) -> str | None:
    return None if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"


def _element_json(element: Element) -> dict[str, Any]:
    components = [
        given({"type": each.dimension.value, "price": each.price, "step_size": each.step_size, "vat": each.vat_pct})
        for each in element.components
    ]
    is_ = element.restrictions
    restrictions = given(
        {
            "start_time": _clock(is_.start_minute),
            "end_time": _clock(is_.end_minute),
            "start_date": is_.start_date,
            "end_date": is_.end_date,
            "day_of_week": [WEEKDAYS[day] for day in sorted(is_.weekdays)] or None,
            **{name: getattr(is_, name) for name in _BOUNDS},
            "min_duration": is_.min_duration,
            "max_duration": is_.max_duration,
            "reservation": is_.reservation.value if is_.reservation else None,
            "user_groups": sorted(is_.user_groups) or None,
            "holidays": is_.holidays.value if is_.holidays else None,
        }
    )
    return {"price_components": components, **({"restrictions": restrictions} if restrictions else {})}
