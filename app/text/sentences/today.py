"""What needs a person."""

from app.text.words import lazy as _l

REFUSALS = {
    "taken_by_colleague": _l("%(name)s has this now."),
    "snooze_day": _l("Choose a day after today, at most %(days)s days ahead."),
}

NOTES = {
    "need-taken": _l("This is yours now. Colleagues see your name."),
    "need-given-back": _l("You have given it back."),
    "need-snoozed": _l("Snoozed. It comes back by itself."),
    "need-woken": _l("It is back in the list."),
}

EVENTS = {
    "NeedTaken": _l("Task taken"),
    "NeedGivenBack": _l("Task given back"),
    "NeedSnoozed": _l("Task snoozed"),
    "NeedWoken": _l("Task shown again"),
}
