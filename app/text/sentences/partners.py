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
    "settings_changed": _l("Somebody else has saved meanwhile. Load the page again."),
}

NOTES = {
    "features-saved": _l("The features are saved and hold from now on."),
    "account-entered": _l("The account is entered. It waits 72 hours and for a second person."),
    "account-verified": _l("The account is verified."),
    "account-suspended": _l("The account is suspended. Nothing is paid to it."),
    "agreement-kept": _l("The agreement to self-billing is kept."),
    "corporate-saved": _l("Corporate billing is saved."),
}

EVENTS = {
    "FeaturesChanged": _l("Features changed"),
    "BankAccountEntered": _l("Bank account entered"),
    "BankAccountDecided": _l("Bank account decided"),
    "SelfBillingAgreed": _l("Self-billing agreed"),
    "CorporateBillingChanged": _l("Corporate billing changed"),
}

STATES = {
    "bank": {
        "pending": (_l("waits"), "dashed", "attention"),
        "verified": (_l("verified"), "tick", "ok"),
        "suspended": (_l("suspended"), "barred", "fault"),
        "replaced": (_l("replaced"), "barred", "off"),
    },
}
