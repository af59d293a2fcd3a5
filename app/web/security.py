"""What every answer says about itself, and which posts are believed: headers, content policy, CSRF, origin."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFError, CSRFProtect

from app.kernel.errors import NotAllowed
from app.settings import Settings
from app.web.errors import refused
from app.web.payments import card_page_origins
from app.web.signin import current_person

#: no inline script or style anywhere, nothing from other hosts; ``data:`` images are icons inside the vendored style sheet
POLICY = "; ".join(  # noqa: FLY002 - one directive a line reads best
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",  # last: a card page's address is added to it
    )
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(self), usb=()",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

csrf = CSRFProtect()


def install(app: Flask, settings: Settings) -> None:
    """Headers after, origin before, CSRF on every post."""
    app.config.update(
        WTF_CSRF_TIME_LIMIT=None,  # a form is good as long as the sign-in is
        WTF_CSRF_SSL_STRICT=False,  # our own origin check below needs no Referer, which secret links do not send
        WTF_CSRF_HEADERS=["X-CSRFToken"],
    )
    csrf.init_app(app)
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: _check_origin(settings))
    app.after_request(lambda response: _with_headers(response, settings))
    app.register_error_handler(CSRFError, _expired)


def _check_origin(settings: Settings) -> None:
    """A request that changes something must come from a page of ours; browsers say where it comes from."""
    if request.method in _SAFE or request.endpoint in _without_origin:
        return
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if origin is not None:
        ours = {request.host, urlsplit(settings.public_url).netloc}
        if urlsplit(origin).netloc not in ours:
            raise NotAllowed("wrong_origin")
    elif site not in {None, "same-origin", "none"}:
        raise NotAllowed("wrong_origin")


#: endpoints that machines call: they bring no cookie and prove themselves otherwise
_without_origin: set[str] = set()


def machine_endpoint(endpoint: str, view: Any) -> Any:
    """Take a view out of CSRF and origin checks: ``bp.post("/hook")(machine_endpoint("driver.hook", hook))``."""
    _without_origin.add(endpoint)
    return csrf.exempt(view)


def _expired(_error: CSRFError) -> Response:
    return refused(NotAllowed("form_expired"))


def _policy() -> str:
    """Drivers' forms may lead on to the card page of a provider, which is elsewhere; browsers ask for that along every redirect."""
    return " ".join((POLICY, *card_page_origins())) if request.blueprint == "driver" else POLICY


def _with_headers(response: Response, settings: Settings) -> Response:
    response.headers.setdefault("Content-Security-Policy", _policy())
    response.headers.setdefault("Referrer-Policy", "same-origin")
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if settings.secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if "Cache-Control" not in response.headers and request.endpoint != "static":
        # what one person saw must not come out of a cache for the next one
        response.headers["Cache-Control"] = "no-store" if current_person() is not None else "no-cache, private"
    return response
