"""Service packages (B5): what each holds, for all partners that have it."""

from __future__ import annotations

from typing import Any

from flask import request
from wtforms import BooleanField, HiddenField, IntegerField, TextAreaField

from app.access.permissions import Permission
from app.domain.people.features import PACKAGES
from app.domain.people.service_packages import (
    PackageInput,
    PackageRow,
    package_change,
    partners_by_package,
    service_packages,
    set_package,
)
from app.kernel.errors import Conflict, Invalid
from app.portal_cpo import bp
from app.text.words import lazy as _l
from app.web.forms import BaseForm, optional, sent_again
from app.web.pages import go, page
from app.web.signin import current_work


class PackageForm(BaseForm):
    """What a package holds."""

    response_hours = IntegerField(_l("Faults are answered within, hours"), [optional()])
    faults_at_once = BooleanField(_l("Faults are mailed at once"))
    faults_first = BooleanField(_l("Faults come first at the desk"))
    people_most = IntegerField(_l("Room for people"), [optional()])
    file_lines = IntegerField(_l("Lines of the longest file"), [optional()])
    #: when what the form shows was saved; empty: never
    seen = HiddenField()
    note = TextAreaField(_l("What else is included, and what it costs"), [optional()])

    def to_input(self) -> PackageInput:
        """As typed."""
        flags = bool(self.faults_at_once.data), bool(self.faults_first.data)
        return PackageInput(self.response_hours.data, *flags, self.people_most.data, self.file_lines.data, self.note.data or "")


@bp.get("/packages")
def packages() -> Any:
    """All of them, and how many partners have each."""
    work = current_work()
    work.require(Permission.FEATURE_VIEW)
    return page("cpo/packages/index.html", rows=service_packages(work.session, work.operator_id), counts=partners_by_package(work))


@bp.get("/packages/<any(basic, plus, premium):kind>")
def package_edit(kind: str) -> Any:
    """One in a form."""
    row = _to_change(kind)
    return _form(PackageForm(formdata=None, obj=row, seen=_mark(row)), row)


@bp.post("/packages/<any(basic, plus, premium):kind>")
def package_save(kind: str) -> Any:
    """First what would change for whom, then the save: it counts for everybody who has it from now on."""
    row, form = _to_change(kind), PackageForm()
    if form.validate():
        try:
            if (form.seen.data or "") != _mark(row):
                raise Conflict("package_changed", by=row.set_name)
            if request.form.get("confirm"):
                set_package(current_work(), kind, form.to_input(), seen=row.set_at)
                return go("cpo.packages", note="package-saved")
            found = package_change(current_work(), kind, form.to_input())
            return page("cpo/packages/check.html", row=row, found=found, count=_count(kind), sent=sent_again())
        except Invalid as refusal:
            form.refuse(refusal)
        except Conflict as refusal:
            # "Now" says what the other saved; what is typed stays, and is saved over it the next time
            row = _to_change(kind)
            form.seen.process(None, _mark(row))
            return _form(form.refuse(refusal), row, 409)
    return _form(form, row, 422)


def _mark(row: PackageRow) -> str:
    """Which state of a package a form shows."""
    return "" if row.set_at is None else row.set_at.isoformat()


def _to_change(name: str) -> PackageRow:
    work = current_work()
    work.require(Permission.PARTNER_EDIT)
    return service_packages(work.session, work.operator_id)[name]


def _count(name: str) -> int:
    return partners_by_package(current_work())[name]


def _form(form: PackageForm, row: PackageRow, status: int = 200) -> Any:
    return page("cpo/packages/edit.html", form=form, row=row, count=_count(row.name), is_first=row.name == PACKAGES[0], status=status)
