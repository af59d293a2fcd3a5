"""A forgotten password (A3): one answer for every address; the link works once, for 30 minutes."""

from __future__ import annotations

from typing import Any

from flask import request

from app.domain.people import resets
from app.domain.people import signin as people
from app.kernel.errors import Conflict, Invalid
from app.text.messages import sentence
from app.web import errors
from app.web.access import bp
from app.web.access_forms import NewPasswordForm, ResetForm
from app.web.database import act_as, aside
from app.web.pages import fragment, go, page
from app.web.signin import bare_actor, current_work, sign_out


@bp.get("/reset", endpoint="reset")
def show_reset() -> Any:
    """Ask for the address."""
    return page("access/reset.html", form=ResetForm(formdata=None), sent=False)


@bp.post("/reset")
def reset_ask() -> Any:
    """A link is on its way, if the address is known; the answer does not tell."""
    form = ResetForm()
    if not form.validate():
        return page("access/reset.html", form=form, sent=False, status=422)
    email = form.email.data or ""
    with aside() as counting:
        minutes = people.count_attempt(counting, f"reset:{email.strip().lower()}", request.remote_addr or "")
    if not minutes:
        resets.ask(current_work(), email)
    return page("access/reset.html", form=form, sent=True)


@bp.get("/reset/<token>", endpoint="reset_link")
def show_new_password(token: str) -> Any:
    """Choose a new password."""
    try:
        return _page(token, NewPasswordForm(formdata=None))
    except Conflict as refusal:
        return errors.answer(410, sentence(refusal))


@bp.post("/reset/<token>")
def reset_save(token: str) -> Any:
    """The new password counts from now on."""
    form = NewPasswordForm()
    try:
        if not form.validate():
            return _page(token, form, status=422)
        resets.set_password(current_work(), token, form.password.data or "")
    except Conflict as refusal:
        return errors.answer(410, sentence(refusal))
    except Invalid as refusal:
        return _page(token, form.refuse(refusal), status=422)
    act_as(bare_actor())
    sign_out()
    return go("access.sign_in", note="password-set")


@bp.post("/password-strength")
def password_strength() -> Any:
    """How hard what is typed would be to guess, in words; nothing of it is kept."""
    typed = (request.form.get("password") or request.form.get("wanted") or "")[: people.LONGEST]
    about = [request.form.get(name, "") for name in ("name", "username")]
    known = people.strength(typed, about) if typed else None
    return fragment("access/_strength.html", score=known, is_short=len(typed) < people.SHORTEST)


def _page(token: str, form: NewPasswordForm, *, status: int = 200) -> Any:
    _, user = resets.of_link(current_work(), token)
    email = user.email
    act_as(bare_actor())
    return page("access/new_password.html", form=form, token=token, email=email, status=status)
