"""The form of one exception from the share."""

from __future__ import annotations

from typing import Any

from wtforms import HiddenField, SelectField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

from app.domain.contracts.rows import ContractVersionRow
from app.domain.contracts.values import OverrideLine
from app.portal_cpo.forms.contracts import DraftForm
from app.text.words import gettext as _
from app.text.words import lazy as _l
from app.web.fields import PctField
from app.web.forms import optional, required
from app.web.people_field import PeopleField

_SWITCHES = ("exclude_connection_fee", "deduct_electricity", "reimburse_electricity")
_CHOSEN = {"": None, "yes": True, "no": False}


class LineForm(DraftForm):
    """One exception; ``line`` is its place, empty for a new one."""

    line = HiddenField()
    name = StringField(_l("Name of the override"), [required()])
    channels = SelectMultipleField(_l("Paid by"), [optional()], widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
    emsps = StringField(_l("Providers, with commas between them"), [optional()])
    user_groups = PeopleField(_l("Groups of people"), [optional()])
    ac_pct = PctField(_l("Share of AC revenue"), [optional()])
    dc_pct = PctField(_l("Share of DC revenue"), [optional()])
    exclude_connection_fee = SelectField(_l("Start fees stay with the operator"), validate_choice=False)
    deduct_electricity = SelectField(_l("Electricity is deducted before sharing"), validate_choice=False)
    reimburse_electricity = SelectField(_l("The partner gets the cost of electricity back"), validate_choice=False)

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.channels.choices = [
            ("internal", _("Own cards")), ("emsp", _("Roaming")), ("adhoc", _("Direct payment")), ("corporate", _("Corporate"))
        ]  # fmt: skip
        for name in _SWITCHES:
            getattr(self, name).choices = [("", _("as in the contract")), ("yes", _("yes")), ("no", _("no"))]

    def to_input(self) -> OverrideLine:
        """The line as typed."""
        return OverrideLine(
            self.name.data or "",
            tuple(self.channels.data or ()),
            _words(self.emsps.data),
            tuple(self.user_groups.data or ()),
            self.ac_pct.data,
            self.dc_pct.data,
            *(_CHOSEN.get(getattr(self, name).data) for name in _SWITCHES),
        )


def data_of(line: OverrideLine, index: int) -> dict[str, Any]:
    """What the form of a line starts with."""
    switches = {name: {None: "", True: "yes", False: "no"}[getattr(line, name)] for name in _SWITCHES}
    words = {"emsps": ", ".join(line.emsps), "user_groups": list(line.user_groups)}
    shares = {"ac_pct": line.ac_pct, "dc_pct": line.dc_pct}
    return {"line": str(index + 1), "name": line.name, "channels": list(line.channels)} | words | shares | switches


def people_of(version: ContractVersionRow) -> dict[str, str]:
    """The groups of people that exceptions of a version name, by their word: whoever tries a session chooses among them."""
    return {word: name for line in version.overrides for word, name in line.people.items()}


def _words(typed: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in (typed or "").split(",") if word.strip()))
