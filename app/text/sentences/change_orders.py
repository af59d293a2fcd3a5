"""Change orders."""

from __future__ import annotations

from app.text.words import lazy as _l

REFUSALS = {
    "order_moved": _l("Somebody else was faster. Load the page again."),
    "day_is_over": _l("This day is over."),
    "order_no_thing": _l("The partner has no such thing."),
    "order_sheet_elsewhere": _l("This tariff counts elsewhere too. Give the charge points one of their own first."),
    "order_not_simple": _l("These prices are more than a short form can say. Change them in the tariff's editor."),
    "order_evses_differ": _l("The EVSEs of this charge point have different tariffs, or a group of their own. Use the page of prices."),
    "order_stale": _l("The value has changed since. Prepare the change again."),
    "order_same_person": _l("A second person decides: neither who prepared the change nor who asked for it."),
    "nothing_changes": _l("This is how it is already."),
    "starts_in_past": _l("This time is over."),
    "undo_over": _l("It can no longer be taken back."),
    "undo_on_paper": _l("A document has been issued under it. Ask for a new change."),
    "undo_changed": _l("It was changed again since. Ask for a new change."),
    "too_many_files": _l("At most %(most)s files."),
}

NOTES = {
    "order-sent": _l("The request is sent. Its course is shown here."),
    "order-asked-back": _l("The question is sent. The order waits for the partner."),
    "order-answered": _l("The answer is sent."),
    "order-planned": _l("The change is prepared. Nothing has happened yet."),
    "order-agreed": _l("Agreed."),
    "order-dropped": _l("The prepared change is dropped."),
    "order-undone": _l("Taken back: what was before counts again."),
    "order-taken": _l("The order is yours now."),
    "order-done": _l("The order is done. The partner reads what you wrote."),
    "order-refused": _l("The order is refused. The partner reads why."),
}

EVENTS = {
    "ChangeOrdered": _l("Change asked for"),
    "ChangeOrderMoved": _l("Change order moved on"),
}

_TOPICS = {
    "prices": _l("Prices"),
    "access": _l("Access and hours"),
    "technical": _l("Charge points"),
    "contract": _l("Contract"),
    "bank": _l("Bank account"),
    "data": _l("Master data"),
}


def topic_word(topic: str) -> str:
    """What an order is about, in a word."""
    return str(_TOPICS[topic])


STATES = {
    "order": {
        "received": (_l("Received"), "dashed", "attention"),
        "checked": (_l("Checked"), "ring", "active"),
        "question": (_l("Question to the partner"), "dashed", "attention"),
        "waiting": (_l("Waits for a second person"), "dashed", "attention"),
        "scheduled": (_l("Scheduled"), "ring", "planned"),
        "undone": (_l("Taken back"), "barred", "off"),
        "done": (_l("Done"), "tick", "ok"),
        "refused": (_l("Refused"), "barred", "fault"),
    },
}
