"""The form that says who may charge at charge points."""

from __future__ import annotations

from typing import Self

from wtforms import BooleanField, RadioField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from app.domain.network.access_rows import AccessRow
from app.text.words import lazy as _l
from app.web.forms import OneTimeForm, optional

ACCESS_WORDS = {"public": _l("Everybody"), "own": _l("Only the partner's own drivers"), "groups": _l("Only the drivers of these groups")}


class AccessForm(OneTimeForm):
    """Everybody, the partner's own drivers, or groups; and whether drivers nearby are shown it."""

    access = RadioField(_l("Who may charge"), choices=list(ACCESS_WORDS.items()), default="public")
    groups = SelectMultipleField(_l("Groups"), [optional()], option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False))
    listed = BooleanField(_l("Show it to drivers who look for a free place nearby"), default=True)

    company = BooleanField(_l("Company drivers charge on their company's account without saying so"), default=True)

    @classmethod
    def of(cls, now: AccessRow | None) -> Self:
        """The form as it stands now; None: the charge points differ, so nothing is suggested but what is usual."""
        if now is None:
            return cls(formdata=None)
        return cls(
            formdata=None,
            data={"access": now.access, "listed": now.listed, "company": now.company, "groups": [code for code, _ in now.groups]},
        )

    def offer(self, groups: list[tuple[str, str]]) -> Self:
        """Which groups may be let in."""
        self.groups.choices = list(groups)
        return self
