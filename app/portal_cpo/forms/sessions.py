"""Forms about sessions."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import Length

from app.text.words import lazy as _l
from app.web.forms import OneTimeForm, required


class ReleaseForm(OneTimeForm):
    """Why a held session may be billed."""

    reason = TextAreaField(_l("Reason"), [required(), Length(max=500)])
