"""The form that begins a charge: a key made with the page, the price sheet that was shown, perhaps an e-mail."""

from __future__ import annotations

import re
import secrets
from typing import Any
from uuid import UUID

from wtforms import EmailField, HiddenField, ValidationError

from app.domain.people import checks
from app.kernel.errors import Invalid
from app.text.words import gettext as _
from app.text.words import lazy as _l
from app.web.forms import BaseForm, optional


class EmailMixin:
    """An optional e-mail whose shape is checked."""

    email: EmailField

    def validate_email(self, field: Any) -> None:
        """Refuse what cannot be an address; keep it as it will be written to."""
        if not field.data:
            field.data = None
            return
        try:
            field.data = checks.email(field.data)
        except Invalid as error:
            raise ValidationError(_("This is no e-mail address.")) from error


class StartForm(EmailMixin, BaseForm):
    """Begin an ad hoc charge."""

    one_time_key = HiddenField()
    version = HiddenField()
    email = EmailField(_l("E-mail"), [optional()])

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        # 256 bits: the secret of the session's link is derived from this key
        if not re.fullmatch(r"[0-9a-f]{64}", self.one_time_key.data or ""):
            self.one_time_key.data = secrets.token_hex(32)

    @property
    def shown_version(self) -> UUID | None:
        """The price sheet the driver saw."""
        try:
            return UUID(self.version.data or "")
        except ValueError:
            return None


class MailForm(EmailMixin, BaseForm):
    """Send the link, or the receipt, to an address."""

    email = EmailField(_l("E-mail"))

    def validate_email(self, field: Any) -> None:
        """Here an address is needed."""
        super().validate_email(field)
        if not field.data:
            raise ValidationError(_("Fill this in."))
