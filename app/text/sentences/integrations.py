"""Access of other systems."""

from app.text.words import lazy as _l

REFUSALS = {
    "more_than_you_may": _l("A key cannot allow more than you may do yourself."),
    "key_needed": _l("Send a valid access key in the header Authorization, after the word Bearer."),
    "too_many_calls": _l("This key was used too often in a minute. Try again in %(seconds)s seconds."),
    "content_not_read": _l("Send the prices as text/csv or application/json."),
    "not_json": _l("Send a JSON object whose only member is a list with the name prices."),
    "curve_rows_wrong": _l("Prices that cannot be read: %(count)s. Nothing was stored."),
}

NOTES = {
    "key-revoked": _l("Revoked. Whatever uses this key is refused from now on."),
}

EVENTS = {
    "ApiKeyCreated": _l("Access key created"),
    "ApiKeyRevoked": _l("Access key revoked"),
}

STATES = {
    "api_key": {
        "active": (_l("Active"), "tick", "ok"),
        "expired": (_l("Expired"), "barred", "off"),
        "revoked": (_l("Revoked"), "barred", "off"),
    },
}
