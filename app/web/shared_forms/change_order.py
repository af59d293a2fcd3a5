"""What a partner wants changed, and what staff answer."""

from __future__ import annotations

from flask_wtf.file import MultipleFileField
from wtforms import SelectField, StringField, TextAreaField

from app.domain.change_orders.rows import OrderInput
from app.text.sentences.change_orders import topic_word
from app.text.words import lazy as _l
from app.web.fields import DayField
from app.web.forms import BaseForm, OneTimeForm, optional, required

Files = tuple[tuple[str, bytes], ...]


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
        return OrderInput(**texts, wanted_on=self.wanted_on.data, files=sent_files(self.files))


class AnswerForm(BaseForm):
    """What staff write to the partner: what was done, why not, or a question."""

    note = TextAreaField(_l("To the partner"), [optional()])


class ReplyForm(BaseForm):
    """The partner's answer to a question, with files."""

    note = TextAreaField(_l("Your answer"), [required()])
    files = MultipleFileField(_l("Files"), [optional()])

    def to_files(self) -> Files:
        """What came with it."""
        return sent_files(self.files)


def sent_files(field: MultipleFileField) -> Files:
    """Name as uploaded and bytes of each; a browser sends an empty one where none is chosen."""
    return tuple((sent.filename, sent.read()) for sent in field.data or () if sent and sent.filename)
