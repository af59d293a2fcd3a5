"""Forms of sign-in and of one's own account."""

from __future__ import annotations

from wtforms import BooleanField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import Length

from app.domain.people.notices import EVENTS, STAFF_EVENTS
from app.domain.people.signin import HABITS, HabitsInput
from app.text.locales import LANGUAGES
from app.text.words import lazy as _l
from app.web.forms import BaseForm, optional, required

REGION_WORDS = {
    "en_GB": "1,234.50 · 14 Oct 2026 (en-GB)",
    "de_DE": "1.234,50 · 14.10.2026 (de-DE)",
    "de_AT": "€ 1.234,50 · 14.10.2026 (de-AT)",
    "de_CH": "1’234.50 · 14.10.2026 (de-CH)",
    "fr_FR": "1 234,50 · 14 oct. 2026 (fr-FR)",
    "fr_CH": "1 234,50 · 14 oct. 2026 (fr-CH)",
}
THEME_WORDS = {"system": _l("As the device"), "light": _l("Light"), "dark": _l("Dark")}
DENSITY_WORDS = {"usual": _l("As usual in the portal"), "normal": _l("Comfortable"), "compact": _l("Compact")}
BASIS_WORDS = {"site": _l("Site time"), "mine": _l("My time"), "utc": "UTC"}

WAY_WORDS = {"now": _l("At once"), "daily": _l("Daily summary"), "off": _l("Off")}
EVENT_WORDS = {
    "faults": _l("Charge points break and work again"),
    "statement": _l("A statement is issued"),
    "contract_ends": _l("A contract ends or renews itself"),
    "price_change": _l("Prices change"),
    "driver_limit": _l("80 or 100%% of a limit for charging are used"),
    "order_moved": _l("A change request of the account moves on"),
    "order_asked": _l("A partner asks for a change"),
}


def basis_word(basis: str) -> str:
    """A time basis as people say it."""
    return str(BASIS_WORDS[basis])


class SignInForm(BaseForm):
    """E-mail and password."""

    email = StringField(_l("E-mail"), [required(), Length(max=254)])
    password = PasswordField(_l("Password"), [required(), Length(max=200)])


class HabitsForm(BaseForm):
    """Name and habits."""

    name = StringField(_l("Name"), [required(), Length(max=120)])
    language = SelectField(_l("Language"), choices=list(LANGUAGES.items()))
    region = SelectField(_l("Formats"), choices=list(REGION_WORDS.items()))
    theme = SelectField(_l("Colours"), choices=list(THEME_WORDS.items()))
    time_basis = SelectField(_l("Times"), choices=list(BASIS_WORDS.items()))
    density = SelectField(_l("Spacing"), choices=list(DENSITY_WORDS.items()))
    shortcuts = BooleanField(_l("Single keys jump and search"))
    phone = StringField(_l("Phone"), [optional(), Length(max=40)])

    def to_input(self) -> HabitsInput:
        """The habits as the domain takes them."""
        return HabitsInput(**{name: self[name].data for name in HABITS if name in self})


class PasswordForm(BaseForm):
    """Present password and a new one, typed once: managers fill it in, and it can be shown."""

    present = PasswordField(_l("Present password"), [required(), Length(max=200)])
    wanted = PasswordField(_l("New password"), [required(), Length(max=200)])


class JoinForm(BaseForm):
    """A new person accepting an invitation."""

    name = StringField(_l("Your name"), [required(), Length(max=120)])
    password = PasswordField(_l("Password"), [required(), Length(max=200)])


class ResetForm(BaseForm):
    """Who forgot the password."""

    email = StringField(_l("E-mail"), [required(), Length(max=254)])


class NewPasswordForm(BaseForm):
    """A new password without the old one."""

    password = PasswordField(_l("New password"), [required(), Length(max=200)])


class CodeForm(BaseForm):
    """Six digits of an authenticator app, or a recovery code."""

    code = StringField(_l("Code"), [required(), Length(max=40)])


class FactorForm(BaseForm):
    """An authenticator app with the first code it shows."""

    code = StringField(_l("Six digits that the app shows"), [required(), Length(max=20)])
    label = StringField(_l("Name of the device"), [optional(), Length(max=60)])


class ConfirmForm(BaseForm):
    """Confirming with the password to be still there."""

    password = PasswordField(_l("Password"), [required(), Length(max=200)])


class MailsForm(BaseForm):
    """One choice per event that a role of the person lets them be told of."""

    faults = RadioField(EVENT_WORDS["faults"], choices=list(WAY_WORDS.items()))
    statement = RadioField(EVENT_WORDS["statement"], choices=list(WAY_WORDS.items()))
    contract_ends = RadioField(EVENT_WORDS["contract_ends"], choices=list(WAY_WORDS.items()))
    price_change = RadioField(EVENT_WORDS["price_change"], choices=list(WAY_WORDS.items()))
    driver_limit = RadioField(EVENT_WORDS["driver_limit"], choices=list(WAY_WORDS.items()))
    order_moved = RadioField(EVENT_WORDS["order_moved"], choices=list(WAY_WORDS.items()))
    order_asked = RadioField(EVENT_WORDS["order_asked"], choices=list(WAY_WORDS.items()))


def mails_form(wishes: dict[str, str], *, sent: bool) -> MailsForm:
    """The form with the lines of ``wishes`` alone, as kept or as sent."""
    form = MailsForm(data=wishes) if sent else MailsForm(formdata=None, data=wishes)
    for event in (*EVENTS, *STAFF_EVENTS):
        if event not in wishes:
            del form[event]
    return form
