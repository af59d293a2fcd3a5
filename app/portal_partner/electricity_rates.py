"""What electricity costs at a partner's places (B19 in its own scope): to read; rates are entered by the operator."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request

from app.access.permissions import Permission
from app.domain.tariffs.electricity import rate_by_code, rates
from app.kernel.errors import NotFound
from app.portal_partner import bp
from app.web.electricity_words import clock, days_word
from app.web.pages import page
from app.web.signin import current_account, current_work


@bp.get("/electricity-rates")
def electricity_rates() -> Any:
    """Rates of the account's locations and charge points."""
    found = rates(current_work(), partner_id=_own(), cursor=request.args.get("after"))
    return page("partner/electricity_rates/index.html", found=found)


@bp.get("/electricity-rates/<code>")
def electricity_rate(code: str) -> Any:
    """A rate with all its versions."""
    row = rate_by_code(current_work(), code, partner_id=_own())
    return page("partner/electricity_rates/show.html", row=row, days_word=days_word, clock=clock, by=False)


def _own() -> UUID:
    """The partner of the address, for who may read what electricity costs there."""
    account = current_account()
    if account is None or account.partner_id is None:
        raise NotFound
    current_work().require(Permission.ELECTRICITY_VIEW, partner_id=account.partner_id)
    return account.partner_id
