"""A person's open sign-ins: ending one, or all others (A5)."""

from __future__ import annotations

from typing import Any

from app.kernel.errors import NotFound
from app.web import open_signins
from app.web.access import bp
from app.web.pages import go
from app.web.signin import current_person, to_sign_in


@bp.post("/account/sign-ins/<handle>/end")
def sign_in_end(handle: str) -> Any:
    """End one of the own sign-ins."""
    person = current_person()
    if person is None:
        return to_sign_in()
    if not open_signins.end(person.user_id, handle):
        raise NotFound
    return go("access.account", note="sign-in-ended")


@bp.post("/account/sign-ins/end-others")
def sign_ins_end_others() -> Any:
    """End every sign-in but this one."""
    person = current_person()
    if person is None:
        return to_sign_in()
    open_signins.end_others(person.user_id)
    return go("access.account", note="sign-ins-ended")
