"""A contact of a partner says, by the link in a mail and without signing in, that its address is right (B4)."""

from __future__ import annotations

from typing import Any

from app.domain.people.contacting import asked_of, confirm_contact
from app.kernel.errors import Conflict
from app.text.messages import sentence
from app.web import errors
from app.web.access import bp
from app.web.database import act_as
from app.web.pages import page
from app.web.signin import bare_actor, current_work


@bp.get("/contact/<token>", endpoint="contact")
def show_contact(token: str) -> Any:
    """What is to be confirmed."""
    return _answered(token, done=False)


@bp.post("/contact/<token>", endpoint="contact_confirm")
def contact_confirm(token: str) -> Any:
    """It is right."""
    return _answered(token, done=True)


def _answered(token: str, *, done: bool) -> Any:
    work = current_work()
    try:
        asked = asked_of(work, token)
        if done:
            confirm_contact(work, token)
            work.session.flush()
    except Conflict as refusal:
        return errors.answer(410, sentence(refusal))
    act_as(bare_actor())
    return page("access/contact.html", a=asked, done=done, token=token)
