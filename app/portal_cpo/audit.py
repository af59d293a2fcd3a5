"""The audit log (B59): who did what, for whom, from where; filter, export, check of the chain."""

from __future__ import annotations

from typing import Any

from flask import request

from app.documents.sheets.audit import AUDIT, log_filter
from app.domain.people.audit_log import audit_log, chain_state
from app.domain.people.queries import operator_defaults
from app.portal_cpo import bp
from app.text.messages import EVENTS
from app.web.exports import sheet_or_question
from app.web.pages import page
from app.web.signin import current_work


@bp.get("/audit")
def audit() -> Any:
    """The log, the newest first."""
    work = current_work()
    zone = operator_defaults(work)["time_zone"]
    kept = AUDIT.wanted(request.args)
    found = audit_log(work, log_filter(kept, zone), cursor=request.args.get("after"))
    acts = sorted(((name, str(word)) for name, word in EVENTS.items()), key=lambda pair: pair[1].casefold())
    chain = chain_state(work, whole=request.args.get("check") == "all")
    return page("cpo/audit/index.html", part="cpo/audit/_list.html", found=found, kept=kept, acts=acts, zone=zone, chain=chain)


@bp.get("/audit.csv")
def audit_file() -> Any:
    """The filter as a file."""
    return sheet_or_question("cpo", "audit")
