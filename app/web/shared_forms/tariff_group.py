"""Forms of tariff groups, for both portals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.domain.tariffs.cascade_lines import CHANNELS
from app.domain.tariffs.groups_models import LEVELS
from app.domain.tariffs.groups_rows import LineInput, SheetRow, ShownLine, UserGroupRow
from app.text.tariff_words import CHANNEL_WORDS
from app.text.words import lazy as _l
from app.web.fields import DayField, LocalTimeField
from app.web.forms import BaseForm, optional, required

LEVEL_WORDS = {
    "evse": _l("EVSE"),
    "station": _l("Charge point"),
    "location": _l("Location"),
    "partner": _l("All of a partner"),
    "operator": _l("All of the operator"),
}
ZONE = "Europe/Berlin"


def sheet_words(sheets: Iterable[SheetRow]) -> list[tuple[str, str]]:
    """Choices of price sheets."""
    return [(sheet.code, f"{sheet.name} ({sheet.code})") for sheet in sheets]


class GroupForm(BaseForm):
    """A new group: its name, and what everyone pays."""

    name = StringField(_l("Name"), [required(), Length(max=120)])
    rest = SelectField(_l("Everyone pays"))

    def offer(self, sheets: Iterable[SheetRow]) -> GroupForm:
        """The price sheets to choose from."""
        self.rest.choices = sheet_words(sheets)
        return self


class UserGroupForm(BaseForm):
    """A group of people."""

    name = StringField(_l("Name"), [required(), Length(max=120)])


class DraftForm(BaseForm):
    """A change of a draft; ``revision`` is the state the page showed."""

    revision = HiddenField()

    @property
    def seen(self) -> int:
        """The revision sent; anything else is an old one."""
        text = self.revision.data or ""
        return int(text) if text.lstrip("-").isdecimal() and len(text) < 12 else -(10**9)


class LineForm(DraftForm):
    """Who pays by which price sheet, and why it differs from everyone else's."""

    channels = SelectMultipleField(
        _l("How they start"), choices=list(CHANNEL_WORDS.items()), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )
    own_users = BooleanField(_l("Only the partner's own drivers"))
    user_group = SelectField(_l("Group of people"), [optional()])
    plan = StringField(_l("Plan"), [optional(), Length(max=60)])
    provider = StringField(_l("Roaming partner"), [optional(), Length(max=60)])
    first_day = DayField(_l("From"), [optional()])
    last_day = DayField(_l("Until, last day"), [optional()])
    tariff = SelectField(_l("They pay"))
    reason = TextAreaField(_l("Reason for the difference"), [optional(), Length(max=500)])

    def offer(self, sheets: Iterable[SheetRow], people: Iterable[UserGroupRow]) -> LineForm:
        """The price sheets and groups of people to choose from."""
        self.tariff.choices = sheet_words(sheets)
        self.user_group.choices = [("", _l("any")), *((g.code, f"{g.name} ({g.code})") for g in people)]
        return self

    def to_input(self) -> LineInput:
        """The line as typed."""
        return LineInput(
            tariff=self.tariff.data or "",
            channels=tuple(c for c in CHANNELS if c in (self.channels.data or [])),
            own_users=bool(self.own_users.data),
            user_group=self.user_group.data or "",
            plan=self.plan.data or "",
            provider=self.provider.data or "",
            first_day=self.first_day.data,
            last_day=self.last_day.data,
            reason=self.reason.data or "",
        )


def values_of(shown: ShownLine, people: Iterable[UserGroupRow]) -> dict[str, Any]:
    """What the form shows for a line that stands."""
    line = shown.line
    codes = {g.id: g.code for g in people}
    return {
        "channels": list(line.channels),
        "own_users": line.own_users,
        "user_group": codes.get(line.user_group_id, "") if line.user_group_id else "",
        "plan": line.plan,
        "provider": line.provider,
        "first_day": line.first_day,
        "last_day": line.last_day,
        "tariff": shown.sheet.code if shown.sheet else None,
        "reason": line.reason,
    }


class RestForm(DraftForm):
    """What everyone else pays."""

    tariff = SelectField(_l("Everyone else pays"))


class PublishForm(DraftForm):
    """When the draft begins to count."""

    starts_at = LocalTimeField(_l("Counts from"), [optional()], zone_name=ZONE)


class AttachForm(BaseForm):
    """Where a group counts, and from when."""

    level = SelectField(_l("Where"), choices=[(level, LEVEL_WORDS[level]) for level in LEVELS])
    place = StringField(_l("Label, name or code of the place"), [optional(), Length(max=120)])
    starts_at = LocalTimeField(_l("Counts from"), [optional()], zone_name=ZONE)


class TryForm(BaseForm):
    """The tester's question: where, when, who. Asked by address, so it carries no token."""

    class Meta(BaseForm.Meta):
        """A question changes nothing."""

        csrf = False

    evse = StringField(_l("EVSE"), [optional(), Length(max=40)])
    at = LocalTimeField(_l("Date and time at the site"), [optional()], zone_name=ZONE)
    who = StringField(_l("Who"), [optional()])
    all = StringField()
