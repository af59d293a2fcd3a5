"""Month close, statements, papers, books."""

from app.text.words import lazy as _l

REFUSALS = {
    "month_not_over": _l("This month is not over yet. Drafts are built once it is."),
    "already_asked": _l("These drafts were asked for already."),
    "month_issued": _l("This month is issued (%(number)s). What comes later is in the next open month."),
    "issue_asked": _l("There is nothing left to issue here, or it was asked for already."),
    "same_person": _l("You built the draft of %(partner)s. Another person must issue it."),
    "draft_outdated": _l("%(partner)s: something changed since the draft was built. Build the drafts again."),
    "ledger_differs": _l("Not issued: statement and books differ. Nothing was changed."),
    "entry_differs": _l("The books hold another entry for this already."),
    "document_not_rendered": _l("The file is being made. Try again in a moment."),
    "mail_server_away": _l("The mail server does not answer. It is tried again."),
    "total_differs": _l("This is not the total of the statements below."),
}

NOTES = {
    "drafts-asked": _l("Drafts are being built. You can leave this page."),
    "issue-asked": _l("Statements are being issued, their papers made and mailed. You can leave this page."),
}

EVENTS = {
    "CloseRequested": _l("Drafts of a month asked for"),
    "IssueRequested": _l("Issuing of a month's statements asked for"),
    "StatementDrafted": _l("Draft statement built"),
    "StatementIssued": _l("Statement issued"),
    "DocumentIssued": _l("Paper issued"),
}
