"""Which payment providers this installation has; put together by the composition root."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from app.domain.payments.port import Provider, Providers
from app.kernel.errors import Unavailable

_KEY = "voltpact.providers"


def install(app: Flask, providers: Providers) -> None:
    """Remember them; the first one is offered to drivers."""
    app.extensions[_KEY] = dict(providers)


def find_provider(name: str) -> Provider | None:
    """The provider of that name, or None."""
    return cast(Providers, current_app.extensions[_KEY]).get(name)


def has_card_provider() -> bool:
    """Can drivers pay by card at all?"""
    return bool(current_app.extensions[_KEY])


def card_page_origins() -> tuple[str, ...]:
    """Where the providers' card pages are, each once: scheme, host and port, as a content policy names them."""
    providers = cast(Providers, current_app.extensions.get(_KEY, {}))
    return tuple(dict.fromkeys(provider.page_origin for provider in providers.values()))


def card_provider(name: str | None = None) -> Provider:
    """The provider a payment was begun with, or the one new payments go to; ``no_provider`` if there is none."""
    providers = cast(Providers, current_app.extensions[_KEY])
    found = providers.get(name) if name else next(iter(providers.values()), None)
    if found is None:
        raise Unavailable("no_provider")
    return found
