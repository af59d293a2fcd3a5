"""Partners, contacts, people."""

from app.text.words import lazy as _l

REFUSALS = {
    "missing": _l("Fill this in."),
    "unknown_choice": _l("Choose one of the list."),
    "unknown_country": _l("This country is not known."),
    "bad_vat_id": _l("This is not a valid VAT id of the country chosen. Check the digits."),
    "bad_email": _l("This is not an e-mail address, such as name@example.org."),
    "bad_phone": _l("This is not a phone number. Write it with country code, such as +49 40 123456."),
    "taken": _l("Another partner has this already."),
    "two_levels": _l("A sub-operator reports to you directly and has no other above it."),
    "has_children": _l("Partners are in its care. Give them to another sub-operator first."),
    "unknown_sub_operator": _l("This sub-operator is not known."),
    "unknown_manager": _l("This person does not work for you. Choose one of the list."),
    "state_changed": _l("The state has changed meanwhile. Load the page again."),
    "already_member": _l("This person has a role here already."),
    "last_owner": _l("The last owner stays. Make somebody else an owner first."),
    "unknown_role": _l("This role does not exist here."),
    "partner_open": _l("This partner cannot be closed while something is open."),
}

NOTES = {
    "partner-created": _l("The partner is created. A contract comes next."),
    "partner-saved": _l("The partner is saved."),
    "partner-paused": _l("The partner is paused. Its people cannot sign in; charging goes on."),
    "partner-active": _l("The partner is active again."),
    "partner-closed": _l("The partner is closed."),
    "contact-saved": _l("The contact is saved."),
    "member-ended": _l("The person has no role here any more."),
}

EVENTS = {
    "PartnerCreated": _l("Partner created"),
    "PartnerEdited": _l("General data changed"),
    "CareBegan": _l("Care of a partner began"),
    "CareEnded": _l("Care of a partner ended"),
    "PartnerStateChanged": _l("State changed"),
    "ContactSaved": _l("Contact changed"),
    "MemberAdded": _l("Person joined"),
    "MemberEnded": _l("Person left"),
}

STATES = {
    "assignment": {
        "now": (_l("Now"), "tick", "ok"),
        "planned": (_l("Planned"), "dashed", "planned"),
        "ended": (_l("Ended"), "barred", "off"),
    },
}
