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
    "negative_price": _l("A price must not be negative."),
    "version_overlap": _l("Version %(number)s begins in %(month)s, inside this term. End this one before."),
    "month_begun": _l("This month has begun and its sessions are priced. The earliest is %(earliest)s."),
    "month_kept": _l("The statement of this month is issued. Choose a later one."),
    "nothing_binds": _l("No version of this contract binds any more."),
    "unknown_charge_point": _l("No charge point with this label. Labels look like NL-0417."),
    "day_passed": _l("The earliest day is %(earliest)s."),
    "no_terms_then": _l("The contract has no terms for %(month)s."),
    "already_assigned": _l("%(label)s is under contract %(contract)s in this time. End that first."),
    "ended_already": _l("This ended on %(day)s."),
    "child_above_parent": _l("The share is above what the sub-operator itself gets."),
}

NOTES = {
    "contract-created": _l("The contract is created as a draft. It binds nobody until you activate it."),
    "draft-saved": _l("The draft is saved."),
    "draft-opened": _l("A new version is open as a draft."),
    "draft-discarded": _l("The draft is discarded."),
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
    "VersionActivated": _l("Terms agreed"),
    "ContractEnded": _l("Contract ended"),
    "StationAssigned": _l("Charge point assigned"),
    "AssignmentEnded": _l("Assignment ended"),
    "StationHeld": _l("Charge point changed hands"),
}
