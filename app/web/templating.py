"""Names that templates of pages have beside those of ``app.text.render``: rights, addresses, the person, the frame of the page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Flask, g, request, session, url_for
from flask_wtf.csrf import generate_csrf

from app.access import gate
from app.access.permissions import Permission
from app.text import markup, render, words
from app.text.locales import LANGUAGES, current
from app.text.messages import note
from app.web.access_forms import basis_word
from app.web.access_idle import seconds_left
from app.web.browser_habits import in_language, own_zone, rail_is_narrow, theme, time_basis
from app.web.database import has_work, room
from app.web.errors import role_word
from app.web.live_entry import since
from app.web.navigation import page_exists, rail
from app.web.shared_forms.people import orders_word
from app.web.signin import current_account, current_person, my_accounts, settings


def install(app: Flask) -> None:
    """The house's Jinja rules and names."""
    app.template_folder = str(render.TEMPLATES)
    app.jinja_env.auto_reload = False
    render.prepare(app.jinja_env)
    app.jinja_env.globals.update(
        P=Permission,
        can=can,
        can_anywhere=can_anywhere,
        when=when,
        ago=ago,
        live_attr="",
        live_since=since,
        languages=LANGUAGES,
        rail=rail,
        seconds_left=seconds_left,
        in_language=in_language,
        basis_word=basis_word,
        role_word=role_word,
        orders_word=orders_word,
        page_exists=page_exists,
        list_page=list_page,
        csrf_token=generate_csrf,
    )
    app.context_processor(_frame)


def read_ahead(app: Flask) -> None:
    """Before the first request, without a connection: what would make each page's first one slow."""
    for language in LANGUAGES:
        words.catalogue(language)
    render.COMPILED.read_kept(app.jinja_env)
    app.url_map.update()


def can(permission: Permission, partner_id: UUID | None = None, location_id: UUID | None = None) -> bool:
    """May the person do this? In a partner portal, without an id: for the account of the address. Hides buttons, protects nothing."""
    work = g.get("work")
    if work is None:
        return False
    account = current_account()
    if partner_id is None and account is not None and account.kind == "partner":
        partner_id = account.partner_id
    return gate.can(work.actor, permission, partner_id, location_id)


def can_anywhere(permission: Permission) -> bool:
    """Does the person hold the right for anything at all (menus)?"""
    work = g.get("work")
    return work is not None and gate.can_anywhere(work.actor, permission)


def when(instant: Any, zone_name: str | None = None, **more: Any) -> Any:
    """An instant in the time basis that the reader chose; ``zone_name`` is the site's, without one the account's clock counts."""
    zone_name = zone_name or _account_zone()
    return markup.when(instant, zone_name, **{"basis": time_basis(), "own_zone": own_zone(zone_name)} | more)


def ago(instant: Any, zone_name: str | None = None) -> Any:
    """How long ago, seen from this request's instant."""
    zone_name = zone_name or _account_zone()
    return markup.ago(instant, g.work.now if "work" in g else room().clock(), zone_name)


def _account_zone() -> str:
    """The clock of what happens at no site: the account's; outside accounts the reader's own."""
    account = current_account()
    return account.time_zone if account is not None else own_zone("UTC")


def list_page(cursor: str | None = None, at: str | None = None) -> str:
    """This list with its filter and order as the address has them, from a cursor on; without one from its beginning."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in {"after", "check"} and value]
    words = urlencode([*kept, ("after", cursor)] if cursor else kept)
    return f"{at or request.path}?{words}" if words else at or request.path


def _frame() -> dict[str, Any]:
    """What layouts need. Nothing here reads the database on an error page."""
    person = current_person() if has_work() or "_user_id" in session else None
    account = current_account()
    return {
        "lang": current().language,
        "region": current().region,
        "person": person,
        "account": account,
        "layout": "layouts/partner.html" if account is not None and account.kind == "partner" else "layouts/cpo.html",
        "accounts": my_accounts() if person is not None and has_work() else [],
        "seen_as": g.get("preview"),
        "travels": g.get("travels", False),
        "theme": theme(),
        "basis": time_basis(),
        "rail_narrow": rail_is_narrow(),
        "demo": settings().demo,
        "page_note": _page_note(),
        "here": request.full_path.rstrip("?"),
        "opened_at": room().clock(),
        "url_for": url_for,
    }


def _page_note() -> str:
    """The note left by the action before; only a whole page takes it."""
    left = g.get("page_note")
    if left is None:
        wanted = session.pop("note", None) if request.headers.get("HX-Request-Type") != "partial" and "note" in session else None
        left = g.page_note = note(wanted[0], **wanted[1]) if wanted else ""
    return str(left)
