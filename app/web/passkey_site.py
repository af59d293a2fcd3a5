"""The installation as this browser sees it, which passkeys are bound to."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from app.domain.people.passkeys import Site
from app.kernel.errors import NotFound
from app.web.signin import settings

_THIS_MACHINE = {"localhost", "127.0.0.1"}


def site() -> Site:
    """The public address. On the machine itself it is known by the name that was typed."""
    public, typed = urlsplit(settings().public_url), urlsplit(request.host_url)
    at_home = {public.hostname, typed.hostname} <= _THIS_MACHINE and public.port == typed.port
    return Site(request.host_url.rstrip("/") if at_home else settings().public_url)


def passkey_site() -> Site:
    """The same, if browsers offer passkeys there; else not found."""
    here = site()
    if not here.has_passkeys:
        raise NotFound
    return here
