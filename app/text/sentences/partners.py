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
    "settings_changed": _l("Somebody else has saved meanwhile. Load the page again."),
}

NOTES = {
    "features-saved": _l("The features are saved and hold from now on."),
    "corporate-saved": _l("Corporate billing is saved."),
}

EVENTS = {
    "FeaturesChanged": _l("Features changed"),
    "CorporateBillingChanged": _l("Corporate billing changed"),
}
