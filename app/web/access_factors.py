"""The second factor (A2): asked for at sign-in; set up, renewed and removed in one's own account. Recovery codes are shown once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request, session, url_for

from app.access.actor import Actor, ActorKind
from app.domain.people import factors
from app.domain.people import signin as people
from app.domain.people.signin import PersonRow
from app.kernel.errors import Conflict, Invalid, NotFound, Refusal
from app.text.qr import qr_svg
from app.text.words import gettext as _
from app.web.access import bp, own_work
from app.web.access_forms import CodeForm, FactorForm
from app.web.confirm import confirmed, is_confirmed, note_confirmation
from app.web.database import act_as, aside
from app.web.half_way import half_target, half_user
from app.web.pages import go, go_to, page
from app.web.passkey_site import site
from app.web.signin import (
    current_person,
    factor_is_required,
    landing,
    safe_next,
    settings,
    sign_in,
    to_sign_in,
)


def whole_signed_in(user_id: UUID, method: str, target: str | None = None) -> Any:
    """Both factors were right: signed in, and on to the page first asked for."""
    work = act_as(Actor(ActorKind.USER, "sign-in", id=user_id))
    row = people.enter(work, user_id)
    account = sign_in(row, work, method=method)
    if method == "recovery_code":
        factors.record_recovery_code(work, user_id)
    people.forget_attempts(work, row.email, request.remote_addr or "")
    return go_to(target or landing(account))


@bp.get("/sign-in/second-factor", endpoint="second_factor")
def show_second_factor() -> Any:
    """Ask for the code."""
    return _code_page(CodeForm(formdata=None)) if half_user() else redirect(url_for("access.sign_in"), 303)


@bp.post("/sign-in/second-factor")
def second_factor_post() -> Any:
    """Check the code; misses count."""
    user_id, form = half_user(), CodeForm()
    if user_id is None:
        return redirect(url_for("access.sign_in"), 303)
    if not form.validate():
        return _code_page(form, status=422)
    found = check_code(user_id, form.code.data or "")
    if isinstance(found, Refusal):
        return _code_page(form.refuse(found), status=429 if found.code == "sign_in_blocked" else 422)
    return whole_signed_in(user_id, found, half_target())


def check_code(user_id: UUID, typed: str) -> str | Refusal:
    """Try a code for the person: which kind it was (see ``factors.check_code``), or the refusal. Attempts are counted per person, and from
    where."""
    key = f"factor:{user_id}"
    with aside() as counting:
        minutes = people.count_attempt(counting, key, request.remote_addr or "")
    if minutes:
        return Conflict("sign_in_blocked", minutes=minutes)
    work = act_as(Actor(ActorKind.USER, "sign-in", id=user_id))
    try:
        kind = factors.check_code(work, user_id, typed, secret_key=settings().secret_key)
    except Invalid as refusal:
        return refusal
    people.forget_attempts(work, key)
    return kind


@bp.get("/account/second-factor", endpoint="factor_new")
def show_factor_new() -> Any:
    """An authenticator app: its QR code, and the field for the first code it shows. Passkeys are offered beside it."""
    person = current_person()
    if person is None:
        return to_sign_in()
    if person.has_second_factor:
        return _new_page_confirmed(person)
    return _new_page(person, FactorForm(formdata=None))


@bp.post("/account/second-factor")
def factor_save() -> Any:
    """Keep the app once it has shown a right code."""
    person, form = current_person(), FactorForm()
    if person is None:
        return to_sign_in()
    if person.has_second_factor and not is_confirmed():
        return go_to(url_for("access.confirm", next=url_for("access.factor_new")), note="confirm-first")
    secret = session.get("factor_secret")
    if not form.validate() or secret is None:
        return _new_page(person, form, status=422)
    try:
        codes = factors.add_app(
            own_work(), person.user_id, secret, form.code.data or "", form.label.data or "", secret_key=settings().secret_key
        )
    except Invalid as refusal:
        return _new_page(person, form.refuse(refusal), status=422)
    session.pop("factor_secret", None)
    return after_new_factor(codes)


def after_new_factor(codes: list[str]) -> Any:
    """On from a new factor: to its recovery codes if it was the first."""
    note_confirmation()
    if codes:
        session["recovery_codes"] = codes
        return go("access.recovery_codes", note="factor-added")
    return go("access.account", note="factor-added")


@bp.get("/account/recovery-codes", endpoint="recovery_codes")
def show_recovery_codes() -> Any:
    """The ten codes, once; afterwards only how many are left."""
    person = current_person()
    if person is None:
        return to_sign_in()
    codes = session.pop("recovery_codes", None)
    return page("access/recovery_codes.html", codes=codes, left=factors.codes_left(own_work(), person.user_id))


@bp.post("/account/recovery-codes")
@confirmed
def recovery_codes_new() -> Any:
    """Ten new codes; those before are void."""
    person = current_person()
    if person is None:
        return to_sign_in()
    if not person.has_second_factor:
        raise NotFound
    session["recovery_codes"] = factors.new_codes(own_work(), person.user_id)
    return go("access.recovery_codes")


@bp.post("/account/factors/<uuid:factor_id>/remove")
@confirmed
def factor_remove(factor_id: UUID) -> Any:
    """Take a factor away."""
    person = current_person()
    if person is None:
        return to_sign_in()
    factors.remove_factor(own_work(), person.user_id, factor_id, is_required=factor_is_required())
    return go("access.account", note="factor-removed")


@confirmed
def _new_page_confirmed(person: PersonRow) -> Any:
    return _new_page(person, FactorForm(formdata=None))


def _new_page(person: PersonRow, form: FactorForm, *, status: int = 200) -> Any:
    secret = session.get("factor_secret")
    if secret is None:
        secret, _address = factors.new_secret(person.email)
        session["factor_secret"] = secret
    shown = {
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "code": qr_svg(factors.otp_address(secret, person.email), _("QR code for your authenticator app")),
        "may_wait": not factor_is_required(),
        "target": safe_next(request.args.get("next")) or "/",
        "has_passkeys": site().has_passkeys,
    }
    return page("access/factor_new.html", form=form, status=status, **shown)


def _code_page(form: CodeForm, *, status: int = 200) -> Any:
    return page("access/second_factor.html", form=form, status=status, has_passkeys=site().has_passkeys)
