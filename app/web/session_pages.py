"""What pages about sessions show in both portals: gathered here once, with a constant number of statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request
from markupsafe import Markup

from app.documents.correction import reason_word
from app.documents.sheets.sessions import session_filter
from app.domain.invoices.queries import documents_of
from app.domain.invoices.rows import DocumentRow
from app.domain.ledger.queries import legs_of_session
from app.domain.sessions.detail import SessionDetail, session_detail
from app.domain.sessions.listing import CHANNELS, VIEWS, SessionFilter, sessions, sums
from app.domain.sessions.price_way import price_way
from app.domain.sessions.queries import curve_of, session_id_by_code
from app.domain.sessions.refunds import refunds_of
from app.domain.sessions.rows import CurvePoint
from app.domain.settlement.queries import statements_of_refunds
from app.text import format as fmt
from app.text.charts import Reading, Stretch, power_curve
from app.text.words import gettext as _
from app.web.shared_forms.tariff_group import LEVEL_WORDS
from app.work.unit import Work


def asked() -> SessionFilter:
    """The filter in the address."""
    return session_filter(request.args)


def kept(wanted: SessionFilter) -> dict[str, str]:
    """The filter as query arguments, without what is not set."""
    names = {"view": wanted.view, "q": wanted.text, "location": wanted.location, "partner": wanted.partner, "channel": wanted.channel}
    days = {"first": str(wanted.first or ""), "last": str(wanted.last or "")}
    return {name: value for name, value in (names | days).items() if value}


def list_context(work: Work) -> dict[str, Any]:
    """Everything of the list's page; sums only where the rows can be counted."""
    wanted = asked()
    found = sessions(work, wanted, request.args.get("after"))
    total = sums(work, wanted) if found.total is not None else None
    return {"found": found, "wanted": wanted, "kept": kept(wanted), "sums": total, "views": VIEWS, "channels": CHANNELS, "now": work.now}


def session_context(work: Work, code: str) -> dict[str, Any]:
    """Everything of the page of one session."""
    detail = session_detail(work, session_id_by_code(work, code))
    papers = documents_of(work.session, session_id=detail.live.session_id)
    amounts = detail.net_minor is not None or detail.live.running_gross_minor is not None
    return {
        "d": detail,
        "row": detail.live,
        "amounts": amounts,
        "curve": curve(work, detail),
        "papers": papers,
        "refunds": shown_refunds(work, detail.live.session_id, papers) if amounts and "refunded" in detail.live.flags else [],
        "legs": legs_of_session(work, detail.live.session_id),
        "now": work.now,
        "way": price_way(work, detail),
        "level_words": LEVEL_WORDS,
    }


def shown_refunds(work: Work, session_id: UUID, papers: Sequence[DocumentRow]) -> list[dict[str, Any]]:
    """What was given back of a session: the refund, why in words, its paper, the statement that has its row; two statements."""
    found = statements_of_refunds(work, session_id)
    numbers = {paper.refund_id: paper.number for paper in papers if paper.refund_id}
    return [
        {"refund": one, "reason": reason_word(one.reason), "paper": numbers.get(one.id), "statement": found.get(one.id)}
        for one in refunds_of(work.session, session_id)
    ]


def curve(work: Work, detail: SessionDetail) -> Markup:
    """How the charge ran, drawn: power, energy, and what the car did."""
    row = detail.live
    if row.started_at is None:
        return Markup("")
    end = row.until(work.now)
    readings = _readings(curve_of(work.session, row.session_id, detail.meter_start_wh), row.started_at)
    if len(readings) < 2:
        return Markup('<p class="muted">{}</p>').format(_("The charge point sent no readings to draw."))
    after = [*(phase.at for phase in detail.phases[1:]), end]
    bands = [Stretch(phase.at, until, phase.state) for phase, until in zip(detail.phases, after, strict=False)]
    most = max(each.power_w for each in readings)
    if not most and not readings[-1].energy_wh:
        return Markup('<p class="muted">{}</p>').format(_("No energy flowed, so there is nothing to draw."))
    values = {"power": fmt.kw(most), "energy": fmt.kwh(readings[-1].energy_wh, 1), "time": fmt.duration(row.lasted_s(work.now))}
    title = _("Up to %(power)s, %(energy)s in %(time)s", **values)
    return power_curve(title, readings, row.time_zone, bands).html("curve", as_table=_("As a table"))


def _readings(points: Iterable[CurvePoint], start: datetime) -> list[Reading]:
    """Samples with both figures: power from the register where the station reports none, energy from the one before."""
    found = [Reading(start, 0, 0)]
    for point in points:
        before = found[-1]
        energy = before.energy_wh if point.energy_wh is None else max(point.energy_wh, before.energy_wh)
        seconds = int((point.at - before.at).total_seconds())
        if seconds <= 0:
            continue
        power = (energy - before.energy_wh) * 3600 // seconds if point.power_w is None else point.power_w
        found.append(Reading(point.at, power, energy))
    return found
