"""Set-up of a partner: features, corporate billing, bank, documents, drivers, handover."""

from app.text.words import lazy as _l

REFUSALS = {
    "supplier_without_range": _l("Set a receipt number range first."),
    "supplier_without_vat_id": _l("A supplier on receipts needs a VAT id. Enter it under General first."),
    "bad_prefix": _l("Two to eight letters and digits, beginning with a letter; RE, ST, GU and IN are the operator's own."),
    "bad_first_number": _l("A number from 1 to 999999."),
    "prefix_taken": _l("Another partner's receipts begin with this already."),
    "range_in_use": _l("Receipts were issued under %(value)s already. The range stays, so that no number is missing."),
    "bad_percentage": _l("A percentage from 0 to 100."),
    "bad_amount": _l("An amount of zero or more."),
    "bad_iban": _l("This is not a valid IBAN. Check the digits."),
    "same_account": _l("This account is entered already."),
    "account_changed": _l("The account has changed meanwhile. Load the page again."),
    "account_waits": _l("The account is new. It can be verified 72 hours after it was entered."),
    "second_person_needed": _l("A second person must verify this."),
    "bad_card": _l("A card number has 4 to 36 letters, digits or : - _ ."),
    "card_taken": _l("Somebody has this card already."),
    "driver_taken": _l("A driver with this e-mail is here already."),
    "already_decided": _l("This is decided already."),
    "second_person_decides": _l("A second person must decide."),
    "not_utf8": _l("The file is not in UTF-8. Save it as CSV in UTF-8."),
    "no_rows": _l("The file has no rows below its head."),
    "list_too_long": _l("At most %(most)s rows at once."),
    "file_too_large": _l("The file is larger than 10 MB."),
    "bad_columns": _l("The first row must name the columns; known are %(columns)s, each once, with name and email."),
    "yes_or_no": _l("Write yes or no."),
    "no_points": _l("Choose at least one charge point."),
    "no_receiver": _l("Choose a contract of another partner that is open."),
    "day_too_early": _l("The day must be tomorrow or later, and after the charge points came here."),
    "points_not_held": _l("Some of these charge points are not held here without an end."),
    "handover_stale": _l("This handover can no longer be done as it was asked for. Refuse it and ask anew."),
    "settings_changed": _l("Somebody else has saved meanwhile. Load the page again."),
}

NOTES = {
    "features-saved": _l("The features are saved and hold from now on."),
    "account-entered": _l("The account is entered. It waits 72 hours and for a second person."),
    "account-verified": _l("The account is verified."),
    "account-suspended": _l("The account is suspended. Nothing is paid to it."),
    "agreement-kept": _l("The agreement to self-billing is kept."),
    "driver-added": _l("The driver is added and told by mail."),
    "driver-saved": _l("The driver is saved."),
    "driver-blocked": _l("The driver is blocked. The cards are refused from now on."),
    "driver-active": _l("The driver may charge again."),
    "card-given": _l("The card may be used now."),
    "card-blocked": _l("The card is blocked."),
    "card-accepted": _l("The card may be used again."),
    "balance-done": _l("The amount is added to the balance."),
    "balance-waiting": _l("The amount waits for a second person."),
    "balance-refused": _l("The amount is refused."),
    "drivers-uploaded": _l("The list is being taken in."),
    "handover-asked": _l("The handover waits for a second person."),
    "handover-agreed": _l("The handover is agreed. It takes effect on its day."),
    "handover-refused": _l("The handover is refused."),
    "corporate-saved": _l("Corporate billing is saved."),
}

EVENTS = {
    "FeaturesChanged": _l("Features changed"),
    "BankAccountEntered": _l("Bank account entered"),
    "BankAccountDecided": _l("Bank account decided"),
    "SelfBillingAgreed": _l("Self-billing agreed"),
    "DriverAdded": _l("Driver added"),
    "DriverEdited": _l("Driver changed"),
    "DriversImported": _l("Drivers imported"),
    "CardChanged": _l("Charging card changed"),
    "BalanceAdded": _l("Balance of a driver"),
    "HandoverAsked": _l("Handover asked for"),
    "HandoverDecided": _l("Handover decided"),
    "CorporateBillingChanged": _l("Corporate billing changed"),
}

STATES = {
    "driver": {"active": (_l("may charge"), "tick", "ok"), "blocked": (_l("blocked"), "barred", "fault")},
    "card": {
        "accepted": (_l("usable"), "tick", "ok"),
        "blocked": (_l("blocked"), "barred", "fault"),
        "expired": (_l("expired"), "barred", "off"),
    },
    "top_up": {
        "done": (_l("added"), "tick", "ok"),
        "waiting": (_l("waits for a second person"), "dashed", "attention"),
        "refused": (_l("refused"), "barred", "off"),
    },
    "handover": {
        "waiting": (_l("waits for a second person"), "dashed", "attention"),
        "agreed": (_l("agreed"), "tick", "ok"),
        "refused": (_l("refused"), "barred", "off"),
    },
    "bank": {
        "pending": (_l("waits"), "dashed", "attention"),
        "verified": (_l("verified"), "tick", "ok"),
        "suspended": (_l("suspended"), "barred", "fault"),
        "replaced": (_l("replaced"), "barred", "off"),
    },
}
