"""What both portals do with price sheets. A ``Desk`` knows whose pages it serves; the routes of both portals hand over to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request, url_for

from app.access.permissions import Permission
from app.domain.contracts.price_limits import price_limits
from app.domain.people.group_words import nameable
from app.domain.sessions.tariff_use import running_with
from app.domain.tariffs.actions import archive_tariff, create_tariff, publish_terms, restore_tariff, withdraw_terms
from app.domain.tariffs.curves import known_markets, markets
from app.domain.tariffs.drafts import DraftRow, draft_of, drop_draft, keep_draft
from app.domain.tariffs.judging import home_currency, home_vat, home_zone, judged, require_within, verdicts
from app.domain.tariffs.people_named import with_groups
from app.domain.tariffs.queries import places_of, tariff_by_code, versions
from app.domain.tariffs.rows import TariffInput, TariffRow
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from app.kernel.periods import next_quarter
from app.money.starters import starter
from app.money.terms import Tariff
from app.text.words import gettext as _
from app.web.forms import BareForm
from app.web.pages import fragment, go_to, is_partial, page
from app.web.shared_forms.tariff import TariffForm
from app.web.shared_forms.tariff_publish import PublishForm, fingerprint
from app.web.shared_forms.tariff_typed import act, kept
from app.web.signin import current_work
from app.web.tariff_effect import effect, of_finding

#: where a new price sheet begins if nobody chose
PLAIN = "per_kwh"


@dataclass(frozen=True)
class Desk:
    """The pages of one portal: ``portal`` is its blueprint, ``owner_id`` the partner whose sheets are made here (None: the operator)."""

    portal: str
    owner_id: UUID | None

    def url(self, endpoint: str, **values: Any) -> str:
        """An address in this portal."""
        return url_for(f"{self.portal}.{endpoint}", **values)

    def editable(self, code: str) -> TariffRow:
        """A price sheet the actor may change; refuses 404 for a foreign one, 403 for one that others set."""
        row = tariff_by_code(current_work(), code)
        if self.owner_id is not None and row.partner_id is None:
            raise NotAllowed("operators_tariff")
        current_work().require(Permission.TARIFF_EDIT, partner_id=row.partner_id)
        return row

    def _asked(self, code: str | None) -> TariffRow | None:
        """The sheet that is edited, None for a new one; the right is asked before a form is read."""
        if code:
            return self.editable(code)
        current_work().require(Permission.TARIFF_EDIT, partner_id=self.owner_id)
        return None

    # -- one sheet

    def show(self, code: str) -> Any:
        """A price sheet: now, next, before, and where."""
        work = current_work()
        row = tariff_by_code(work, code)
        values = {"versions": versions(work, row.id), "places": places_of(work, row.id), "zone": home_zone(work, row.partner_id)}
        may_copy = work.can(Permission.TARIFF_EDIT, partner_id=self.owner_id)
        said = {"found": verdicts(work, [row])[row.id], "of_finding": of_finding, "may_copy": may_copy}
        return self._page("show", row=row, form=BareForm(), **values, **said)

    def withdraw(self, code: str, number: int) -> Any:
        """Take back terms that have not started."""
        withdraw_terms(current_work(), code, number)
        return go_to(self.url("tariff", code=code), note="terms-withdrawn")

    def archive(self, code: str) -> Any:
        """Off the lists."""
        self.editable(code)
        archive_tariff(current_work(), code)
        return go_to(self.url("tariff", code=code), note="tariff-archived")

    def restore(self, code: str) -> Any:
        """Back on the lists."""
        self.editable(code)
        restore_tariff(current_work(), code)
        return go_to(self.url("tariff", code=code), note="tariff-restored")

    # -- the editor

    def begin(self) -> Any:
        """The editor for a new sheet: the draft, or the starter or the sheet to copy that is asked for."""
        self._asked(None)
        work = current_work()
        if request.args.get("copy"):
            return self._editor(self._copied(tariff_by_code(work, request.args["copy"])), None)
        draft, wanted = draft_of(work, None, self.owner_id), request.args.get("starter", "")
        if draft and not wanted:
            return self._editor(TariffForm.typed(draft.typed, self._currency(None)), None, draft)
        made = starter(wanted or PLAIN, self._currency(None), home_vat(work, self.owner_id))
        if made is None:
            raise NotFound
        return self._editor(TariffForm.of("", made), None)

    def _copied(self, row: TariffRow) -> TariffForm:
        """Another sheet's prices under a new name; refused in another currency."""
        if row.currency != self._currency(None):
            raise Conflict("copy_other_currency", currency=row.currency)
        return TariffForm.of(_("%(name)s (copy)", name=row.name), self._terms(row))

    def edit(self, code: str) -> Any:
        """The editor for new terms of a sheet: the draft, or the terms in force."""
        row = self.editable(code)
        draft = draft_of(current_work(), row.id, row.partner_id)
        return self._editor(self._form(row, draft), row, draft)

    def save(self, code: str | None) -> Any:
        """A button of the editor: on to publishing, create, or a change of the lines."""
        row = self._asked(code)
        work, wanted = current_work(), request.form.get("act", "publish")
        partner_id = row.partner_id if row else self.owner_id
        typed = kept(list(request.form.items(multi=True)))
        if wanted == "discard":
            drop_draft(work, row.id if row else None, partner_id)
            return go_to(self.url("tariff", code=row.code) if row else self.url("tariff_new"), note="draft-gone")
        if wanted != "publish":
            return self._changed(row, act(typed, wanted), wanted)
        form = TariffForm.typed(typed, self._currency(row))
        if not form.validate():
            return self._editor(form, row, status=422)
        try:
            return self._on(form, row)
        except (Invalid, Conflict) as refusal:
            return self._editor(form.refuse(refusal), row, status=422)

    def _on(self, form: TariffForm, row: TariffRow | None) -> Any:
        """The form is right: create the sheet, or go on to publishing."""
        work = current_work()
        terms = with_groups(work, form.tariff(), row.partner_id if row else self.owner_id, row)
        if row is None:
            code = create_tariff(work, TariffInput(name=form.name.data or "", terms=terms), partner_id=self.owner_id)
            drop_draft(work, None, self.owner_id)
            return go_to(self.url("tariff", code=code), note="tariff-created")
        require_within(terms, price_limits(work.session, row.partner_id, work.now.date(), row.currency))
        keep_draft(work, row.id, row.partner_id, kept(list(request.form.items(multi=True))))
        return go_to(self.url("tariff_publish", code=row.code))

    def _changed(self, row: TariffRow | None, typed: list[tuple[str, str]], wanted: str) -> Any:
        work, partner_id = current_work(), row.partner_id if row else self.owner_id
        keep_draft(work, row.id if row else None, partner_id, typed)
        if not is_partial():
            return go_to((self.url("tariff_edit", code=row.code) if row else self.url("tariff_new")) + "#lines")
        form = TariffForm.typed(typed, self._currency(row))
        return self._editor(form, row, draft_of(work, row.id if row else None, partner_id), done=wanted)

    def effect(self) -> Any:
        """What is typed, priced and judged: asked while typing. Keeps the draft."""
        row = self._asked(request.args.get("code"))
        partner_id = row.partner_id if row else self.owner_id
        typed = kept(list(request.form.items(multi=True)))
        keep_draft(current_work(), row.id if row else None, partner_id, typed)
        form = TariffForm.typed(typed, self._currency(row))
        form.validate()
        return fragment("shared/tariffs/_effect.html", live=True, **self._values(form, row))

    def _currency(self, row: TariffRow | None) -> str:
        return row.currency if row else home_currency(current_work(), self.owner_id)

    def _editor(self, form: TariffForm, row: TariffRow | None, draft: DraftRow | None = None, status: int = 200, done: str = "") -> Any:
        values = self._values(form, row) | {"draft": draft, "done": done}
        return self._page("edit", part="shared/tariffs/_editor.html", status=status, **values)

    def _values(self, form: TariffForm, row: TariffRow | None) -> dict[str, Any]:
        work = current_work()
        partner_id = row.partner_id if row else self.owner_id
        form.offer_markets(known_markets(markets(work)) if work.can(Permission.TARIFF_VIEW) else [])
        form.offer_people(nameable(work, partner_id))
        limits = price_limits(work.session, partner_id, work.now.date(), form.currency)
        return {"form": form, "row": row, "limits": limits, "portal": self.portal, **effect(work, form, row, partner_id)}

    def _form(self, row: TariffRow, draft: DraftRow | None) -> TariffForm:
        if draft:
            return TariffForm.typed(draft.typed, row.currency)
        return TariffForm.of(row.name, self._terms(row))

    def _terms(self, row: TariffRow) -> Tariff:
        newest = row.now or row.next
        tariff = newest.tariff if newest else None
        if tariff is None:
            raise Conflict("terms_unreadable")
        return tariff

    # -- publishing

    def publish_page(self, code: str) -> Any:
        """The change in words, what it means, and from when."""
        row = self.editable(code)
        terms = self._drafted(row)
        if terms is None:
            return go_to(self.url("tariff_edit", code=row.code))
        return self._publish(row, terms, PublishForm(shown=fingerprint(terms)))

    def publish(self, code: str) -> Any:
        """Publish the draft, if it is still the one that was shown."""
        row = self.editable(code)
        terms, form = self._drafted(row), PublishForm()
        if terms is None:
            return go_to(self.url("tariff_edit", code=row.code))
        form.starts_at.zone_name = home_zone(current_work(), row.partner_id)
        if not form.validate():
            return self._publish(row, terms, form, 422)
        try:
            if form.shown.data != fingerprint(terms):
                raise Conflict("draft_changed")
            publish_terms(current_work(), row.code, terms, starts_at=self._start(form))
        except (Invalid, Conflict) as refusal:
            return self._publish(row, terms, form.refuse(refusal), 422)
        drop_draft(current_work(), row.id, row.partner_id)
        return go_to(self.url("tariff", code=row.code), note="terms-published")

    def _start(self, form: PublishForm) -> datetime | None:
        found: datetime | None = form.starts_at.data
        return found

    def _drafted(self, row: TariffRow) -> Tariff | None:
        """The draft as terms; None if there is none or it cannot be read."""
        draft = draft_of(current_work(), row.id, row.partner_id)
        if draft is None:
            return None
        form = TariffForm.typed(draft.typed, row.currency, shown=False)
        try:
            form.validate()
            return with_groups(current_work(), form.tariff(), row.partner_id, row) if not form.has_problem else None
        except Invalid:
            return None

    def _publish(self, row: TariffRow, terms: Tariff, form: PublishForm, status: int = 200) -> Any:
        work = current_work()
        values = {
            "row": row,
            "terms": terms,
            "before": row.now.tariff if row.now else None,
            "form": form,
            "found": judged(work, terms, row, row.partner_id),
            "of_finding": of_finding,
            "earliest": next_quarter(work.now),
            "zone": home_zone(work, row.partner_id),
            "running": running_with(work, row.id),
        }
        return self._page("publish", status=status, **values)

    def _page(self, name: str, *, part: str | None = None, status: int = 200, **values: Any) -> Any:
        return page(f"shared/tariffs/{name}.html", part=part, status=status, **{"portal": self.portal} | values)


def chosen_evses() -> list[UUID]:
    """The EVSEs ticked; anything that is no key is none."""
    found = []
    for text in request.form.getlist("evse"):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
