"""Price sheets."""

from app.text.words import lazy as _l

REFUSALS = {
    "tariff_archived": _l("This tariff is archived. Copy its prices into a new one."),
    "tariff_not_usable": _l("This tariff cannot be assigned now."),
    "tariff_in_use": _l("EVSEs still have this tariff: %(count)s. Give them another one first."),
    "other_currency": _l("This tariff is in %(currency)s."),
    "starts_too_early": _l("New prices count from the next quarter of an hour at the earliest."),
    "terms_start_taken": _l("Terms that begin at this very time are published already."),
    "operators_tariff": _l("This price is set by the operator. Ask for a change."),
    "cap_without_price": _l("A cap needs an idle fee."),
    "bad_vat_rate": _l("VAT is between 0 and 100 per cent."),
    "fast_start_fee": _l("At 50 kW and more no start fee is allowed (%(clause)s)."),
    "fast_time_price": _l("At 50 kW and more charging time must not be priced (%(clause)s)."),
    "energy_price_needed": _l("Charging without a contract needs a price per kWh (%(clause)s)."),
    "net_prices": _l("Drivers must see prices with VAT (%(clause)s)."),
    "idle_without_cap": _l("The idle fee has no cap: a night can become expensive."),
}

NOTES = {
    "tariff-created": _l("Tariff created. Now say where it counts."),
    "terms-published": _l("New prices are published. Running sessions keep theirs."),
    "tariff-archived": _l("Archived."),
    "tariff-assigned": _l("EVSEs with this tariff now or soon: %(count)s."),
}

EVENTS = {
    "TariffCreated": _l("Tariff created"),
    "TermsPublished": _l("Prices published"),
    "TariffAssigned": _l("Tariff assigned"),
    "TariffArchived": _l("Tariff archived"),
}
