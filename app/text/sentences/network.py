"""Refusals, notes and names of events of the network."""

from app.text.words import lazy as _l

REFUSALS = {
    "label_twice": _l("This row says something else of the charge point than another one."),
    "bad_label": _l("A label is capital letters, a dash and digits, such as NL-0417."),
    "bad_identity": _l("An identity has no blanks and at most 48 letters, digits and signs."),
    "label_taken": _l("This label is taken. Labels are never given twice."),
    "identity_taken": _l("Another charge point uses this identity."),
    "too_many_evses": _l("A charge point has at most %(most)s EVSEs."),
    "unknown_partner": _l("There is no such partner."),
    "unknown_key": _l("There is none with this code or label."),
    "zone_while_charging": _l("The time zone stays while somebody charges here. Try again when nobody does."),
    "station_in_use": _l("Somebody charges at %(label)s. End the session first."),
    "station_retired": _l("%(label)s is retired. It takes no more changes and no commands."),
    "key_used": _l("This form was already used for something else. Load the page again."),
    "time_is_past": _l("This time is past. Choose a later one."),
    "time_too_far": _l("At most %(hours)s hours ahead."),
    "bad_address": _l("An address begins with https://, http://, ftp://, ftps:// or sftp:// and has no blanks."),
    "nothing_reserved": _l("Nothing is reserved there at the moment."),
    "no_tls_proxy": _l(
        "No proxy is set up that ends TLS in front of the OCPP worker (VOLTPACT_OCPP_PROXIES). The charge point could not connect any more."
    ),
    "too_many_chosen": _l("At most %(most)s charge points at once. Narrow the filter."),
    "nothing_to_send": _l("None of them can be reached now, so nothing can be sent."),
    "sent_too_late": _l("It came too late to be sent. Ask for it again."),
    "not_for_card": _l("This card may not charge here."),
    "nothing_to_change": _l("There is no charge point here for which you may say it."),
    "already_so": _l("It is so already."),
    "no_group": _l("Choose at least one group."),
    "foreign_group": _l("A group of one partner cannot be let in at charge points of another. Choose these charge points by themselves."),
    "nothing_to_stop": _l("Nobody charges there at the moment."),
}
NOTES = {
    "location-created": _l("Location created."),
    "location-saved": _l("Location saved."),
    "location-photo-set": _l("Photo saved."),
    "location-photo-removed": _l("Photo removed."),
    "terminal-noted": _l("Card terminal noted."),
    "evses-added": _l("EVSEs added. Print their labels next."),
    "station-retired": _l("Retired. Its label and history stay."),
    "tls-required": _l("From now on it has to use TLS."),
    "command-asked": _l("Asked. What becomes of it stands in the list below."),
}
EVENTS = {
    "CommandWanted": _l("Command to a charge point"),
    "AccessSet": _l("Changed who may charge"),
    "LocationCreated": _l("Location created"),
    "LocationEdited": _l("Location changed"),
    "StationRegistered": _l("Charge point registered"),
    "EvsesAdded": _l("EVSEs added"),
    "StationKeyChanged": _l("New password for a charge point"),
    "TlsRequired": _l("TLS required of a charge point"),
    "TerminalNoted": _l("Card terminal noted"),
    "StationRetired": _l("Charge point retired"),
}
STATES = {
    "flag": {
        "no_price": (_l("No price"), "triangle", "fault"),
        "no_contract": (_l("No contract"), "triangle", "attention"),
        "no_electricity_rate": (_l("No electricity rate"), "triangle", "attention"),
        "no_terminal": (_l("50 kW or more, no card terminal"), "triangle", "fault"),
        "terminal_unknown": (_l("Card terminal not noted"), "triangle", "attention"),
    },
}
