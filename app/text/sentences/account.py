"""One's own account."""

from app.text.words import lazy as _l

NOTES = {
    "mails-saved": _l("Your choice of mails is saved."),
}

JOBS = {
    "mail.summaries": _l("Daily summaries: mails"),
}
