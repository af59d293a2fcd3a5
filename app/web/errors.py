"""Refusals become pages, or a banner for htmx: what happened, whether anything was saved, what to do. The rest is a bug with a number."""

from __future__ import annotations

import logging
from typing import Any
from uuid import uuid4

import psycopg
import psycopg.errors as pg
from flask import Flask, Response, current_app, make_response, render_template, request, session
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.access.permissions import Permission
from app.access.roles import GRANTS
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal, Unavailable
from app.text.messages import sentence
from app.text.words import gettext as _
from app.text.words import lazy as _l
from app.web.bodies import too_large
from app.web.database import fail_work
from app.web.pages import is_htmx
from app.web.then_rows import words_of

log = logging.getLogger(__name__)

STATUS: dict[type[Refusal], int] = {NotFound: 404, NotAllowed: 403, Invalid: 422, Conflict: 409, Unavailable: 503}
#: refusals that HTTP has a status of its own for
_BY_CODE = {"sign_in_blocked": 429, "too_many_calls": 429, "key_needed": 401, "content_not_read": 415}
#: what the database refuses, as the domain would have said it; anything else it refuses is a bug
_DATABASE: dict[type[Exception], Refusal] = {
    pg.UniqueViolation: Conflict("already_exists"),
    pg.ExclusionViolation: Conflict("already_exists"),
    pg.ForeignKeyViolation: Conflict("still_in_use"),
    pg.RestrictViolation: Conflict("already_final"),
    pg.SerializationFailure: Conflict("changed_meanwhile"),
    pg.DeadlockDetected: Conflict("changed_meanwhile"),
    pg.ReadOnlySqlTransaction: NotAllowed("read_only"),
    pg.QueryCanceled: Unavailable("unavailable"),
}

TITLES = {
    400: _l("This request cannot be read"),
    401: _l("Not signed in"),
    403: _l("Not allowed"),
    404: _l("Not found"),
    405: _l("This does not work here"),
    409: _l("Changed meanwhile"),
    410: _l("No longer here"),
    413: _l("Too large"),
    415: _l("Not a kind that is read here"),
    422: _l("This cannot be"),
    429: _l("Too many attempts"),
    500: _l("This did not work"),
    503: _l("Not reachable right now"),
}
SENTENCES = {
    400: _l("What arrived here was incomplete or damaged."),
    404: _l("Not found, or not shared with you."),
    405: _l("This address answers other requests only."),
    410: _l("This was here once and has been taken away."),
    429: _l("There were too many requests in a short time."),
    500: _l("Something went wrong on our side. Nothing was saved."),
    503: _l("A part of Voltpact does not answer right now."),
}
WAYS_ON = {
    400: _l("Go back and try again."),
    403: _l("Ask somebody whose role allows it, or whoever manages your account."),
    404: _l("Check the address, or search for it."),
    405: _l("Go back and use the buttons of the page."),
    409: _l("Go back, load the page again and compare before you save."),
    410: _l("Ask whoever gave you the link for a new one."),
    413: _l("Send less at once."),
    422: _l("Go back and correct it."),
    429: _l("Wait a while, then try again."),
    500: _l("Try again. If it happens again, tell us the reference number below."),
    503: _l("Try again in a minute."),
}
ROLE_WORDS = {
    "admin": _l("administrators"),
    "contract_manager": _l("contract managers"),
    "finance": _l("finance"),
    "technician": _l("technicians"),
    "hotline": _l("the hotline"),
    "sub_operator": _l("sub-operators"),
    "owner": _l("owners"),
    "manager": _l("managers"),
    "partner_technician": _l("technicians of the partner"),
    "accountant": _l("accountants"),
    "viewer": _l("viewers"),
}
#: the same said of one person
ROLES_ALONE = {
    "admin": _l("Administrator"),
    "contract_manager": _l("Contract manager"),
    "finance": _l("Finance"),
    "technician": _l("Technician"),
    "hotline": _l("Hotline"),
    "sub_operator": _l("Sub-operator"),
    "owner": _l("Owner"),
    "manager": _l("Manager"),
    "partner_technician": _l("Technician of the partner"),
    "accountant": _l("Accountant"),
    "viewer": _l("Viewer"),
    "driver": _l("Driver"),
}


def install(app: Flask) -> None:
    """Answer refusals, the database's refusals, HTTP errors and bugs."""
    app.register_error_handler(Refusal, refused)
    app.register_error_handler(StaleDataError, _stale)
    app.register_error_handler(DBAPIError, _database_refused)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _bug)


def refused(refusal: Refusal) -> Response:
    """The page or banner of a refusal."""
    status = next((code for kind, code in STATUS.items() if isinstance(refusal, kind)), 422)
    status = _BY_CODE.get(refusal.code, status)
    if isinstance(role := refusal.params.get("role"), str):
        refusal.params["role"] = role_word(role)
    if isinstance(right := refusal.params.get("right"), str):
        refusal.params["right"] = words_of("shared/contracts/words.html", "right_word")(right)
    return answer(status, sentence(refusal), who_can=_who_can(refusal), refusal=refusal)


def problem(status: int, text: str, *, refusal: Refusal | None = None, **more: Any) -> Response:
    """What programs are told (RFC 9457): title, status, detail, and of a refusal its code and the field it is about."""
    about = {"code": refusal.code, "field": refusal.field} if refusal else {}
    body = {"type": "about:blank", "title": str(TITLES.get(status, TITLES[500])), "status": status, "detail": text} | about | more
    response = make_response({name: value for name, value in body.items() if value not in (None, "")}, status)
    response.mimetype = "application/problem+json"
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Voltpact"'
    if refusal is not None and (seconds := refusal.params.get("seconds")) is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


def answer(status: int, text: str, *, who_can: str = "", reference: str = "", refusal: Refusal | None = None) -> Response:
    """An error page, or for htmx a banner at the top of the main part, or for programs a problem. Reads nothing from the database."""
    fail_work()
    if request.path.startswith("/api/"):
        return problem(status, text, refusal=refusal, reference=reference)
    about: dict[str, Any] = {
        "status": status,
        "title": str(TITLES.get(status, TITLES[500])),
        "text": text,
        "way_on": str(WAYS_ON.get(status, WAYS_ON[500])),
        "who_can": who_can,
        "was_saving": request.method not in {"GET", "HEAD", "OPTIONS"},
        "reference": reference,
        "help": session.get("help"),
    }
    if is_htmx():
        response = make_response(render_template("ui/_problem.html", **about), status)
        response.headers["HX-Retarget"] = "#problem"
        response.headers["HX-Reswap"] = "innerHTML"
        return response
    return make_response(render_template("layouts/error.html", **about), status)


def role_word(role: str) -> str:
    """A role as people say it, for lists of roles and accounts."""
    return str(ROLES_ALONE.get(role, role))


def _who_can(refusal: Refusal) -> str:
    if refusal.code == "read_only" or refusal.code.startswith("preview_"):
        return _("Go back to look on, or end the preview there.")
    right = refusal.params.get("permission")
    if not isinstance(refusal, NotAllowed) or not isinstance(right, str) or right not in {p.value for p in Permission}:
        return ""
    roles = [str(ROLE_WORDS[role.value]) for role, rights in GRANTS.items() if Permission(right) in rights]
    return _("This can be done by: %(roles)s.", roles=", ".join(roles)) if roles else ""


def _stale(_error: StaleDataError) -> Response:
    return refused(Conflict("changed_meanwhile"))


def _database_refused(error: DBAPIError) -> Response:
    for kind, refusal in _DATABASE.items():
        if isinstance(error.orig, kind):
            log.info("the database refused: %s", type(error.orig).__name__)
            return refused(refusal)
    if "\0" in request.path:
        return refused(NotFound())
    sent = [*request.args.items(), *request.form.items()]
    if isinstance(error.orig, psycopg.DataError) and (broken := [name for name, text in sent if "\0" in text]):
        return refused(Invalid("bad_character", field=broken[0]))
    if (isinstance(error, OperationalError) and error.connection_invalidated) or isinstance(error.orig, pg.OperationalError):
        log.warning("the database does not answer: %s", type(error.orig).__name__)
        return refused(Unavailable("unavailable"))
    return _bug(error)


def _http_error(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400:
        return error
    if status == 413:
        return answer(status, too_large())
    known = SENTENCES.get(status)
    return answer(status, str(known) if known else str(SENTENCES[400 if status < 500 else 500]))


def _bug(error: Exception) -> Response:
    reference = uuid4().hex[:10].upper()
    log.error("bug %s", reference, exc_info=error)
    if current_app.config.get("PROPAGATE_BUGS"):
        raise error
    return answer(500, str(SENTENCES[500]), reference=reference)
