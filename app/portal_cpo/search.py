"""The field in the header, as a page: works without script and keeps its words in the address."""

from __future__ import annotations

from typing import Any

from flask import redirect, request

from app.portal_cpo import bp
from app.web.pages import page
from app.web.search import find_all
from app.web.signin import current_work


@bp.get("/search")
def search() -> Any:
    """Everything that fits; one whole name leads straight there."""
    typed = request.args.get("q", "").strip()
    found = find_all(current_work(), typed)
    if found.exact:
        return redirect(found.exact, 303)
    return page("cpo/search/index.html", typed=typed, found=found)
