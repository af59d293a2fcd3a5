"""The moment a session's amounts become final: priced, shared, frozen and booked in one step."""

from __future__ import annotations

from datetime import datetime

from app.domain.ledger.actions import post
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.rating import account, frozen_lines, price_of, terms_of, usage_of
from app.domain.sessions.settling import split_of
from app.kernel.periods import local_date
from app.money.entries import for_session
from app.work.unit import Work


def freeze(work: Work, row: ChargingSession, ended_at: datetime) -> None:
    """Price, share and book; refuses ``Invalid`` before anything is written."""
    tariff = terms_of(row)
    priced = price_of(tariff, usage_of(work.session, row, tariff, ended_at))
    lines = frozen_lines(row, priced)
    split, parties = split_of(work.session, row, lines, tax_included=tariff.gross_prices)
    entry = for_session(split, parties, local_date(ended_at, row.time_zone))
    work.session.add_all(lines)
    row.priced = account(priced)
    row.net_minor, row.vat_minor, row.gross_minor = split.paid.net, split.paid.vat, split.paid.gross
    row.partner_minor = split.partner if split.applied is not None and split.held is None else None
    row.running_gross_minor, row.rated_at, row.state, row.power_w = split.paid.gross, work.now, "rated", 0
    row.flags = [*row.flags, *(flag for flag in (split.held,) if flag)]
    row.seq += 1
    work.session.flush()
    if entry is not None:
        post(work, entry, f"session:{row.id}", partner_id=row.partner_id, session_id=row.id)
