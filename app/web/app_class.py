"""PortalFlask: one unit of work around each view. The only place of the web that commits.

A view's changes are committed when it answered with less than 400, inside ``dispatch_request``, so that what the database refuses at
commit still reaches the error handlers (409, not 500). Anything else, an exception or a page with status 422, leaves nothing behind.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response
from werkzeug.datastructures import ImmutableDict

from app.web.bodies import PortalRequest
from app.web.database import finish_work


class PortalFlask(Flask):
    """Flask with one unit of work per request and strict templates."""

    request_class = PortalRequest
    jinja_options = ImmutableDict(autoescape=True)

    def dispatch_request(self) -> Any:
        """The view's answer, after its changes are committed."""
        response: Response = self.make_response(super().dispatch_request())
        finish_work(response.status_code)
        return response

    def select_jinja_autoescape(self, filename: str | None) -> bool:  # noqa: ARG002 - Flask's signature
        """Always: there is no template that is not HTML or safe to escape."""
        return True
