"""Access keys of programs (B60): made after "It is you", shown once, revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import request
from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.access.permissions import Permission
from app.access.programs import Scope
from app.domain.integrations.keys import MOST_CALLS, create_key, keys, revoke_key
from app.domain.people.queries import operator_defaults
from app.kernel.errors import Invalid
from app.portal_cpo import bp
from app.text.words import lazy as _l
from app.web.confirm import confirmed
from app.web.forms import BareForm, BaseForm, required
from app.web.pages import go, page
from app.web.signin import current_work

SCOPE_WORDS = {Scope.CURVES.value: _l("Store exchange prices")}


class KeyForm(BaseForm):
    """What the key is for and until when it counts."""

    name = StringField(_l("Name"), [required(), Length(max=80)])
    scopes = SelectMultipleField(
        _l("What it allows"), choices=list(SCOPE_WORDS.items()), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )
    days = SelectField(_l("Counts for"), choices=[("365", _l("1 year")), ("90", _l("90 days")), ("0", _l("until it is revoked"))])

    @property
    def valid_for(self) -> timedelta | None:
        """None: until it is revoked."""
        return timedelta(days=int(self.days.data or 0)) or None


@bp.get("/api-keys")
def api_keys() -> Any:
    """Every key, by its first characters."""
    work = current_work()
    found = keys(work, cursor=request.args.get("after"))
    zone = operator_defaults(work)["time_zone"]
    return page("cpo/api_keys/index.html", found=found, scope_words=SCOPE_WORDS, zone=zone, form=BareForm(formdata=None), most=MOST_CALLS)


@bp.get("/api-keys/new")
@confirmed
def api_key_new() -> Any:
    """The form of a new one."""
    current_work().require(Permission.API_KEY_EDIT)
    return page("cpo/api_keys/new.html", form=KeyForm(formdata=None, scopes=[Scope.CURVES.value]))


@bp.post("/api-keys/new")
@confirmed
def api_key_create() -> Any:
    """Make it, and show it this once."""
    work = current_work()
    work.require(Permission.API_KEY_EDIT)
    form = KeyForm()
    if not form.validate():
        return page("cpo/api_keys/new.html", form=form, status=422)
    try:
        secret = create_key(work, form.name.data or "", form.scopes.data or [], form.valid_for)
    except Invalid as refusal:
        return page("cpo/api_keys/new.html", form=form.refuse(refusal), status=422)
    answer = page("cpo/api_keys/secret.html", name=form.name.data, key=secret, base=request.host_url.rstrip("/"))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/api-keys/<uuid:key_id>/revoke")
def api_key_revoke(key_id: UUID) -> Any:
    """From now on it opens nothing."""
    revoke_key(current_work(), key_id)
    return go("cpo.api_keys", note="key-revoked")
