"""``/confirm-it-is-you`` (A2): asked again before bank data, payouts, keys and roles, then good for ten minutes.

Whoever has a second factor shows that; everybody else types the password.
"""

from __future__ import annotations

from typing import Any

from flask import request

from app.domain.people import signin as people
from app.domain.people.factors import record_recovery_code
from app.domain.people.signin import PersonRow
from app.kernel.errors import Conflict, Invalid, NotAllowed, Refusal
from app.web.access import bp, own_work
from app.web.access_factors import check_code
from app.web.access_forms import CodeForm, ConfirmForm
from app.web.confirm import note_confirmation
from app.web.database import act_as, aside
from app.web.forms import BaseForm
from app.web.pages import go_to, page
from app.web.passkey_site import site
from app.web.signin import bare_actor, current_person, current_work, safe_next, to_sign_in


@bp.get("/confirm-it-is-you", endpoint="confirm")
def show_confirm() -> Any:
    """Ask who is there."""
    person = current_person()
    if person is None:
        return to_sign_in()
    return _page(CodeForm(formdata=None) if person.has_second_factor else ConfirmForm(formdata=None), person)


@bp.post("/confirm-it-is-you")
def confirm_post() -> Any:
    """Check password or code; misses count like those of the sign-in page."""
    person = current_person()
    if person is None:
        return to_sign_in()
    form: Any = CodeForm() if person.has_second_factor else ConfirmForm()
    if not form.validate():
        return _page(form, person, status=422)
    found = check_code(person.user_id, form.code.data) if person.has_second_factor else _check_password(person, form.password.data)
    act_as(bare_actor())
    if isinstance(found, Refusal):
        return _page(form.refuse(found), person, status=429 if found.code == "sign_in_blocked" else 422)
    if found == "recovery_code":
        record_recovery_code(own_work(), person.user_id)
    note_confirmation()
    return go_to(safe_next(request.args.get("next")) or "/")


def _check_password(person: PersonRow, password: str) -> str | Refusal:
    with aside() as counting:
        minutes = people.count_attempt(counting, person.email, request.remote_addr or "")
    if minutes:
        return Conflict("sign_in_blocked", minutes=minutes)
    work = current_work()
    try:
        people.verify(work, person.email, password)
    except NotAllowed as refusal:
        return Invalid("password_wrong", field="password") if refusal.code == "sign_in_wrong" else refusal
    people.forget_attempts(work, person.email)
    return "password"


def _page(form: BaseForm, person: PersonRow, *, status: int = 200) -> Any:
    shown = {"by_code": person.has_second_factor, "has_passkeys": site().has_passkeys, "next": safe_next(request.args.get("next"))}
    return page("access/confirm.html", form=form, status=status, **shown)
