"""Names of jobs for people."""

from app.text.words import lazy as _l

JOBS = {
    "contracts.turn_day": _l("Let contract versions begin and end"),
    "documents.receipt": _l("Make a receipt"),
    "documents.statement": _l("Make the document of a statement"),
    "drivers.import": _l("Import of drivers"),
    "people.invite_owners": _l("Invite owners"),
    "mail.send": _l("Send a mail"),
    "network.access": _l("Say who may charge at many charge points"),
    "network.commands": _l("Send a command to many charge points"),
    "network.silence": _l("Notice charge points that fell silent"),
    "payments.ask": _l("Ask the card provider"),
    "payments.capture": _l("Charge a card"),
    "payments.release": _l("Release a card hold"),
    "payments.webhook": _l("Read a message of the card provider"),
    "sessions.give_up": _l("Give up a start that nobody used"),
    "sessions.rate": _l("Rate a session"),
    "sessions.site_use": _l("Keep when a session last began at each site"),
    "sessions.sweep": _l("Rate what is left over"),
    "settlement.issue": _l("Issue a statement"),
    "settlement.draft": _l("Draft a statement"),
    "testprovider.deliver": _l("Deliver a message of the test provider"),
    "today.keep_days": _l("Keep the figures of days that are over"),
    "upkeep.jobs": _l("Tidy up jobs"),
    "upkeep.message_log": _l("Drop old messages of charge points"),
    "upkeep.partitions": _l("Prepare tables for the days to come"),
}
