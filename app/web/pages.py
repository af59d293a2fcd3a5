"""Answers of views: a whole page, a fragment of it, or a way on."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request, session, url_for

from app.web.signin import safe_next


def is_htmx() -> bool:
    """Was this asked by htmx?"""
    return request.headers.get("HX-Request") == "true"


def is_partial() -> bool:
    """Does the browser want only a piece of the page? Never when it restores its history."""
    return is_htmx() and request.headers.get("HX-Request-Type") == "partial" and "HX-History-Restore-Request" not in request.headers


def page(template: str, *, part: str | None = None, status: int = 200, **context: Any) -> Response:
    """A page; to a partial htmx request only its fragment ``part``, if one is named, with the same context."""
    if part is not None and is_partial():
        return fragment(part, status=status, **context)
    response = make_response(render_template(template, **context), status)
    return _varied(response)


def fragment(template: str, *, status: int = 200, **context: Any) -> Response:
    """One fragment: a file that begins with an underscore and has one root element."""
    return _varied(make_response(render_template(template, **context), status))


def go(endpoint: str, *, note: str | None = None, note_values: dict[str, str] | None = None, **values: Any) -> Response:
    """On to another page after a change (303), with a line under its heading: ``go("cpo.partner", code=row.code, note="saved")``."""
    return go_to(url_for(endpoint, **values), note=note, note_values=note_values)


def go_to(address: str, *, note: str | None = None, note_values: dict[str, str] | None = None) -> Response:
    """The same to an address of ours; a foreign one becomes the start page."""
    if note:
        session["note"] = [note, note_values or {}]
    target = safe_next(address) or "/"
    if is_htmx():
        return current_app.response_class(status=200, headers={"HX-Redirect": target})
    return current_app.make_response(redirect(target, 303))


def _varied(response: Response) -> Response:
    response.vary.update(("HX-Request", "HX-Request-Type", "Accept-Language", "Cookie"))
    return response


__all__ = ["fragment", "go", "go_to", "is_htmx", "is_partial", "page"]
