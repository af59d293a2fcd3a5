"""B42: where the amounts of a session come from."""

from __future__ import annotations

from typing import Any

from app.portal_cpo import bp
from app.web.explain_pages import explain_file, explain_page


@bp.get("/sessions/<code>/explain", endpoint="session_explain")
def explain(code: str) -> Any:
    """All amounts, step by step."""
    return explain_page("shared/sessions/explain.html", "/cpo", code)


@bp.get("/sessions/<code>/explain/<figure>", endpoint="session_explain_figure")
def explain_figure(code: str, figure: str) -> Any:
    """One amount, with the steps that lead to it."""
    return explain_page("shared/sessions/explain.html", "/cpo", code, figure)


@bp.get("/sessions/<code>/explain.json", endpoint="session_explain_file")
def explain_as_json(code: str) -> Any:
    """Tariff, use and result, for accountants and replays."""
    return explain_file(code, whole=True)
