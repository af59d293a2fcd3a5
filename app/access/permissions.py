"""Every right of the house, named AREA_ACT. A right is granted for a set of partner accounts, or for all of an operator."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """One act on one kind of thing. The value is what the audit log and the API show."""

    # people and set-up (ux 2.2)
    PARTNER_VIEW = "partner.view"
    PARTNER_EDIT = "partner.edit"
    CONTACT_EDIT = "partner.contacts.edit"
    USER_VIEW = "user.view"
    USER_EDIT = "user.edit"
    OWNER_EDIT = "user.owner.edit"
    FACTOR_RESET = "user.factor.reset"
    STAFF_EDIT = "staff.edit"
    AUDIT_VIEW = "audit.view"
    AUDIT_ALL = "audit.all.view"
    CARE_VIEW = "partner.care.view"
    FEATURE_VIEW = "partner.features.view"
    BANK_VIEW = "partner.bank.view"
    BANK_EDIT = "partner.bank.edit"
    BANK_VERIFY = "partner.bank.verify"
    # contracts (ux 2.3)
    CONTRACT_VIEW = "contract.view"
    CONTRACT_EDIT = "contract.edit"
    CONTRACT_APPROVE = "contract.approve"
    CONTRACT_ACCEPT = "contract.accept"
    # network (ux 2.4)
    NETWORK_VIEW = "network.view"
    NETWORK_EDIT = "network.edit"
    NETWORK_ASSIGN = "network.assign"
    LABEL_PRINT = "network.label.print"
    MESSAGES_VIEW = "network.messages.view"
    COMMAND_START = "command.start"
    COMMAND_STOP = "command.stop"
    COMMAND_UNLOCK = "command.unlock"
    COMMAND_RESTART = "command.restart"
    COMMAND_TRIGGER = "command.trigger"
    COMMAND_PROFILE = "command.profile"
    COMMAND_SCHEDULE = "command.schedule"
    COMMAND_RESERVE = "command.reserve"
    COMMAND_UNRESERVE = "command.unreserve"
    COMMAND_FIRMWARE = "command.firmware"
    COMMAND_AVAILABILITY = "command.availability"
    STATION_TEMPLATE = "station.template"
    STATION_REPORT = "station.report"
    # prices (ux 2.5)
    TARIFF_VIEW = "tariff.view"
    TARIFF_EDIT = "tariff.edit"
    TARIFF_ASSIGN = "tariff.assign"
    TARIFF_GROUP_EDIT = "tariff_group.edit"
    # charging (ux 2.6)
    SESSION_VIEW = "session.view"
    SESSION_AMOUNTS = "session.amounts"
    SESSION_START = "session.start"
    SESSION_CORRECT = "session.correct"
    DRIVER_VIEW = "driver.view"
    DRIVER_EDIT = "driver.edit"
    DRIVER_BALANCE = "driver.balance"
    # money (ux 2.7)
    SETTLEMENT_VIEW = "settlement.view"
    SETTLEMENT_CLOSE = "settlement.close"
    SETTLEMENT_ISSUE = "settlement.issue"
    STATEMENT_VIEW = "statement.view"
    STATEMENT_ROWS = "statement.rows"
    DOCUMENT_VIEW = "document.view"
    DOCUMENT_ISSUE = "document.issue"
    MAIL_SEND = "mail.send"
    PAYMENT_TAKE = "payment.take"
    LEDGER_POST = "ledger.post"
    # desk and control (ux 2.9)
    DESK_USE = "desk.use"
    MAIL_VIEW = "mail.view"
    PREVIEW_AS = "preview.as"
    JOB_RUN = "job.run"
