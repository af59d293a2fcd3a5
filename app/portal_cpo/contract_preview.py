"""What a draft would have paid (B21): an example to play with, and last month's sessions replayed under its terms."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import request

from app.access.permissions import Permission
from app.domain.contracts.drafts import settlement_terms
from app.domain.contracts.example import EXAMPLES, Example, worked_example
from app.domain.contracts.queries import contract_by_code
from app.domain.contracts.rows import ContractRow, ContractVersionRow
from app.domain.settlement.previewing import attach_preview, newest_preview, request_preview
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.periods import local_month
from app.money.amount import decimals, to_text
from app.portal_cpo import bp
from app.portal_cpo.contracts import asked_version, contract_page, status_of, to_change
from app.portal_cpo.forms.contract_overrides import people_of
from app.portal_cpo.forms.contract_preview import ExampleForm, PreviewForm, example_data
from app.portal_cpo.forms.contracts import DraftForm
from app.web.exports import csv_answer
from app.web.pages import fragment, go
from app.web.signin import current_work

_HEAD = (
    "session", "ended_at", "charge_point", "evse_current", "channel", "net", "partner_now", "partner_draft", "partner_difference",
    "operator_now", "operator_draft", "operator_difference", "override",
)  # fmt: skip


_FACTS = ("id", "ended_at", "label", "current", "channel")
#: only where there is a level between: what stays with it; of a sub-operator's own draft what it passes on, and whose session it is
_BETWEEN = ("sub_operator", "passed_on")


@bp.get("/contracts/<code>/preview")
def contract_preview(code: str) -> Any:
    """The example, and the last replay with its figures."""
    row = contract_by_code(current_work(), code)
    return _page(row, asked_version(row))


def _page(row: ContractRow, version: ContractVersionRow, form: PreviewForm | None = None, *, status: int = 200) -> Any:
    work = current_work()
    last = local_month(work.now, row.time_zone).plus(-1)
    typed = ExampleForm(request.args) if "kwh" in request.args else None
    example, session_form = _example(version, typed)
    may = version.state == "draft" and work.can(Permission.CONTRACT_EDIT, partner_id=row.partner_id)
    shown = (form or PreviewForm(formdata=None, data={"month": last})) if may else None
    more = {"preview": newest_preview(work, row, version), "example": example, "session_form": session_form, "form": shown}
    return contract_page("preview", row, version, status=status, **more)


def _example(version: ContractVersionRow, typed: ExampleForm | None) -> tuple[Example | None, ExampleForm]:
    """The worked session as typed; None while it cannot be read or settled."""
    standard = EXAMPLES["AC"]
    if version.electricity_net is not None:
        standard = replace(standard, electricity_rate=version.electricity_net)
    form = typed or ExampleForm(formdata=None, data=example_data(standard))
    form.priced_in(version.currency)
    form.offer_people(people_of(version))
    if typed is not None and not typed.validate():
        return None, form
    try:
        return worked_example(settlement_terms(version), form.to_input() if typed else standard, version.currency), form
    except Invalid as refusal:
        form.refuse(refusal)
        return None, form


@bp.get("/contracts/<code>/preview/example")
def contract_preview_example(code: str) -> Any:
    """The worked session while it is typed."""
    row = contract_by_code(current_work(), code)
    version = asked_version(row)
    example, form = _example(version, ExampleForm(request.args))
    return fragment("cpo/contracts/_preview_example.html", example=example, session_form=form)


@bp.get("/contracts/<code>/preview/progress")
def contract_preview_progress(code: str) -> Any:
    """How far the replay is, then its figures; asked every second while it runs."""
    work = current_work()
    row = contract_by_code(work, code)
    version = asked_version(row)
    return fragment("cpo/contracts/_preview.html", row=row, version=version, preview=newest_preview(work, row, version))


@bp.post("/contracts/<code>/preview")
def contract_preview_ask(code: str) -> Any:
    """Replay a month."""
    row, form = to_change(code), PreviewForm()
    version = row.draft or asked_version(row)
    if not form.validate():
        return _page(row, version, form, status=422)
    try:
        request_preview(current_work(), code, form.month.data)
    except (Invalid, Conflict) as refusal:
        return _page(row, version, form.refuse(refusal), status=status_of(refusal))
    return go("cpo.contract_preview", code=row.code, version=version.number, note="preview-asked")


@bp.post("/contracts/<code>/preview/attach")
def contract_preview_attach(code: str) -> Any:
    """Keep the replay with the draft."""
    row, form = to_change(code), DraftForm()
    try:
        wanted = UUID(request.form.get("preview", ""))
    except ValueError as wrong:
        raise NotFound from wrong
    attach_preview(current_work(), code, wanted, form.state)
    return go("cpo.contract_review", code=row.code, note="preview-attached")


@bp.get("/contracts/<code>/preview.csv")
def contract_preview_file(code: str) -> Any:
    """Every session of the replay as a file."""
    work = current_work()
    row = contract_by_code(work, code)
    version = asked_version(row)
    preview = newest_preview(work, row, version)
    if preview is None or preview.result is None:
        raise NotFound
    result = preview.result
    more = [name for name in _BETWEEN if any(name in r for r in result["rows"])]
    heads = [f"{name}_{side}" for name in more for side in ("now", "draft", "difference")]
    whose = ["partner"] if result.get("is_care") else []
    return csv_answer(f"{row.code}-v{version.number}-{preview.month}.csv", (*_HEAD, *heads, *whose), _lines(result, more, whose))


def _lines(result: dict[str, Any], more: list[str], whose: list[str]) -> list[list[Any]]:
    places = decimals(result["currency"])

    def pair(values: list[int]) -> list[Decimal]:
        return [Decimal(to_text(amount, places)) for amount in (*values, values[1] - values[0])]

    return [
        [*(r[name] for name in _FACTS), to_text(r["net"][0], places), *pair(r["partner"]), *pair(r["operator"]), r["override"]]
        + [value for name in more for value in pair(r.get(name, [0, 0]))]
        + [r.get("below", "") for _ in whose]
        for r in result["rows"]
    ]
