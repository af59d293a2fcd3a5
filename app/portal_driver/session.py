"""A driver's own charge behind its secret link: starting, running, idle, finished (D3 to D6), stopping it, and its receipt."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, redirect, url_for

from app.domain.invoices.queries import document_content, documents_of, file_of
from app.domain.sessions.actions import request_stop
from app.domain.sessions.detail import session_detail
from app.domain.sessions.mailing import mail_session_link
from app.domain.sessions.queries import live_row
from app.kernel.errors import Conflict, NotFound, Unavailable
from app.portal_driver import bp
from app.portal_driver.doors import AtSession, at_session
from app.portal_driver.forms.start import MailForm
from app.web.explain_pages import driver_explanation
from app.web.forms import OneTimeForm
from app.web.pages import fragment, go, page

#: papers that a charge's driver paid by
_RECEIPTS = ("receipt", "own_part")


@bp.get("/s/<secret>/")
def session(secret: str) -> Any:
    """D3, D4, D5 or the head of D6, whichever it is now; follows by itself."""
    at = at_session(secret)
    return _private(page("driver/session/show.html", part="driver/session/_session.html", **_row(at)))


@bp.get("/s/<secret>/state")
def session_state(secret: str) -> Any:
    """The live card alone, read again after every (re)connection of the stream."""
    return _private(fragment("driver/session/_session.html", **_row(at_session(secret))))


@bp.get("/s/<secret>/stop")
def stop(secret: str) -> Any:
    """The second step of stopping: stop now, or go on."""
    at = at_session(secret)
    shown = _row(at)
    if not shown["row"].is_open:
        return redirect(url_for("driver.session", secret=secret), 303)
    return _private(page("driver/session/stop.html", form=OneTimeForm(formdata=None), **shown), "same-origin")


@bp.post("/s/<secret>/stop", endpoint="stop_post")
def stop_now(secret: str) -> Any:
    """Ask the charge point to end the charge; one that has not begun is given up."""
    at = at_session(secret)
    form = OneTimeForm()
    try:
        if form.validate():
            request_stop(at.work, at.session_id, form.one_time_key.data)
            return go("driver.session", secret=secret)
    except Unavailable as refusal:
        form.refuse(refusal)
    return _private(page("driver/session/stop.html", form=form, status=422, **_row(at)), "same-origin")


@bp.get("/s/<secret>/receipt")
def receipt(secret: str) -> Any:
    """D6: what it came to, line by line, what was reserved, charged and released."""
    at = at_session(secret)
    shown = receipt_context(at) | {
        "pdf": url_for("driver.receipt_pdf", secret=secret),
        "explain": url_for("driver.session_explain", secret=secret),
        "papers": f"/s/{secret}/papers",
    }
    return _private(page("driver/session/receipt.html", part="driver/session/_receipt.html", **shown))


@bp.get("/s/<secret>/explain", endpoint="session_explain")
def explain(secret: str) -> Any:
    """How the price came about, line by line; before it is known, on to where it will appear."""
    at = at_session(secret)
    try:
        shown = driver_explanation(at.work, at.session_id)
    except Conflict:
        return redirect(url_for("driver.receipt", secret=secret), 303)
    return _private(page("driver/session/explain.html", back=url_for("driver.receipt", secret=secret), **shown))


@bp.get("/s/<secret>/receipt.pdf")
def receipt_pdf(secret: str) -> Any:
    """The receipt's file, as it was issued once."""
    at = at_session(secret)
    return pdf_answer(at)


@bp.get("/s/<secret>/papers/<number>.pdf")
def session_paper(secret: str, number: str) -> Any:
    """A paper that corrects the receipt."""
    return pdf_answer(at_session(secret), number)


@bp.get("/s/<secret>/mail")
def mail(secret: str) -> Any:
    """Where the link to this charge may be sent."""
    at = at_session(secret)
    return _private(page("driver/session/mail.html", form=MailForm(formdata=None), **_row(at)), "same-origin")


@bp.post("/s/<secret>/mail", endpoint="mail_post")
def mail_link(secret: str) -> Any:
    """Send the link to this charge to an address."""
    at = at_session(secret)
    form = MailForm()
    if not form.validate():
        return _private(page("driver/session/mail.html", form=form, status=422, **_row(at)), "same-origin")
    mail_session_link(at.work, at.session_id, form.email.data, url_for("driver.session", secret=secret, _external=True))
    return go("driver.session", secret=secret, note="link-mailed")


def receipt_context(at: AtSession) -> dict[str, Any]:
    """What the receipt page shows."""
    detail = session_detail(at.work, at.session_id)
    papers = documents_of(at.work.session, session_id=at.session_id)
    paper = next((one for one in papers if one.kind in _RECEIPTS), None)
    parts = document_content(at.work.session, paper.id)["parts"] if paper and paper.kind == "own_part" else None
    corrections = [one for one in papers if one.kind == "correction"]
    shown = {"paper": paper, "parts": parts, "corrections": corrections}
    return {"d": detail, "row": detail.live, "secret": at.secret, "now": at.work.now, **shown}


def pdf_answer(at: AtSession, number: str = "") -> Response:
    """The file of a session's receipt, or of its paper of that number; ``NotFound`` while it is not rendered."""
    papers = documents_of(at.work.session, session_id=at.session_id)
    paper = next((one for one in papers if one.number == number or (not number and one.kind in _RECEIPTS)), None)
    file = file_of(at.work.session, paper.id) if paper else None
    if file is None:
        raise NotFound("receipt_not_ready")
    answer = make_response(file.body)
    answer.headers["Content-Type"] = file.media_type
    answer.headers["Content-Disposition"] = f'inline; filename="{file.number}.pdf"'
    return _private(answer)


def _row(at: AtSession) -> dict[str, Any]:
    return {"row": live_row(at.work.session, at.session_id, at=at.work.now), "secret": at.secret, "now": at.work.now}


def _private(answer: Response, referrer: str = "no-referrer") -> Response:
    """A secret link tells nobody where it was: no referrer, no search engine, no cache. A page with a form needs its own origin sent."""
    answer.headers["Referrer-Policy"] = referrer
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer
