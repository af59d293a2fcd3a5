"""Explain this cent, for both portals: the page of the ladder, of one figure, and the case as a file."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request

from app.access.permissions import Permission
from app.domain.sessions.explain import Explanation, case_of, explanation
from app.domain.sessions.queries import session_id_by_code
from app.domain.settlement.queries import statement_of_session
from app.kernel.errors import Conflict
from app.money.ladder import in_major
from app.web.pages import page
from app.web.session_pages import session_context
from app.web.signin import current_work


def explain_page(template: str, base: str, code: str, figure: str = "") -> Any:
    """The ladder of a session or of one of its figures; ``?again=yes`` computes it anew. Not rated yet: the page says so."""
    work = current_work()
    session_id = session_id_by_code(work, code)
    staff = base == "/cpo"
    try:
        shown = explanation(work, session_id, figure, again=request.args.get("again") == "yes", whole=staff)
    except Conflict:
        context = session_context(work, code)
        work.require(Permission.SESSION_AMOUNTS, partner_id=context["row"].partner_id)
        return page(template, base=base, shown=None, **context)
    found = statement_of_session(work, session_id)
    return page(
        template, base=base, shown=shown, row=shown.detail.live, d=shown.detail, statement=found, headline=headline(shown), major=in_major
    )


def headline(shown: Explanation) -> list[Any]:
    """The steps of the share in one line: what is deducted, base, share."""
    return [step for step in shown.steps if step.name in {"base", "share"}]


def explain_file(code: str, *, whole: bool) -> Response:
    """The case as JSON: ``voltpact price`` prices it and says whether it agrees."""
    work = current_work()
    case = case_of(work, session_id_by_code(work, code), whole=whole)
    answer = Response(json.dumps(case, ensure_ascii=False) + "\n", mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{case["name"]}.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
