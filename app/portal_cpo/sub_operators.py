"""Sub-operators (B13): partners that look after partners."""

from __future__ import annotations

from typing import Any

from flask import request

from app.access.permissions import Permission
from app.domain.contracts.care import in_care, sub_operator, sub_operator_lines, sub_operator_row
from app.domain.people.care import past_care
from app.portal_cpo import bp
from app.web.exports import sheet_or_question
from app.web.pages import page
from app.web.signin import current_work


@bp.get("/sub-operators")
def sub_operators() -> Any:
    """The list, found by name, code or town."""
    work, text = current_work(), request.args.get("text", "").strip()
    work.require(Permission.FEATURE_VIEW)
    found = sub_operator_lines(work, text, cursor=request.args.get("after"))
    return page("cpo/sub_operators/index.html", found=found, text=text, today=work.now.date(), part="cpo/sub_operators/_list.html")


@bp.get("/sub-operators.csv")
def sub_operators_file() -> Any:
    """The same list as a file: the search, not the page."""
    return sheet_or_question("cpo", "sub-operators")


@bp.get("/sub-operators/<code>", endpoint="sub_operator")
def show(code: str) -> Any:
    """One of them and the partners in its care."""
    work, text = current_work(), request.args.get("text", "").strip()
    row = sub_operator_row(work, code)
    work.require(Permission.FEATURE_VIEW, partner_id=row.id)
    found = in_care(work, row.code, text, cursor=request.args.get("after"))
    return page("cpo/sub_operators/show.html", line=sub_operator(work, code), found=found, text=text, today=work.now.date())


@bp.get("/sub-operators/<code>/before")
def sub_operator_before(code: str) -> Any:
    """Whom it looked after, from when until when."""
    work = current_work()
    row = sub_operator_row(work, code)
    work.require(Permission.FEATURE_VIEW, partner_id=row.id)
    return page("cpo/sub_operators/before.html", row=row, found=past_care(work, row.id, cursor=request.args.get("after")))
