"""Refusals and notes of the kernel, the gate, the web kit and sign-in."""

from app.text.words import lazy as _l

REFUSALS = {
    "not_found": _l("Not found, or not shared with you."),
    "not_allowed": _l("Your role does not allow this."),
    "read_only": _l("This is a preview. Nothing can be changed here."),
    "preview_could": _l("Preview: %(account)s · %(role)s could do this."),
    "preview_role": _l("Preview: %(account)s · %(role)s could not do this, because the role does not have the right."),
    "preview_contract": _l("Preview: %(account)s · %(role)s could not do this, because the contract does not give the right “%(right)s”."),
    "preview_feature": _l(
        "Preview: %(account)s · %(role)s could not do this, because contract or features of the account do not give the right."
    ),
    "changed_meanwhile": _l("Somebody changed this while you were working on it. Nothing of yours was saved."),
    "already_exists": _l("This exists already."),
    "still_in_use": _l("Something else still uses this, so it stays."),
    "already_final": _l("This is final and cannot be changed. Correct it with a new entry."),
    "unavailable": _l("A part of Voltpact does not answer right now. Try again in a minute."),
    "bad_value": _l("This value cannot be read."),
    "bad_character": _l("This contains a character that cannot be stored."),
    "missing_member": _l("This is missing."),
    "too_long": _l("This is too long."),
    "not_positive": _l("This must be more than zero."),
    "out_of_range": _l("This value is out of range."),
    "unknown_time_zone": _l("This time zone is not known."),
    "unknown_currency": _l("This currency is not known."),
    "too_many_decimals": _l("This has more decimals than allowed."),
    "not_a_number": _l("This is not a number."),
    "negative_number": _l("This must not be negative."),
    "end_before_start": _l("The end lies before the start."),
    "wrong_origin": _l("This request did not come from a page of Voltpact."),
    "form_expired": _l("This form is too old. Load the page again; what you typed was not saved."),
    "user_disabled": _l("This sign-in is switched off. Ask whoever manages your account."),
    "account_paused": _l("The account %(name)s is paused. Call %(phone)s."),
    "account_closed": _l("The account %(name)s is closed. Call %(phone)s."),
    "sign_in_wrong": _l("E-mail or password is not right."),
    "sign_in_blocked": _l("Too many attempts. Try again in %(minutes)s min."),
    "password_wrong": _l("This is not your present password."),
    "password_short": _l("Use 12 or more characters."),
    "password_same": _l("The new password is the old one."),
    "password_common": _l("This password is too easy to guess. Use several unrelated words."),
    "passwords_differ": _l("The two passwords differ."),
}

NOTES = {
    "saved": _l("Saved."),
    "signed-out": _l("You are signed out."),
    "signed-out-idle": _l("You were signed out because nothing happened for a while."),
    "signed-out-elsewhere": _l("You were signed out because your password was changed."),
    "password-changed": _l("Your password is changed. All other sign-ins have ended."),
    "account-saved": _l("Your settings are saved."),
}

EVENTS = {
    "SignedIn": _l("Signed in"),
    "PasswordChanged": _l("Password changed"),
    "HabitsChanged": _l("Own settings changed"),
}
