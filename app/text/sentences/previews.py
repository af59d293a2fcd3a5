"""Sentences about looking through somebody else's eyes."""

from __future__ import annotations

from app.text.words import lazy as _l

REFUSALS = {
    "in_the_future": _l("This time has not come yet."),
    "no_role_then": _l("%(name)s had no role in this account at that time."),
    "preview_problem": _l("Preview: %(account)s · %(role)s could not do this. %(reason)s"),
    "preview_over": _l("The preview is over. You act as yourself again."),
}
