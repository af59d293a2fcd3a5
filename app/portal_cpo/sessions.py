"""B40 to B42: sessions of all partners, one session whole, and where its amounts come from."""

from __future__ import annotations

from typing import Any

from app.access.permissions import Permission
from app.domain.sessions.actions import release_held, request_stop
from app.domain.sessions.queries import session_id_by_code
from app.kernel.errors import Conflict, Invalid, Unavailable
from app.portal_cpo import bp
from app.portal_cpo.forms.sessions import ReleaseForm
from app.web.exports import sheet_or_question
from app.web.forms import OneTimeForm
from app.web.pages import go, page
from app.web.session_pages import list_context, session_context
from app.web.signin import current_work


@bp.get("/sessions")
def sessions() -> Any:
    """Find, sum and export charges."""
    return page("shared/sessions/index.html", part="shared/sessions/_list.html", base="/cpo", **list_context(current_work()))


@bp.get("/sessions.csv", endpoint="sessions_csv")
def sessions_as_csv() -> Any:
    """The filter as a file; a big one is made by a job, which is asked for first."""
    return sheet_or_question("cpo", "sessions")


@bp.get("/sessions/<code>")
def session(code: str) -> Any:
    """Everything about one charge."""
    return page("shared/sessions/show.html", base="/cpo", **session_context(current_work(), code))


@bp.get("/sessions/<code>/stop", endpoint="session_stop")
def stop(code: str) -> Any:
    """Asks before a charge is ended from afar."""
    shown = _allowed(code, Permission.COMMAND_STOP)
    return page("shared/sessions/stop.html", base="/cpo", form=OneTimeForm(formdata=None), **shown)


@bp.post("/sessions/<code>/stop", endpoint="session_stop_do")
def stop_now(code: str) -> Any:
    """Ask the charge point to end it."""
    shown = _allowed(code, Permission.COMMAND_STOP)
    work, form = current_work(), OneTimeForm()
    try:
        if form.validate():
            request_stop(work, session_id_by_code(work, code), form.one_time_key.data)
            return go("cpo.session", code=code, note="stop-asked")
    except Unavailable as refusal:
        form.refuse(refusal)
    return page("shared/sessions/stop.html", base="/cpo", form=form, status=422, **shown)


@bp.get("/sessions/<code>/release", endpoint="session_release")
def release(code: str) -> Any:
    """Let a held session be billed as it stands; a reason is needed."""
    shown = _allowed(code, Permission.SESSION_CORRECT)
    return page("cpo/sessions/release.html", base="/cpo", form=ReleaseForm(formdata=None), **shown)


@bp.post("/sessions/<code>/release", endpoint="session_release_do")
def release_now(code: str) -> Any:
    """Do it."""
    shown = _allowed(code, Permission.SESSION_CORRECT)
    work, form = current_work(), ReleaseForm()
    try:
        if form.validate():
            release_held(work, session_id_by_code(work, code), form.reason.data)
            return go("cpo.session", code=code, note="hold-released")
    except (Conflict, Invalid) as refusal:
        form.refuse(refusal)
    return page("cpo/sessions/release.html", base="/cpo", form=form, status=422, **shown)


def _allowed(code: str, right: Permission) -> dict[str, Any]:
    """What the pages of a session show, for somebody who holds the right there: asked before a form is read."""
    shown = session_context(current_work(), code)
    current_work().require(right, partner_id=shown["row"].partner_id)
    return shown
