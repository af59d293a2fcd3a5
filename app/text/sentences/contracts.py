"""Contracts and charge points under contract."""

from app.text.words import lazy as _l

REFUSALS = {
    "partner_closed": _l("This partner is closed."),
    "draft_exists": _l("There is a draft already: version %(number)s."),
    "no_draft": _l("There is no draft any more."),
    "ends_before_start": _l("The end lies before the start."),
    "renewal_open_end": _l("A contract without an end does not renew itself. Give it a last month or switch this off."),
    "pct_out_of_range": _l("A share lies between 0 and 100%%."),
    "reimburse_without_deduct": _l("Electricity can only be reimbursed where it is deducted first."),
    "unknown_contract": _l("There is no contract “%(value)s” that you see."),
    "contract_copy_currency": _l("Its amounts are in %(currency)s, this contract's are not."),
    "copy_names_groups": _l(
        "Its exception “%(name)s” is for groups of people of another partner. Take another contract, or that exception out of it."
    ),
    "negative_price": _l("A price must not be negative."),
    "version_overlap": _l("Version %(number)s begins in %(month)s, inside this term. End this one before."),
    "month_begun": _l("This month has begun and its sessions are priced. The earliest is %(earliest)s."),
    "month_kept": _l("The statement of this month is issued. Choose a later one."),
    "facilitation_sells": _l("Under payment facilitation the partner sells."),
    "facilitation_share": _l(
        "Under payment facilitation the partner's share is 100%% for AC and DC, in every exception too, and start fees are the partner's."
    ),
    "carry_out_of_range": _l("A debt is carried for at most %(most)s months."),
    "kept_once_agreed": _l("This stays as it is once a version is agreed. Make a new contract instead."),
    "zone_kept": _l("Months of this partner's agreed contracts are counted in this zone, so it stays."),
    "too_many_overrides": _l("At most %(most)s exceptions."),
    "exception_without_effect": _l("Give a share or a switch, else the exception changes nothing."),
    "example_without_rate": _l("Electricity is deducted, so the example needs a price of electricity."),
    "preview_stale": _l("Terms changed since the replay, so it says nothing about them. Run it again."),
    "nothing_to_accept": _l("Only a version that binds or will bind can be accepted."),
    "paper_changed": _l("The paper has changed since you opened it. Read it again."),
    "not_asked": _l("Nobody asks for agreement on this draft any more."),
    "contract_same_person": _l("You typed these terms or asked for them. Somebody else who may edit or approve contracts agrees."),
    "not_scheduled": _l("Only a version that has not begun can be made a draft again."),
    "version_between": _l("Version %(number)s was agreed after it and stands in its place. Make that one a draft again first."),
    "version_coming": _l("Version %(number)s begins in %(month)s. Make it a draft again first, or end the contract with it."),
    "nothing_binds": _l("No version of this contract binds any more."),
    "unknown_charge_point": _l("No charge point with this label. Labels look like NL-0417."),
    "day_passed": _l("The earliest day is %(earliest)s."),
    "no_terms_then": _l("The contract has no terms for %(month)s."),
    "already_assigned": _l("%(label)s is under contract %(contract)s in this time. End that first."),
    "ended_already": _l("This ended on %(day)s."),
    "child_above_parent": _l("The share is above what the sub-operator itself gets."),
    "receiver_above_level": _l(
        "%(partner)s gets a higher share than the sub-operator that looks after it. Agree new terms with one of them first."
    ),
    "share_below_partner": _l("%(partner)s, who is in this sub-operator's care, gets a higher share."),
}

NOTES = {
    "typed-forgotten": _l("What you had typed is forgotten. This is the draft as saved."),
    "contract-created": _l("The contract is created as a draft. It binds nobody until you activate it."),
    "draft-saved": _l("The draft is saved."),
    "draft-opened": _l("A new version is open as a draft."),
    "draft-discarded": _l("The draft is discarded."),
    "preview-asked": _l("The replay has begun."),
    "preview-attached": _l("The replay is attached to the draft."),
    "contract-accepted": _l("The version is accepted."),
    "agreement-asked": _l("The draft waits for a second person."),
    "draft-sent-back": _l("The draft is not agreed; it can be changed again."),
    "version-taken-back": _l("The version is a draft again."),
    "version-activated": _l("The version is agreed and binds from %(month)s."),
    "contract-ended": _l("The contract ends with %(month)s."),
    "station-assigned": _l("%(label)s is assigned."),
    "assignment-ended": _l("The assignment of %(label)s ends."),
}

EVENTS = {
    "ContractCreated": _l("Contract created"),
    "DraftOpened": _l("New version opened"),
    "DraftEdited": _l("Draft changed"),
    "DraftDiscarded": _l("Draft discarded"),
    "PreviewAsked": _l("Replay of a month asked for"),
    "PreviewAttached": _l("Replay attached to a draft"),
    "AgreementAsked": _l("Agreement asked for"),
    "AgreementRefused": _l("Draft sent back"),
    "VersionTakenBack": _l("Scheduled version made a draft again"),
    "VersionActivated": _l("Terms agreed"),
    "ContractRenewed": _l("Contract renewed"),
    "RenewalStopped": _l("Contract not renewed"),
    "ContractAccepted": _l("Contract accepted"),
    "ContractEnded": _l("Contract ended"),
    "StationAssigned": _l("Charge point assigned"),
    "AssignmentEnded": _l("Assignment ended"),
    "StationHeld": _l("Charge point changed hands"),
}

JOBS = {
    "contracts.remind": _l("Remind a partner that its contract ends"),
    "contracts.renewals": _l("Renew contracts and remind of their end"),
    "contracts.preview": _l("Replay a month under other terms"),
}
