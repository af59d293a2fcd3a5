"""A statement's frozen content as PDF: who pays whom, three figures, the bridge, groups, expenses, rows, rules, hash.

Nothing is computed here but sums of rows for the group table; every other figure is the engine's answer as it was stored.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Any

from app.documents.render import paper_html, paper_pdf
from app.kernel.periods import Month
from app.money.amount import Money
from app.text import format as fmt
from app.text.locales import speaking
from app.text.words import gettext, mark

CHANNELS = {
    "internal": mark("Own cards"),
    "emsp": mark("Roaming"),
    "adhoc": mark("Direct payment"),
    "corporate": mark("Corporate"),
}
EXPENSES = {
    "charge_point": mark("Platform fee, charge point"),
    "ac_evse": mark("Platform fee, AC EVSE"),
    "dc_evse": mark("Platform fee, DC EVSE"),
    "monthly_fixed": mark("Platform fee, per month"),
    "corporate_session": mark("Corporate session"),
    "corporate_discount": mark("Corporate discount"),
    "custom_fee": mark("Fee"),
    "service_visit": mark("Service visit"),
    "roaming_fee": mark("Roaming fee"),
    "driver_balance": mark("Added to drivers' balances"),
}
PAPERS = {
    "self_billing": mark("Self-billed credit"),
    "settlement_note": mark("Settlement note"),
    "sales": mark("Your sales"),
    "invoice": mark("Operator's invoice"),
}
STATES = {"collected": mark("collected"), "awaited": mark("awaited"), "written_off": mark("written off")}


def statement_pdf(number: str, language: str, issued_on: date, issued_at: datetime, content: dict[str, Any]) -> bytes:
    """The PDF of a statement; the same content gives the same bytes."""
    with speaking(language):
        shown = statement_view(content)
    source = paper_html("statement", language, c=content, number=number, issued_on=issued_on, **shown)
    return paper_pdf(source, issued_at=issued_at)


def statement_view(content: dict[str, Any]) -> dict[str, Any]:
    """What page and paper show of a statement, amounts in minor units, words in the language spoken now."""
    answer, currency = content["answer"], content["currency"]
    totals = {name: _minor(value, currency) for name, value in answer["totals"].items() if isinstance(value, str)}
    carry = {name: _minor(value, currency) for name, value in answer["carry"].items() if isinstance(value, str)}
    return {
        "month_name": fmt.month(Month.parse(content["month"])),
        "totals": totals,
        "carry": carry,
        "bridge": bridge(totals, carry),
        "groups": _groups(answer["rows"], currency),
        "expenses": [_expense(line, currency) for line in answer["expenses"]],
        "taxes": [*(_paper_tax(line, currency) for line in answer["totals"]["vat"]), *_passed_taxes(answer, currency)],
        "care": _care(answer, currency),
        "rows": [_row(row, content["sessions"].get(row["id"]), currency) for row in answer["rows"]],
        "waiting": [*answer["held"], *answer["unassigned"]],
    }


def _care(answer: dict[str, Any], currency: str) -> dict[str, Any] | None:
    """What a sub-operator received for its partners' payable rows and passed on to each; None on every other statement."""
    found = answer.get("care")
    if found is None:
        return None
    partners = [{"name": each["name"], "net_minor": _minor(each["net"], currency)} for each in found["partners"]]
    return {"received_minor": _minor(found["received"], currency), "partners": partners}


def _passed_taxes(answer: dict[str, Any], currency: str) -> list[dict[str, Any]]:
    """The tax of what goes on to partners in care leaves with it; of an invoice to one that sells itself it comes in."""
    lines = []
    for each in answer.get("care", {}).get("partners", ()):
        for line in each["vat"]:
            sign = 1 if line["document"] == "invoice" else -1
            amounts = {name: sign * minor for name, minor in _paper_tax(line, currency).items() if name.endswith("_minor")}
            word = (
                gettext("Fee of %(partner)s", partner=each["name"])
                if sign > 0
                else gettext("Passed on to %(partner)s", partner=each["name"])
            )
            lines.append({"paper": word, "code": line["code"]} | amounts)
    return lines


def bridge(totals: dict[str, int], carry: dict[str, int]) -> list[dict[str, Any]]:
    """From what was earned to what is transferred, one step a line; every line but the sums is added to the one before."""
    collected = totals["accrued"] - totals["awaited"] - totals["written_off"]
    lines = [
        {"word": gettext("Earned this month"), "minor": totals["accrued"], "sum": True},
        {"word": gettext("Not yet collected"), "minor": -totals["awaited"]},
        {"word": gettext("Written off"), "minor": -totals["written_off"]},
        {"word": gettext("Collected from earlier months"), "minor": totals["collected_from_earlier"]},
        {"word": gettext("Expenses"), "minor": -totals["expenses"]},
        {"word": gettext("Payable, net"), "minor": collected + totals["collected_from_earlier"] - totals["expenses"], "sum": True},
        {"word": gettext("Value added tax"), "minor": totals["payout_gross"] - totals["payout_net"]},
        {"word": gettext("Carried over from before"), "minor": carry["carried_in"]},
        {"word": gettext("Carried over to the next month"), "minor": -carry["carried_out"]},
    ]
    due = carry["paid"] or -carry["invoiced"]
    kept = [{"sum": False} | line for line in lines if line["minor"] or "sum" in line]
    return [*kept, {"word": gettext("You receive") if due >= 0 else gettext("You pay"), "minor": due, "sum": True}]


def _groups(rows: list[dict[str, Any]], currency: str) -> list[dict[str, Any]]:
    sums: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: {"count": 0, "gross": 0, "net": 0, "partner": 0})
    for row in rows:
        found = sums[row["evse_current"], row["channel"]]
        found["count"] += "reverses" not in row
        for name in ("gross", "net", "partner"):
            found[name] += _minor(row[name], currency)
    return [
        {"current": current, "channel": gettext(CHANNELS.get(channel, channel)), **found}
        for (current, channel), found in sorted(sums.items())
    ]


def _expense(line: dict[str, Any], currency: str) -> dict[str, Any]:
    word = EXPENSES.get(line.get("item") or line["kind"], line["kind"])
    unit_price = line.get("unit_price")
    return (
        {"charge_point": None, "session": None, "quantity": None, "unit_price": None}
        | line
        | {
            "word": line.get("text") or gettext(word),
            "net_minor": _minor(line["net"], currency),
            "unit_price_minor": None if unit_price is None else _exact_minor(unit_price, currency),
            "from_on": date.fromisoformat(line["from"]) if line.get("from") else None,
            "last_on": date.fromisoformat(line["to"]) if line.get("to") else None,
        }
    )


def _exact_minor(text: str, currency: str) -> int | None:
    """Unit prices may have more decimals than the currency; those are printed as they are."""
    try:
        return _minor(text, currency)
    except ValueError:
        return None


def _paper_tax(line: dict[str, Any], currency: str) -> dict[str, Any]:
    net, vat = _minor(line["net"], currency), _minor(line["vat"], currency)
    return {
        "paper": gettext(PAPERS.get(line["document"], line["document"])),
        "code": line["code"],
        "net_minor": net,
        "vat_minor": vat,
        "gross_minor": net + vat,
    }


def _row(row: dict[str, Any], session: dict[str, Any] | None, currency: str) -> dict[str, Any]:
    known = session or {}
    names = ("gross", "net", "vat", "connection_net", "electricity_cost", "base", "share", "reimbursement", "partner")
    ended, booked = known.get("ended_at"), known.get("booked_on")
    above = {f"{name}_minor": _minor(row[name], currency) for name in ("received", "passed_on") if name in row}
    return (
        row
        | above
        | {
            **{f"{name}_minor": _minor(row[name], currency) for name in names},
            "fees_minor": sum(_minor(value, currency) for value in row["fees"].values()),
            "ended_at": datetime.fromisoformat(ended) if ended else None,
            "booked_on": date.fromisoformat(booked) if booked else None,
            "session": row.get("reverses", row["id"]),
            "figure": "sub" if above else "partner",
            "energy_wh": known.get("energy_wh"),
            "label": known.get("label", ""),
            "channel_word": gettext(CHANNELS.get(row["channel"], row["channel"])),
            "state_word": gettext(STATES.get(row["state"], row["state"])),
        }
    )


def _minor(text: str, currency: str) -> int:
    return Money.parse(text, currency).minor
