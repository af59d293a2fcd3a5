"""Sub-operators (B13): partners that look after partners."""

from __future__ import annotations

from typing import Any

from app.access.permissions import Permission
from app.domain.contracts.care import care_tree
from app.portal_cpo import bp
from app.web.pages import page
from app.web.signin import current_work


@bp.get("/sub-operators")
def sub_operators() -> Any:
    """The tree of two levels."""
    work = current_work()
    work.require(Permission.FEATURE_VIEW)
    return page("cpo/partners/sub_operators.html", found=care_tree(work), today=work.now.date())
