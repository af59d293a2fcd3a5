"""The composition root of the web process: settings, clock, bus and checks come in, a Flask application comes out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import redis
from werkzeug.middleware.proxy_fix import ProxyFix

import app.tables  # noqa: F401 - all mappers, before the first query
from app import api, portal_cpo, portal_driver, portal_partner, testprovider
from app.db.engine import make_engine, make_sessions
from app.domain.payments.port import Providers
from app.domain.payments.testcard.provider import NAME as TEST_PROVIDER
from app.domain.payments.testcard.provider import TestCardProvider, webhook_secret
from app.kernel.clock import Clock, system_clock
from app.live.bus import Bus, NoBus
from app.live.job_nudge import CeleryNudge
from app.live.redis_bus import RedisBus
from app.settings import Settings
from app.web import (
    access,
    bodies,
    browser_habits,
    browser_session,
    database,
    errors,
    health,
    live_entry,
    security,
    signin,
    static_files,
    templating,
)
from app.web import payments as web_payments
from app.web.app_class import PortalFlask
from app.work.jobs import JobNudge
from app.work.unit import WorkRoom


def create_app(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    bus: Bus | None = None,
    nudge: JobNudge | None = None,
    checks: health.Checks = health.web_alone,
) -> PortalFlask:
    """The web application of an installation."""
    web = PortalFlask("app", static_folder=None)
    web.secret_key = settings.secret_key
    client = redis.Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=1)
    room = WorkRoom(
        sessions=database.db.session,
        clock=clock,
        bus=bus or RedisBus.connect(settings.redis_url),
        nudge=nudge or CeleryNudge(settings.redis_url),
    )
    static_files.install(web)
    database.install(web, room, settings.web_database_url)
    browser_session.install(web, settings, client)
    signin.install(web, settings)
    browser_habits.install(web)
    live_entry.install(web)
    bodies.install(web)
    security.install(web, settings)
    templating.install(web)
    errors.install(web)
    health.install(web, checks)
    for blueprint in (access.bp, api.bp, portal_cpo.bp, portal_partner.bp, portal_driver.bp):
        web.register_blueprint(blueprint)
    web_payments.install(web, _providers(web, settings, room))
    web.wsgi_app = _BehindProxy(web.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]
    return web


def _providers(web: PortalFlask, settings: Settings, room: WorkRoom) -> Providers:
    """Payment providers of this installation; the test provider keeps its own units of work, as one far away would."""
    if not settings.test_provider:
        return {}
    web.register_blueprint(testprovider.bp)
    engine = make_engine(settings.web_database_url, pool_size=3, application="voltpact test provider")
    own = replace(room, sessions=make_sessions(engine), bus=NoBus())
    return {TEST_PROVIDER: TestCardProvider(own, settings.public_url, webhook_secret(settings.secret_key))}


class _BehindProxy:
    """Believes one set of ``X-Forwarded-*`` from the gateway (which alone reaches the socket), or as many proxies as are trusted."""

    def __init__(self, wsgi: Any, trusted: int) -> None:
        self._plain = wsgi
        self._one = ProxyFix(wsgi, x_for=1, x_proto=1, x_host=1)
        self._trusted = ProxyFix(wsgi, x_for=trusted, x_proto=trusted, x_host=trusted) if trusted else wsgi

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if not environ.get("REMOTE_ADDR"):
            return self._one(environ, start_response)
        return self._trusted(environ, start_response)
