"""``/confirm-it-is-you`` (A2): asked again before bank data, payouts, keys and roles, then good for ten minutes."""

from __future__ import annotations

from typing import Any

from flask import request

from app.domain.people import signin as people
from app.kernel.errors import Conflict, NotAllowed
from app.web.access import bp
from app.web.access_forms import ConfirmForm
from app.web.confirm import note_confirmation
from app.web.database import act_as, aside
from app.web.pages import go_to, page
from app.web.signin import bare_actor, current_person, current_work, safe_next, to_sign_in


@bp.get("/confirm-it-is-you", endpoint="confirm")
def show_confirm() -> Any:
    """Ask who is there."""
    if current_person() is None:
        return to_sign_in()
    return _page(ConfirmForm(formdata=None))


@bp.post("/confirm-it-is-you")
def confirm_post() -> Any:
    """Check the password; misses count like those of the sign-in page."""
    person = current_person()
    if person is None:
        return to_sign_in()
    form = ConfirmForm()
    if not form.validate():
        return _page(form, status=422)
    with aside() as counting:
        minutes = people.count_attempt(counting, person.email, request.remote_addr or "")
    if minutes:
        return _page(form.refuse(Conflict("sign_in_blocked", minutes=minutes)), status=429)
    work = current_work()
    try:
        people.verify(work, person.email, form.password.data)
    except NotAllowed as refusal:
        return _page(form.refuse(NotAllowed("password_wrong") if refusal.code == "sign_in_wrong" else refusal), status=422)
    people.forget_attempts(work, person.email)
    act_as(bare_actor())
    note_confirmation()
    return go_to(safe_next(request.args.get("next")) or "/")


def _page(form: ConfirmForm, *, status: int = 200) -> Any:
    return page("access/confirm.html", form=form, next=safe_next(request.args.get("next")), status=status)
