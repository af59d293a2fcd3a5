"""Forms of changes of many EVSEs, for both portals."""

from __future__ import annotations

from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.validators import Length, Optional

from app.domain.tariffs.bulk_places import NOTHING, BulkFilter
from app.domain.tariffs.groups_rows import GroupRow, SheetRow
from app.text.words import gettext as _
from app.text.words import lazy as _l
from app.web.fields import LocalTimeField
from app.web.forms import BaseForm, optional
from app.web.shared_forms.tariff_group import ZONE


class ChoiceForm(BaseForm):
    """Which EVSEs, and what they shall have; asked by address."""

    class Meta(BaseForm.Meta):
        """A question changes nothing."""

        csrf = False

    text = StringField(_l("Label, EVSE id or location"), [optional(), Length(max=80)])
    partner = StringField(_l("Partner, code"), [optional(), Length(max=20)])
    location = StringField(_l("Location, code"), [optional(), Length(max=20)])
    current = SelectField(_l("Current"), [Optional()], choices=[("", _l("all")), ("AC", "AC"), ("DC", "DC")], default="")
    fast = SelectField(
        _l("Power"), [Optional()], choices=[("", _l("all")), ("no", _l("below 50 kW")), ("yes", _l("50 kW and more"))], default=""
    )
    has = SelectField(_l("Has now"), [Optional()], default="", validate_choice=False)
    target = SelectField(_l("Give them"), [Optional()], default="", validate_choice=False)
    starts_at = LocalTimeField(_l("Counts from"), [optional()], zone_name=ZONE)
    points = HiddenField(validators=[Length(max=4_000)])

    def offer(self, sheets: list[SheetRow], groups: list[GroupRow]) -> ChoiceForm:
        """The tariffs and groups to choose from."""
        known = [(s.code, f"{s.name} ({s.code})") for s in sheets] + [
            (g.code, _("Group %(name)s", name=f"{g.name} ({g.code})")) for g in groups
        ]
        self.has.choices = [("", _("anything")), (NOTHING, _("nothing of its own")), *known]
        self.target.choices = [("", _("choose")), *known, (NOTHING, _("nothing of its own"))]
        return self

    @property
    def wanted(self) -> BulkFilter:
        """The filter."""
        names = ("text", "partner", "location", "current", "fast", "has", "points")
        return BulkFilter(**{name: (self[name].data or "").strip() for name in names})

    @property
    def asked(self) -> dict[str, Any]:
        """The question as address arguments, to be taken along."""
        names = ("text", "partner", "location", "current", "fast", "has", "points", "target")
        start = {"starts_at": self.starts_at.write(self.starts_at.data)} if self.starts_at.data else {}
        return {name: self[name].data for name in names if self[name].data} | start


class ConfirmForm(BaseForm):
    """Yes, to what the preview showed."""

    mark = HiddenField()


class ImportForm(BaseForm):
    """A file of assignments."""

    file = FileField(_l("File (CSV)"), [FileRequired(_l("Choose a file."))])
    whole = BooleanField(_l("All or nothing: refuse the file if a single row is wrong"))
    starts_at = LocalTimeField(_l("Counts from"), [optional()], zone_name=ZONE)
