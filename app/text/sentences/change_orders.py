"""Change orders."""

from __future__ import annotations

from app.text.words import lazy as _l

REFUSALS = {
    "order_moved": _l("Somebody else was faster. Load the page again."),
    "day_is_over": _l("This day is over."),
    "too_many_files": _l("At most %(most)s files."),
}

NOTES = {
    "order-sent": _l("The request is sent. Its course is shown here."),
    "order-asked-back": _l("The question is sent. The order waits for the partner."),
    "order-answered": _l("The answer is sent."),
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
        "done": (_l("Done"), "tick", "ok"),
        "refused": (_l("Refused"), "barred", "fault"),
    },
}
