"""Refusals, notes and events of sessions and payments, for staff and partners."""

from app.text.words import lazy as _l

REFUSALS = {
    "session_not_ended": _l("This session has not ended yet."),
    "session_not_rated": _l("This session has no final amount yet."),
    "not_held": _l("This session is not held."),
    "no_hold": _l("This session has no reserve on a card."),
    "hold_not_reserved": _l("Nothing is reserved on the card."),
    "above_hold": _l("This is more than is reserved on the card."),
    "already_charged": _l("The card was already charged."),
    "above_captured": _l("This is more than was charged."),
    "captured_otherwise": _l("The payment provider charged another amount. Finance has to look."),
    "foreign_answer": _l("This answer belongs to another payment."),
    "no_card_page": _l("The payment provider gave no card page. Try again in a minute."),
    "no_start": _l("The start of this session is not known."),
    "refund_too_early": _l("The card is not charged yet or the receipt is being made. Try again in a minute."),
    "refund_above_left": _l("At most %(left)s are left to give back."),
    "refund_too_small": _l("This amount moves nothing. Enter a larger one."),
    "above_line": _l("Only %(left)s are left of this price line."),
    "no_such_line": _l("This session has no such price line."),
    "refund_waits_already": _l("A refund of this session waits for a second person already."),
    "nothing_to_refund": _l("Nothing is left to give back."),
}
NOTES = {
    "stop-asked": _l("Asked. The session ends as soon as the charge point answers."),
    "hold-released": _l("Released. The amount follows in a moment."),
    "refund-asked": _l("A second person is asked. Until then nothing moves."),
    "refund-refused": _l("Refused. Nothing moved."),
    "refund-made": _l("Given back. The paper is being made; the card follows in a moment."),
    "export-asked": _l("The file is being made. It appears in this list."),
}
EVENTS = {
    "SessionRequested": _l("Driver wants to charge"),
    "HoldConfirmed": _l("Reserve confirmed, charge point told to start"),
    "StopAsked": _l("Stop asked"),
    "SessionFinished": _l("Session rated and booked"),
    "SessionHeld": _l("Session held for check"),
    "SessionFailed": _l("Session not started"),
    "HoldReleased": _l("Held session released for billing"),
    "SessionCollected": _l("Driver's payment arrived"),
    "RefundAsked": _l("Refund above the limit"),
    "SessionRefunded": _l("Given back to the driver"),
    "LinkMailed": _l("Link to a session mailed"),
    "HoldOpened": _l("Reserve asked for"),
    "CardPageOpened": _l("Card page opened"),
    "HoldAnswered": _l("Payment provider answered"),
    "PaymentCaptured": _l("Card charged"),
    "HoldGivenBack": _l("Reserve released"),
    "PaymentRefunded": _l("Paid back to the card"),
    "WebhookKept": _l("Message of the payment provider kept"),
    "LabelsWanted": _l("Labels asked for"),
}
JOBS = {
    "documents.labels": _l("Sheet of labels made"),
    "documents.correction": _l("Paper of a refund made"),
    "payments.capture_own": _l("Card of a driver charged"),
    "payments.forget_page": _l("Card page given up"),
    "drivers.limit_reached": _l("Limit of charging reached: mails"),
    "payments.refund": _l("Money returned to a card"),
    "sessions.start_refused": _l("End a start that was refused"),
    "sessions.close_forgotten": _l("End a session its charge point forgot"),
}
