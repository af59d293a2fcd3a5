"""A contract as PDF: terms in sentences, a worked example, rights, charge points, signatures. The same content gives the same bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from app.documents.render import paper_html, paper_pdf
from app.domain.contracts.accepting import ContractPaper, thawed
from app.domain.contracts.drafts import settlement_terms
from app.domain.contracts.example import EXAMPLES, worked_example
from app.kernel.periods import local_date


def contract_pdf(paper: ContractPaper, *, draft: bool) -> bytes:
    """The PDF of a contract's version, in the language of the paper."""
    return paper_pdf(contract_html(paper, draft=draft), issued_at=paper.dated_at)


def contract_html(paper: ContractPaper, *, draft: bool) -> str:
    """Its source."""
    version = thawed(paper.content, paper.dated_at)
    terms = settlement_terms(version)
    rate: dict[str, Any] = {} if version.electricity_net is None else {"electricity_rate": version.electricity_net}
    points: list[dict[str, Any]] = [point | {"from": date.fromisoformat(point["from"])} for point in paper.content["points"]]
    return paper_html(
        "contract",
        paper.language,
        c=paper.content,
        v=version,
        examples=[worked_example(terms, replace(session, **rate), version.currency) for session in EXAMPLES.values()],
        points=points,
        paper=paper,
        draft=draft,
        issued_on=local_date(paper.dated_at, version.time_zone),
    )
