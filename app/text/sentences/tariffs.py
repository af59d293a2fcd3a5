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
    "fast_minimum": _l("At 50 kW and more a lowest price acts like a start fee, which is not allowed (%(clause)s)."),
    "fast_energy_needed": _l("At 50 kW and more charging is priced per kWh (%(clause)s)."),
    "shown_in_order": _l("Drivers are shown the price per kWh first, then per minute, then per session (%(clause)s)."),
    "energy_price_needed": _l("Charging without a contract needs a price per kWh (%(clause)s)."),
    "net_prices": _l("Drivers must see prices with VAT (%(clause)s)."),
    "clock_time_price": _l("The clock of an EVSE with this tariff is not approved for billing charging time (%(clause)s)."),
    "clock_idle_fee": _l("The clock of an EVSE with this tariff is not approved; an idle fee may not hold (%(clause)s)."),
    "clock_energy_hours": _l("Energy changes its price by the clock; the meter must give a value at that moment (%(clause)s)."),
    "energy_not_sold": _l("Energy may not be sold here without a licence; price the time instead."),
    "limit_needed": _l("Without a price for energy a session needs a limit in kWh."),
    "never_counts": _l("Line %(line)s never counts: line %(by)s always fits first."),
    "prices_cross": _l("Lines %(line)s and %(other)s fit at the same time in places; the upper one counts."),
    "energy_free_hours": _l("In %(hours)s hours of the week no energy price fits: energy is free then."),
    "no_fallback": _l("Some sessions meet no energy price and charge for free. Add a line without conditions at the end."),
    "idle_without_cap": _l("The idle fee has no cap: a night can become expensive."),
    "low_stays_free": _l("Who has to plug in again after a failed start pays the start fee twice."),
    "above_contract_energy": _l("At most %(amount)s per kWh is agreed in your contract."),
    "above_contract_time": _l("At most %(amount)s per minute of charging is agreed in your contract."),
    "above_contract_idle": _l("At most %(amount)s per idle minute is agreed in your contract."),
    "above_contract_start_fee": _l("At most %(amount)s per session is agreed as start fee in your contract."),
    "above_contract_minimum": _l("At most %(amount)s is agreed in your contract as the lowest price of a session."),
    "terms_withdrawn": _l("These prices are withdrawn already."),
    "terms_started": _l("These prices have started. Publish new ones instead."),
    "terms_unreadable": _l("These prices cannot be read. Make a new tariff."),
    "draft_changed": _l("The draft has changed since you opened this page. Check it again."),
    "two_to_compare": _l("Choose two tariffs, or two versions of one, to compare them."),
    "copy_other_currency": _l("This tariff is in %(currency)s; yours are in another currency."),
    "draft_too_long": _l("This is too long for a tariff."),
    "price_uneven": _l("This price does not divide evenly over %(minutes)s minutes. Change it a little."),
    "bound_needs_one_rate": _l("With several rates of VAT, fill in both bases."),
    "session_running": _l("This session has not ended yet."),
    "session_unknown": _l("There is no such session."),
    "no_elements": _l("Add at least one price."),
    "no_components": _l("A line needs a price."),
    "min_above_max": _l("The lowest price is above the highest."),
    "incl_below_excl": _l("The amount with VAT is below the one without."),
    "tax_not_applicable": _l("Prices free of VAT have no rate of VAT."),
    "unknown_word": _l("Choose one of the values offered."),
    "bad_time": _l("Write a time of day, such as 08:00."),
}

NOTES = {
    "energy-bar-set": _l("Declared. Prices published from that day on are held to it."),
    "energy-bar-lifted": _l("Taken back. Energy may be sold there again."),
    "tariff-created": _l("Tariff created. Now say where it counts."),
    "terms-published": _l("New prices are published. Running sessions keep theirs."),
    "terms-withdrawn": _l("Withdrawn. The prices before stay in force."),
    "clock-judged": _l("Noted. Tariffs that price time are judged by it."),
    "draft-gone": _l("The draft is discarded."),
    "tariff-archived": _l("Archived."),
    "tariff-restored": _l("Back on the list."),
    "tariff-assigned": _l("EVSEs with this tariff now or soon: %(count)s."),
}

EVENTS = {
    "EnergyBarSet": _l("Sale of energy barred in a country"),
    "EnergyBarLifted": _l("Sale of energy allowed in a country again"),
    "TariffCreated": _l("Tariff created"),
    "TermsPublished": _l("Prices published"),
    "ClockJudged": _l("Approval of a clock changed"),
    "TermsWithdrawn": _l("Scheduled prices withdrawn"),
    "TariffAssigned": _l("Tariff assigned"),
    "TariffArchived": _l("Tariff archived"),
    "TariffRestored": _l("Tariff back on the list"),
}

STATES = {
    "legality": {
        "blocks": (_l("Blocks"), "triangle", "fault"),
        "warns": (_l("Warns"), "disc-bars", "attention"),
        "note": (_l("Note"), "ring", "planned"),
        "fits": (_l("Fits"), "tick", "ok"),
    },
}

JOBS = {
    "tariffs.tell": _l("Tell partners of price changes"),
}
