"""Pages for printing labels, the same in both portals: what will be printed, the sheet being made, the file."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, make_response

from app.domain.network.stickers import StickerRow, want_labels
from app.kernel.errors import NotFound
from app.text.locales import current
from app.text.qr import qr_svg
from app.web.forms import BareForm
from app.web.pages import go_to, page
from app.web.signin import current_work, settings
from app.work.job_list import own_job


def labels_page(base: str, rows: Sequence[StickerRow], back: tuple[str, str], form: BareForm | None = None) -> Response:
    """Every label of a charge point or site with its code, and the button that makes the sheet."""
    shown = {"rows": rows, "back": back, "qr": qr_svg, "url": settings().public_url, "base": base}
    return page("shared/network/labels.html", form=form or BareForm(formdata=None), **shown)


def make_labels(base: str, rows: Sequence[StickerRow], back: tuple[str, str]) -> Response:
    """Have the sheet made, and on to where it will appear."""
    form = BareForm()
    if not form.validate():
        return labels_page(base, rows, back, form)
    job_id = want_labels(current_work(), rows, current().language)
    return go_to(f"{base}/labels/{job_id}")


def sheet_page(base: str, job_id: UUID) -> Response:
    """How far the sheet is; it asks for itself again until it is done."""
    job, result = own_job(current_work(), job_id)
    shown: dict[str, Any] = {"job": job, "count": (result or {}).get("count"), "base": base}
    return page("shared/network/label_sheet.html", part="shared/network/_label_sheet.html", **shown)


def sheet_file(job_id: UUID) -> Response:
    """The PDF."""
    _, result = own_job(current_work(), job_id)
    if not result or "pdf" not in result:
        raise NotFound("document_not_rendered")
    answer = make_response(base64.b64decode(result["pdf"]))
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{result["name"]}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
