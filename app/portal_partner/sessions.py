"""P3: the partner's sessions (B40 to B42 in its own scope); amounts by right, drivers masked."""

from __future__ import annotations

from typing import Any

from app.access.permissions import Permission
from app.domain.sessions.actions import request_stop
from app.domain.sessions.queries import session_id_by_code
from app.kernel.errors import Unavailable
from app.portal_partner import bp
from app.web.exports import sheet_or_question
from app.web.forms import OneTimeForm
from app.web.pages import go, page
from app.web.session_pages import list_context, session_context
from app.web.signin import current_account, current_work


@bp.get("/sessions")
def sessions() -> Any:
    """Find, sum and export charges."""
    return page("shared/sessions/index.html", part="shared/sessions/_list.html", base=_base(), **list_context(current_work()))


@bp.get("/sessions.csv", endpoint="sessions_csv")
def sessions_as_csv() -> Any:
    """The filter as a file; a big one is made by a job, which is asked for first."""
    return sheet_or_question("partner", "sessions")


@bp.get("/sessions/<code>")
def session(code: str) -> Any:
    """Everything about one charge."""
    return page("shared/sessions/show.html", base=_base(), **session_context(current_work(), code))


@bp.get("/sessions/<code>/stop", endpoint="session_stop")
def stop(code: str) -> Any:
    """Asks before a charge is ended from afar."""
    work = current_work()
    shown = session_context(work, code)
    work.require(Permission.COMMAND_STOP, partner_id=shown["row"].partner_id)
    return page("shared/sessions/stop.html", base=_base(), form=OneTimeForm(formdata=None), **shown)


@bp.post("/sessions/<code>/stop", endpoint="session_stop_do")
def stop_now(code: str) -> Any:
    """Ask the charge point to end it."""
    work, form = current_work(), OneTimeForm()
    try:
        if form.validate():
            request_stop(work, session_id_by_code(work, code), form.one_time_key.data)
            return go("partner.session", code=code, note="stop-asked")
    except Unavailable as refusal:
        form.refuse(refusal)
    return page("shared/sessions/stop.html", base=_base(), form=form, status=422, **session_context(work, code))


def _base() -> str:
    account = current_account()
    return f"/partner/{account.code}" if account else ""
