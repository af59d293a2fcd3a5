"""One's own account."""

from app.text.words import lazy as _l

REFUSALS = {
    "contact_twice": _l("This address is a contact of this kind already."),
    "contact_confirmed": _l("This contact has confirmed its address already."),
    "contact_link_over": _l("This link has expired. Whoever named you as a contact can send another one."),
    "contact_only_receiver": _l(
        "Only this contact receives messages that are switched on. First name another of this kind, or have them switched off."
    ),
}

NOTES = {
    "contact-removed": _l("The contact is removed."),
    "contact-asked": _l("A mail is on its way. Its link works once, for seven days."),
    "mails-saved": _l("Your choice of mails is saved."),
}

EVENTS = {
    "ContactRemoved": _l("Contact removed"),
    "ContactAsked": _l("Contact asked to confirm its address"),
    "ContactConfirmed": _l("Contact confirmed its address"),
}

JOBS = {
    "people.ask_contact": _l("Contact asked to confirm its address"),
    "mail.summaries": _l("Daily summaries: mails"),
}
