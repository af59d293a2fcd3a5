"""One table: role -> rights (the condensed matrix of who sees what; the permission-matrix test walks it route by route)."""

from __future__ import annotations

from enum import StrEnum

from app.access import permissions

P = permissions.Permission


class Role(StrEnum):
    """Staff roles belong to an operator, partner roles to one partner account."""

    ADMIN = "admin"
    CONTRACT_MANAGER = "contract_manager"
    FINANCE = "finance"
    TECHNICIAN = "technician"
    HOTLINE = "hotline"
    SUB_OPERATOR = "sub_operator"
    OWNER = "owner"
    MANAGER = "manager"
    PARTNER_TECHNICIAN = "partner_technician"
    ACCOUNTANT = "accountant"
    VIEWER = "viewer"


STAFF_ROLES = frozenset({Role.ADMIN, Role.CONTRACT_MANAGER, Role.FINANCE, Role.TECHNICIAN, Role.HOTLINE})
PARTNER_ROLES = frozenset(Role) - STAFF_ROLES

#: roles that move money or rights: nobody holds one without a second factor
SECOND_FACTOR_ROLES = STAFF_ROLES | {Role.OWNER, Role.ACCOUNTANT}

COMMANDS = frozenset(
    {P.COMMAND_START, P.COMMAND_STOP, P.COMMAND_UNLOCK, P.COMMAND_RESTART, P.COMMAND_TRIGGER, P.COMMAND_PROFILE, P.COMMAND_SCHEDULE}
    | {P.COMMAND_RESERVE, P.COMMAND_UNRESERVE, P.COMMAND_FIRMWARE, P.COMMAND_AVAILABILITY}
)
#: rights a partner role only has where the contract version in force delegates them (features.md 1B)
DELEGATED = COMMANDS | {P.STATION_TEMPLATE, P.TARIFF_EDIT, P.TARIFF_ASSIGN, P.TARIFF_GROUP_EDIT}
#: right -> switch of the partner account (ux B5) without which a partner role does not have it
FEATURED = {
    P.USER_EDIT: "create_users",
    P.DRIVER_EDIT: "create_users",
    P.DRIVER_BALANCE: "add_balance",
    P.TARIFF_EDIT: "control_tariffs",
    P.TARIFF_ASSIGN: "control_tariffs",
    P.TARIFF_GROUP_EDIT: "control_groups",
    P.ACCESS_EDIT: "control_groups",
}
#: right -> the delegated right that it comes with: whoever says who pays what says who may charge
COMES_WITH = {P.ACCESS_EDIT: P.TARIFF_GROUP_EDIT}
#: right -> switch of a sub-operator's account without which it does not have it for the partners in its care (features.md 1A row 2)
CARED = dict.fromkeys(COMMANDS | {P.STATION_TEMPLATE, P.ACCESS_EDIT}, "care_points") | dict.fromkeys(
    (P.TARIFF_EDIT, P.TARIFF_ASSIGN, P.TARIFF_GROUP_EDIT, P.ELECTRICITY_VIEW), "care_prices"
)
#: rights of the account itself, never of the partners in its care (ux 2.12 "own"); neither level reads the other's contract (B13)
OWN_ONLY = frozenset({P.BANK_VIEW, P.BANK_EDIT, P.CARE_VIEW, P.CONTRACT_ACCEPT, P.CONTRACT_VIEW, P.FACTOR_RESET})

_ORDERS = frozenset({P.ORDER_VIEW, P.ORDER_ASK})
_STAFF_READS = frozenset({P.PARTNER_VIEW, P.ORDER_VIEW, P.CONTRACT_RIGHTS, P.NETWORK_VIEW, P.SESSION_VIEW, P.TARIFF_VIEW})
_MONEY_READS = frozenset({P.SETTLEMENT_VIEW, P.STATEMENT_VIEW, P.STATEMENT_ROWS, P.DOCUMENT_VIEW})
_PARTNER_MONEY = frozenset({P.STATEMENT_VIEW, P.STATEMENT_ROWS, P.DOCUMENT_VIEW, P.SESSION_AMOUNTS})

_SETUP_READS = frozenset({P.FEATURE_VIEW, P.BANK_VIEW})
_DRIVERS = frozenset({P.DRIVER_VIEW, P.DRIVER_EDIT, P.DRIVER_BALANCE})
#: set-up beyond general data, bank and drivers (ux 2.12: B5 to B7, B9, B39)
_SETUP: dict[Role, frozenset[permissions.Permission]] = {
    Role.ADMIN: _SETUP_READS | {P.ACCESS_EDIT, P.AUDIT_ALL, P.DRIVER_EDIT, P.FACTOR_RESET, P.ORDER_APPROVE},
    Role.CONTRACT_MANAGER: _SETUP_READS | {P.ACCESS_EDIT, P.DRIVER_EDIT, P.ORDER_HANDLE, P.ORDER_APPROVE, P.ORDER_APPROVE_MONEY},
    Role.FINANCE: _SETUP_READS | _DRIVERS | {P.BANK_EDIT, P.BANK_VERIFY, P.ORDER_APPROVE, P.ORDER_APPROVE_MONEY},
    Role.HOTLINE: _SETUP_READS | {P.ORDER_HANDLE},
    Role.SUB_OPERATOR: _SETUP_READS | _DRIVERS | _ORDERS | {P.ACCESS_EDIT, P.BANK_EDIT, P.CARE_VIEW, P.FACTOR_RESET},
    Role.OWNER: _SETUP_READS | _DRIVERS | _ORDERS | {P.ACCESS_EDIT, P.BANK_EDIT, P.FACTOR_RESET},
    Role.MANAGER: _DRIVERS | _ORDERS | {P.ACCESS_EDIT, P.FEATURE_VIEW},
    Role.PARTNER_TECHNICIAN: _ORDERS,
    Role.ACCOUNTANT: _ORDERS | {P.BANK_VIEW, P.DRIVER_VIEW},
}

_ROLES: dict[Role, frozenset[permissions.Permission]] = {
    Role.ADMIN: _STAFF_READS
    | _MONEY_READS
    | COMMANDS
    | {P.PARTNER_EDIT, P.CONTACT_EDIT, P.USER_VIEW, P.USER_EDIT, P.OWNER_EDIT, P.STAFF_EDIT, P.AUDIT_VIEW, P.CONTRACT_VIEW, P.NETWORK_EDIT}
    | {P.STATION_TEMPLATE, P.NETWORK_ASSIGN, P.LABEL_PRINT, P.MESSAGES_VIEW, P.SESSION_AMOUNTS, P.DRIVER_VIEW, P.MAIL_VIEW, P.PREVIEW_AS}
    | {P.CURVE_IMPORT, P.API_KEY_EDIT},
    Role.CONTRACT_MANAGER: _STAFF_READS
    | _MONEY_READS
    | {
        P.PARTNER_EDIT,
        P.CONTACT_EDIT,
        P.USER_VIEW,
        P.USER_EDIT,
        P.OWNER_EDIT,
        P.CONTRACT_VIEW,
        P.CONTRACT_EDIT,
        P.NETWORK_ASSIGN,
        P.LABEL_PRINT,
    }
    | {P.TARIFF_EDIT, P.TARIFF_ASSIGN, P.TARIFF_GROUP_EDIT, P.CURVE_IMPORT, P.SESSION_AMOUNTS, P.DRIVER_VIEW, P.MAIL_VIEW, P.PREVIEW_AS},
    Role.FINANCE: _STAFF_READS
    | _MONEY_READS
    | {P.USER_VIEW, P.AUDIT_VIEW, P.CONTRACT_VIEW, P.CONTRACT_APPROVE, P.SESSION_AMOUNTS, P.SESSION_CORRECT, P.DRIVER_VIEW}
    | {P.SETTLEMENT_CLOSE, P.SETTLEMENT_ISSUE, P.MAIL_VIEW},
    Role.TECHNICIAN: _STAFF_READS | COMMANDS | {P.NETWORK_EDIT, P.STATION_TEMPLATE, P.LABEL_PRINT, P.MESSAGES_VIEW},
    Role.HOTLINE: _STAFF_READS
    | _MONEY_READS
    | {P.USER_VIEW, P.CONTRACT_VIEW, P.SESSION_AMOUNTS, P.DRIVER_VIEW, P.DESK_USE, P.PREVIEW_AS}
    | {P.COMMAND_STOP, P.COMMAND_UNLOCK, P.COMMAND_RESTART, P.COMMAND_TRIGGER},
    Role.SUB_OPERATOR: _PARTNER_MONEY
    | DELEGATED
    | {P.PARTNER_VIEW, P.CONTRACT_VIEW, P.NETWORK_VIEW, P.LABEL_PRINT, P.TARIFF_VIEW, P.SESSION_VIEW}
    | {P.USER_VIEW, P.USER_EDIT, P.OWNER_EDIT, P.CONTRACT_ACCEPT},
    Role.OWNER: _PARTNER_MONEY
    | DELEGATED
    | {P.PARTNER_VIEW, P.CONTACT_EDIT, P.CONTRACT_VIEW, P.NETWORK_VIEW, P.LABEL_PRINT, P.TARIFF_VIEW, P.SESSION_VIEW}
    | {P.USER_VIEW, P.USER_EDIT, P.OWNER_EDIT, P.CONTRACT_ACCEPT},
    Role.MANAGER: _PARTNER_MONEY
    | DELEGATED
    | {P.PARTNER_VIEW, P.CONTRACT_VIEW, P.NETWORK_VIEW, P.LABEL_PRINT, P.TARIFF_VIEW, P.SESSION_VIEW}
    | {P.USER_VIEW, P.USER_EDIT},
    Role.PARTNER_TECHNICIAN: COMMANDS | {P.NETWORK_VIEW, P.LABEL_PRINT, P.SESSION_VIEW},
    Role.ACCOUNTANT: _PARTNER_MONEY | {P.PARTNER_VIEW, P.CONTRACT_VIEW, P.TARIFF_VIEW, P.SESSION_VIEW},
    Role.VIEWER: frozenset({P.NETWORK_VIEW, P.TARIFF_VIEW, P.SESSION_VIEW, P.SESSION_AMOUNTS, P.STATEMENT_VIEW}),
}

#: what electricity costs at a place is read by whoever reads contracts; it is no term of one, so care does not end at it
_ELECTRICITY = {role: frozenset({P.ELECTRICITY_VIEW}) for role, rights in _ROLES.items() if P.CONTRACT_VIEW in rights}

GRANTS: dict[Role, frozenset[permissions.Permission]] = {
    role: rights.union(_SETUP.get(role, ()), _ELECTRICITY.get(role, ())) for role, rights in _ROLES.items()
}
