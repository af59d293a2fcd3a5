"""Partners in our care (P13), for sub-operators."""

from __future__ import annotations

from typing import Any

from flask import request

from app.access.permissions import Permission
from app.domain.contracts.care import in_own_care
from app.kernel.errors import NotFound
from app.portal_partner import bp
from app.web.pages import page
from app.web.signin import current_account, current_work


@bp.get("/partners")
def partners() -> Any:
    """Who is in our care; each opens its own account."""
    account, work = current_account(), current_work()
    if account is None:
        raise NotFound
    work.require(Permission.CARE_VIEW, partner_id=account.partner_id)
    return page("partner/account/partners.html", found=in_own_care(work, request.args.get("after")))
