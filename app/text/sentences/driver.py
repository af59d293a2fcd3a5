"""What drivers are told when something cannot be, and notes after what they did."""

from app.text.words import lazy as _l

REFUSALS = {
    "no_price": _l("There is no price for this charge point now, so charging cannot start."),
    "faulted": _l("This charge point has a fault. Charging cannot start here."),
    "out_of_service": _l("This charge point is out of service."),
    "reserved": _l("This charge point is reserved for somebody else."),
    "never_connected": _l("This charge point is not yet in service."),
    "offline": _l("This charge point has no connection now. Charging cannot start here."),
    "occupied": _l("Somebody is charging here. Wait until it is free, or use another charge point."),
    "price_changed": _l("The price has changed meanwhile. Look at it again before you go on."),
    "no_provider": _l("Card payment is not set up here. Charging cannot be paid now."),
    "unknown_label": _l("There is no charge point with this label."),
    "link_over": _l("This link no longer works."),
    "not_offered": _l("The company does not offer this now."),
    "unknown_link": _l("This link does not belong to any charge."),
    "station_offline": _l("The charge point has no connection now. Stop at the charge point, or try again in a minute."),
    "receipt_not_ready": _l("The receipt is being made. Try again in a moment."),
    "no_receipt": _l("No receipt found for these details."),
    "too_many_tries": _l("Too many tries. Try again in an hour."),
    "start_not_started": _l("Nobody plugged in within 3 minutes."),
    "start_card_not_entered": _l("No card was entered."),
    "start_cancelled": _l("You cancelled before charging began."),
    "start_taken": _l("Somebody else began here meanwhile."),
    "start_offline": _l("The charge point lost its connection."),
    "start_faulted": _l("The charge point reported a fault."),
    "start_out_of_service": _l("The charge point went out of service."),
    "start_failed": _l("The charge point did not start."),
    "start_rejected": _l("The charge point refused to start."),
    "unknown_test_card": _l("This is not one of the test cards below."),
    "card_expired": _l("This card has expired."),
    "hold_over": _l("This payment is already finished."),
    "unknown_hold": _l("This payment is not known."),
    "key_reused": _l("This form was used for something else. Load the page again."),
}
NOTES = {
    "company-accepted": _l("You charge on the company's account from now on."),
    "company-declined": _l("You do not charge on the company's account. Your card charges at your own cost."),
    "company-left": _l("You have left the company's account."),
    "card-lost": _l("The card is blocked. Nobody can charge with it."),
    "link-mailed": _l("The link is on its way to you."),
}
