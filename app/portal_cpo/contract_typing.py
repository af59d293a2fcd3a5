"""Drafts of contracts save themselves: what is typed into a tab is kept while somebody types, and forgotten by a button."""

from __future__ import annotations

from typing import Any

from flask import request

from app.domain.contracts.typing import forget_part, keep_part
from app.kernel.errors import Conflict
from app.portal_cpo import bp
from app.portal_cpo.contracts import ENDPOINTS, to_change
from app.portal_cpo.forms.contracts import DraftForm
from app.web.pages import fragment, go
from app.web.shared_forms.tariff_typed import kept
from app.web.signin import current_work


@bp.post("/contracts/<code>/<any('term', 'revenue-share', 'fees', 'electricity', 'permissions', 'price-limits', 'overrides'):part>/typed")
def contract_keep(code: str, part: str) -> Any:
    """Keep what is typed: asked while typing."""
    row, work = to_change(code), current_work()
    if row.draft is None:
        raise Conflict("no_draft")
    typed = kept(list(request.form.items(multi=True)))
    is_kept = keep_part(work, row.draft, part, typed, DraftForm().state)
    return fragment("cpo/contracts/_kept.html", kept_at=work.now if is_kept else None, is_stale=not is_kept, row=row)


@bp.post("/contracts/<code>/<any('term', 'revenue-share', 'fees', 'electricity', 'permissions', 'price-limits', 'overrides'):part>/forget")
def contract_forget(code: str, part: str) -> Any:
    """Throw away what was typed and not saved."""
    row = to_change(code)
    if row.draft is None:
        raise Conflict("no_draft")
    forget_part(current_work(), row.draft, part)
    return go(ENDPOINTS[part], code=row.code, version=row.draft.number, note="typed-forgotten")
