"""What an order changes, in words: line by line what was and what is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.text import format as fmt
from app.text.words import gettext as _
from app.text.words import lazy as _l

#: kind of change -> its name
KINDS = {
    "price": _l("Prices of a tariff"),
    "sheet": _l("Tariff of a charge point"),
    "access": _l("Who may charge"),
    "contact": _l("Contact"),
}
_PRICES = {
    "energy": (_l("Energy"), "kwh"),
    "per_min": (_l("Charging time"), "minute"),
    "start_fee": (_l("Start fee"), "session"),
    "idle_per_min": (_l("Idle fee"), "minute"),
}
_CONTACT = {"person": _l("Name"), "email": _l("E-mail"), "phone": _l("Phone")}


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One thing that differs."""

    name: str
    before: str
    after: str


def kind_word(kind: str) -> str:
    """A kind of change in words."""
    return str(KINDS[kind])


def plan_lines(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[PlanLine]:
    """What differs between two values of a kind."""
    was, then = _said(kind, before), _said(kind, after)
    return [PlanLine(name, was[name], then[name]) for name in was if was[name] != then[name]]


def _said(kind: str, value: Mapping[str, Any]) -> dict[str, str]:
    if kind == "price":
        return {str(word): _price(value[name], value["currency"], per) for name, (word, per) in _PRICES.items()}
    if kind == "sheet":
        return {_("Tariff"): f"{value['name']} ({value['code']})" if value["code"] else _("none of its own")}
    if kind == "access":
        who = {"public": _("Everybody"), "own": _("Only the partner's own drivers")}.get(value["access"], ", ".join(value["names"]))
        flags = {_("Shown to drivers nearby"): value["listed"], _("Company pays by itself"): value["company"]}
        return {_("Who may charge"): who} | {word: _("yes") if flag else _("no") for word, flag in flags.items()}
    return {str(word): value[name] or "–" for name, word in _CONTACT.items()}


def _price(value: str | None, currency: str, per: str) -> str:
    return "–" if value is None else fmt.price(Decimal(value), currency, per)
