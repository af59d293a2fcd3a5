"""Which mails a person wants (A5)."""

from __future__ import annotations

from typing import Any

from app.domain.people.notices import choose_mails, my_wishes
from app.web.access import account_page, bp, own_work
from app.web.access_forms import mails_form
from app.web.browser_habits import own_zone
from app.web.pages import go
from app.web.signin import current_person, to_sign_in


@bp.post("/account/mails")
def mails_save() -> Any:
    """Save how one wants to be told."""
    if current_person() is None:
        return to_sign_in()
    work = own_work()
    wishes = my_wishes(work)
    form = mails_form(wishes, sent=True)
    if not form.validate():
        return account_page(422, mails=form)
    choose_mails(work, {event: form[event].data for event in wishes}, own_zone("") or None)
    return go("access.account", note="mails-saved")
