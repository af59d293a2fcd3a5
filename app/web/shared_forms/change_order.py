"""What a partner wants changed, and what staff answer."""

from __future__ import annotations

from flask_wtf.file import MultipleFileField
from wtforms import SelectField, StringField, TextAreaField

from app.domain.change_orders.rows import OrderInput
from app.text.sentences.change_orders import topic_word
from app.text.words import lazy as _l
from app.web.fields import DayField
from app.web.forms import BaseForm, OneTimeForm, optional, required


class OrderForm(OneTimeForm):
    """A wish."""

    topic = SelectField(_l("What it is about"))
    thing = StringField(_l("Which one"), [optional()])
    present = TextAreaField(_l("How it is now"), [optional()])
    wanted = TextAreaField(_l("What you want instead"), [required()])
    wanted_on = DayField(_l("From when"), [optional()])
    files = MultipleFileField(_l("Files"), [optional()])

    def offer(self, topics: list[str]) -> OrderForm:
        """The topics that are the person's."""
        self.topic.choices = [(name, topic_word(name)) for name in topics]
        return self

    def to_input(self) -> OrderInput:
        """The wish as typed."""
        texts = {name: getattr(self, name).data or "" for name in ("topic", "thing", "present", "wanted")}
        files = tuple((sent.filename or "", sent.read()) for sent in self.files.data or ())
        return OrderInput(**texts, wanted_on=self.wanted_on.data, files=files)


class AnswerForm(BaseForm):
    """What was done, or why not."""

    note = TextAreaField(_l("What was done, or why not"), [optional()])
