"""Signed contracts and certificates that the operator keeps for the account, as far as they are published (B11, the partner's side)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request

from app.access.permissions import Permission
from app.domain.people.papers import paper_file
from app.domain.people.papers import papers as find_papers
from app.kernel.errors import NotFound
from app.portal_partner import bp
from app.web.pages import page
from app.web.paper_pages import paper_kind, uploaded_file
from app.web.signin import current_account, current_work


def _own() -> UUID:
    account = current_account()
    if account is None or account.partner_id is None:
        raise NotFound
    current_work().require(Permission.PARTNER_VIEW, partner_id=account.partner_id)
    return account.partner_id


@bp.get("/documents/shared", endpoint="papers")
def papers() -> Any:
    """What is published to us."""
    found = find_papers(current_work(), _own(), cursor=request.args.get("after"))
    return page("partner/account/papers.html", found=found, kind_of=paper_kind, today=current_work().now.date())


@bp.get("/documents/shared/<uuid:paper>/<int:number>", endpoint="paper_file")
def file_of_paper(paper: UUID, number: int) -> Any:
    """A version's file."""
    return uploaded_file(paper_file(current_work(), _own(), paper, number))
