"""How much a request may bring, said once: forms are small, and a view that takes a file says so (``@takes_files``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Request, current_app, request

from app.text.format import file_size
from app.text.words import gettext as _

#: bytes of a form
FORM = 4_000_000
#: bytes of a request that brings a file: more than the largest file taken, so that one that is too large is refused at its field
WITH_FILE = 12_000_000
#: fields of a form
FIELDS = 2_000

View = TypeVar("View", bound=Callable[..., Any])


class PortalRequest(Request):
    """A request of ours. A field of a form may be as long as the whole: a sheet comes as text, too."""

    max_content_length = FORM
    max_form_memory_size = FORM
    max_form_parts = FIELDS


def takes_files(view: View) -> View:
    """A view whose posts may be as long as ``WITH_FILE``."""
    view.takes_files = True  # type: ignore[attr-defined]  # a mark on the function
    return view


def install(app: Flask) -> None:
    """Let such views have their files, before anything reads the form."""
    app.url_value_preprocessor(_room_for_files)


def _room_for_files(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    if getattr(current_app.view_functions.get(endpoint or ""), "takes_files", False):
        request.max_content_length = request.max_form_memory_size = WITH_FILE


def too_large() -> str:
    """What was too much in this request, with the limit."""
    most = request.max_content_length or FORM
    if (request.content_length or 0) > most:
        return _("What you sent is larger than %(most)s, which is the most taken here at once.", most=file_size(most))
    return _("The form has more than %(most)s fields, which is the most taken here at once.", most=FIELDS)
