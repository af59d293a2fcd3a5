"""Forms about contracts: a new one, agreeing and ending, charge points under contract. The parts of a draft: ``contract_parts``."""

from __future__ import annotations

from typing import Any, Self

from wtforms import HiddenField, SelectField, StringField, TextAreaField

from app.domain.contracts.parts import AssignmentInput, ContractInput
from app.domain.contracts.rows import ContractRow
from app.text.regions import currency_choices
from app.text.words import lazy as _l
from app.web.fields import DayField, MonthField, PickField, whole
from app.web.forms import BaseForm, optional, required
from app.web.seen_form import SeenForm


class ContractForm(BaseForm):
    """The first lines of a contract."""

    name = StringField(_l("Name of the contract"), [required()])
    first_month = MonthField(_l("First month"), [required()])
    currency = SelectField(_l("Currency"))
    copy_of = StringField(_l("Terms as in the contract"), [optional()])

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.currency.choices = currency_choices()

    def to_input(self) -> ContractInput:
        """The contract as typed."""
        return ContractInput(self.name.data or "", self.first_month.data, self.currency.data, (self.copy_of.data or "").strip())


class DraftForm(SeenForm):
    """A part of a draft; ``draft`` is the state the form shows."""

    draft = HiddenField()

    @property
    def state(self) -> int:
        """The state as a number; 0 is no state any draft ever had."""
        return whole(self.draft.data, 0)

    def shows_draft(self, state: int, now: BaseForm) -> Self:
        """Remember the draft that the form is about: its state, and what stands in it now."""
        self.draft.data = str(state)
        return self.shows(now)


class SendBackForm(DraftForm):
    """Why a draft is not agreed."""

    reason = TextAreaField(_l("Reason"), [required()])


class TakeBackForm(BaseForm):
    """Why a scheduled version becomes a draft again."""

    reason = TextAreaField(_l("Reason"), [required()])


class AssignForm(BaseForm):
    """A charge point to come under a contract."""

    label = PickField(_l("Charge point"))
    contract = SelectField(_l("Contract"))
    valid_from = DayField(_l("From"), [required()])
    valid_until = DayField(_l("Until (not included)"), [optional()])

    def offer(self, free: list[tuple[str, str]] | None, terms: list[ContractRow]) -> AssignForm:
        """Fill the lists; ``free`` None: too many, so the label is typed."""
        self.label.offer(None if free is None else [(label, f"{label} – {place}" if place else label) for label, place in free])
        self.contract.choices = [(c.code, f"{c.code} – {c.name}") for c in terms]
        return self

    def to_input(self) -> AssignmentInput:
        """The assignment as typed."""
        return AssignmentInput(self.label.data or "", self.valid_from.data, self.valid_until.data)


class EndForm(BaseForm):
    """The first day on which a charge point is no longer under its contract."""

    valid_until = DayField(_l("First day without this contract"), [required()])


class EndContractForm(BaseForm):
    """The last month of a contract and why."""

    last_month = MonthField(_l("Last month"), [required()])
    reason = TextAreaField(_l("Reason"), [required()])
