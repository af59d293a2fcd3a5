"""Passkeys: signing in with one, as second factor, to confirm, and adding one. ``static/js/passkeys.js`` talks to these; each ceremony
is two posts: options (JSON) and the form that carries the browser's answer."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from flask import Response, current_app, request, session, url_for

from app.access.actor import Actor, ActorKind
from app.domain.people import passkeys
from app.domain.people import signin as people
from app.domain.people.signin import PersonRow
from app.kernel.errors import Conflict, Invalid, NotAllowed
from app.web.access import bp, own_work
from app.web.access_factors import after_new_factor, whole_signed_in
from app.web.confirm import is_confirmed, note_confirmation
from app.web.database import act_as, aside
from app.web.half_way import half_target, half_user
from app.web.pages import go, go_to
from app.web.passkey_site import passkey_site
from app.web.signin import bare_actor, current_person, current_work, safe_next, to_sign_in


@bp.post("/sign-in/passkey/options")
def passkey_options() -> Any:
    """What the browser needs to show a passkey: one of the person half signed in or signed in, else any."""
    person = current_person()
    whose = person.user_id if person is not None else half_user()
    if whose is not None:
        act_as(Actor(ActorKind.USER, "sign-in", id=whose))
    return begin(passkeys.ask(current_work(), passkey_site(), whose))


@bp.post("/sign-in/passkey")
def passkey_sign_in() -> Any:
    """Sign in by passkey alone, or as second factor after the password."""
    half, target = half_user(), half_target() or safe_next(request.args.get("next"))
    return whole_signed_in(_recognised(half), "passkey", target)


@bp.post("/confirm-it-is-you/passkey")
def passkey_confirm() -> Any:
    """Confirm to be there by passkey."""
    person = current_person()
    if person is None:
        return to_sign_in()
    _recognised(person.user_id)
    act_as(bare_actor())
    note_confirmation()
    return go_to(safe_next(request.args.get("next")) or "/")


@bp.post("/account/passkeys/options")
def passkey_new_options() -> Any:
    """What the browser needs to make a passkey."""
    person = current_person()
    if person is None:
        return to_sign_in()
    _require_confirmed(person)
    return begin(passkeys.ask_new(own_work(), passkey_site(), person.user_id))


@bp.post("/account/passkeys")
def passkey_save() -> Any:
    """Keep the passkey that was made."""
    person = current_person()
    if person is None:
        return to_sign_in()
    _require_confirmed(person)
    try:
        codes = passkeys.add(
            own_work(), passkey_site(), person.user_id, request.form.get("answer", ""), challenge(), request.form.get("label", "")
        )
    except Invalid:
        return go("access.account", note="passkey-refused")
    return after_new_factor(codes)


def _recognised(user_id: UUID | None) -> UUID:
    """Whose passkey it is; attempts are counted from where they come."""
    with aside() as counting:
        minutes = people.count_attempt(counting, "", request.remote_addr or "")
    if minutes:
        raise Conflict("sign_in_blocked", minutes=minutes)
    return passkeys.recognise(current_work(), passkey_site(), request.form.get("answer", ""), challenge(), user_id)


def begin(asked: passkeys.Asked) -> Response:
    """Send the options of a ceremony; its challenge is kept until the answer comes."""
    session["passkey_challenge"] = base64.urlsafe_b64encode(asked.challenge).decode()
    return current_app.response_class(asked.options, mimetype="application/json")


def challenge() -> bytes:
    """The challenge of the ceremony begun, once; refuses ``passkey_refused`` when there is none."""
    kept = session.pop("passkey_challenge", None)
    if kept is None:
        raise NotAllowed("passkey_refused")
    return base64.urlsafe_b64decode(kept)


def _require_confirmed(person: PersonRow) -> None:
    """Whoever has a second factor shows it before another one is added."""
    if person.has_second_factor and not is_confirmed():
        raise NotAllowed("confirm_first", address=url_for("access.confirm"))
