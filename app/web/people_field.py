"""A form field to choose groups of people in, for price sheets and contracts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget


class PeopleField(SelectMultipleField):
    """Groups of people to tick, by code; whether a price or contract may name them is for the domain to say."""

    def __init__(self, label: Any, validators: Sequence[Any] = (), **more: Any) -> None:
        looks = {"widget": ListWidget(prefix_label=False), "option_widget": CheckboxInput()}
        super().__init__(label, validators, choices=[], validate_choice=False, **looks, **more)

    def offer(self, groups: Mapping[str, str]) -> None:
        """The groups to choose from, name by code; one that is named already and is none of them stays a choice as it is written."""
        written = [word for word in self.data or () if word not in groups]
        self.choices = [*((code, f"{name} ({code})") for code, name in groups.items()), *((word, word) for word in written)]
