"""Invitations, second factors, sign-ins, the log."""

from app.text.words import lazy as _l

REFUSALS = {
    "already_invited": _l("This person is invited already. Send the invitation again, or withdraw it first."),
    "last_admin": _l("The last administrator stays. Make somebody else an administrator first."),
    "only_own_locations": _l("You may give away only the locations you are limited to yourself."),
    "unknown_location": _l("This location does not belong to this account."),
    "bad_network": _l("%(value)s is not a network address, such as 203.0.113.0/24."),
    "too_many_networks": _l("At most %(most)s network addresses."),
    "invitation_over": _l("This invitation has been used, withdrawn or has expired."),
    "other_person_signed_in": _l("You are signed in as %(email)s. Sign out to accept."),
    "reset_over": _l("This link has expired or was used. Ask for a new one."),
    "code_wrong": _l("This code is not right."),
    "code_used": _l("This code was already used. Wait for the next one."),
    "recovery_code_used": _l("This recovery code was already used."),
    "own_factor": _l("Somebody else must do this for you; your own devices are in your account."),
    "no_factor": _l("This person has no second factor."),
    "works_elsewhere": _l(
        "This person works in other accounts too. The operator's administrator can do it; for people of several operators, whoever keeps "
        "the installation."
    ),
    "last_factor": _l("Your role needs a second factor. Add another one first."),
    "only_way_in": _l("You have no password, so this is your only way in. Choose a password first."),
    "passkey_refused": _l("This passkey was not accepted."),
    "confirm_first": _l("Confirm first that it is you."),
    "wrong_network": _l("Your role here can only be used from certain networks. %(address)s is not one of them."),
    "known_already": _l("There is a sign-in for this address already. Sign in to accept."),
}

NOTES = {
    "person-invited": _l("The invitation to %(email)s is on its way. It is valid for 7 days."),
    "invitation-withdrawn": _l("The invitation is withdrawn. Its link no longer works."),
    "invitation-declined": _l("You declined the invitation to %(account)s."),
    "member-changed": _l("The role is changed."),
    "joined": _l("Welcome. You have joined this account."),
    "password-set": _l("Your password is set. Sign in with it."),
    "factor-added": _l("The second factor is set up."),
    "factor-removed": _l("The second factor is removed."),
    "factor-cleared": _l("The second factor of %(name)s is removed; the person is told by mail."),
    "passkey-refused": _l("The passkey was not accepted. Try again."),
    "sign-in-ended": _l("The sign-in has ended."),
    "sign-ins-ended": _l("All other sign-ins have ended."),
    "confirm-first": _l("Confirm first; nothing was saved. Then send the form again."),
}

EVENTS = {
    "PersonInvited": _l("Person invited"),
    "InvitationClosed": _l("Invitation answered or withdrawn"),
    "PasswordResetDone": _l("Password set by a link"),
    "FactorAdded": _l("Second factor set up"),
    "FactorRemoved": _l("Second factor removed"),
    "FactorsCleared": _l("Lost second factor removed"),
    "RecoveryCodesMade": _l("Recovery codes made"),
    "RecoveryCodeUsed": _l("Recovery code used"),
    "MemberChanged": _l("Role changed"),
}

JOBS = {
    "audit.anchor": _l("Anchor the audit log"),
    "people.reset": _l("Send a link for a new password"),
    "people.new_sign_in": _l("Tell somebody about a sign-in in a new browser"),
    "people.factor_notice": _l("Tell somebody about their second factor"),
}
