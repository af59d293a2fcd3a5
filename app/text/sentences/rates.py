"""Exchange prices, electricity rates, and files that are handed in."""

from app.text.words import lazy as _l

REFUSALS = {
    "columns_missing": _l("The first line must name these columns: %(columns)s."),
    "too_many_lines": _l("More than %(most)s lines. Split the file."),
    "bad_instant": _l("Write the time with its offset, such as 2026-10-14T08:00:00+02:00."),
    "bad_date": _l("Write the day as 2026-10-14."),
    "overlaps": _l("This overlaps the line before."),
    "not_a_quarter": _l("Times begin and end at full quarters of an hour."),
    "energy_beside_dynamic": _l("A price per kWh without conditions hides the exchange price. Remove one of them."),
    "min_above_max": _l("The lowest price is above the highest."),
    "missing_electricity_rate": _l("The electricity rate at that time is not known. The share waits, it is not guessed."),
    "electricity_kwh_mismatch": _l("The energy of the electricity slices is not the energy charged."),
    "missing_always": _l("The last price must count always, so that no hour is without a price."),
    "bad_json": _l("This is no readable JSON."),
    "unknown_tariff_code": _l("There is no tariff with this code."),
    "bad_clock": _l("Write the hour as 22:00."),
    "several_vat_rates": _l("The lines of one version need the same VAT."),
    "unknown_rate_place": _l("There is no such charge point or location."),
    "rate_exists": _l("This place has a rate already. Give it new prices."),
    "rate_starts_too_early": _l("New prices count from today at the earliest."),
    "rate_day_taken": _l("Prices from this day on are stored already."),
    "not_fixed": _l("This price follows an exchange or holidays and has no single amount."),
}

JOBS = {"sessions.electricity": _l("Settle sessions that waited for an electricity rate")}

NOTES = {
    "tariffs-imported": _l("The tariffs are stored."),
    "rate-created": _l("The rate is stored. Sessions that waited for it are settled now."),
    "rate-version-added": _l("New prices are stored. What was settled keeps its price."),
    "rates-imported": _l("The rates are stored."),
    "curve-imported": _l("Exchange prices are stored. Charges that run keep theirs."),
}

EVENTS = {
    "ElectricityPriced": _l("Electricity has a new rate"),
    "ElectricityKnown": _l("Sessions settled that waited for an electricity rate"),
    "CurveImported": _l("Exchange prices imported"),
}
