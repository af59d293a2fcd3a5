"""What a role may do, in words: for invitations ("You may / You may not") and the table of roles. Read from the permission table alone."""

from __future__ import annotations

from typing import Any

from app.access.permissions import Permission
from app.access.roles import DELEGATED, FEATURED, GRANTS, STAFF_ROLES, Role
from app.text.words import lazy as _l

P = Permission

#: one line per thing people do; a role has it when it holds the right
WORDS: dict[P, Any] = {
    P.PARTNER_VIEW: _l("see master data and contacts"),
    P.CONTACT_EDIT: _l("change contacts"),
    P.PARTNER_EDIT: _l("create and change partners"),
    P.USER_VIEW: _l("see who works in the account"),
    P.USER_EDIT: _l("invite people and change their roles"),
    P.OWNER_EDIT: _l("make and remove owners"),
    P.FACTOR_RESET: _l("remove a lost second factor"),
    P.FEATURE_VIEW: _l("see what the account may do by itself"),
    P.BANK_VIEW: _l("see bank data"),
    P.BANK_EDIT: _l("change bank data"),
    P.BANK_VERIFY: _l("verify bank data and tax status"),
    P.STAFF_EDIT: _l("invite staff and change their roles"),
    P.CONTRACT_VIEW: _l("read contracts"),
    P.CONTRACT_ACCEPT: _l("accept contracts"),
    P.CONTRACT_EDIT: _l("draft contracts"),
    P.CONTRACT_APPROVE: _l("approve contracts"),
    P.NETWORK_VIEW: _l("see locations and charge points"),
    P.NETWORK_EDIT: _l("change locations and charge points"),
    P.NETWORK_ASSIGN: _l("assign charge points and hand them over"),
    P.LABEL_PRINT: _l("print labels"),
    P.ACCESS_EDIT: _l("say who may charge at a charge point"),
    P.COMMAND_START: _l("start charging from afar"),
    P.COMMAND_STOP: _l("stop charging from afar"),
    P.COMMAND_UNLOCK: _l("unlock plugs"),
    P.COMMAND_RESTART: _l("restart charge points"),
    P.COMMAND_AVAILABILITY: _l("put charge points into and out of service"),
    P.COMMAND_RESERVE: _l("reserve EVSEs"),
    P.COMMAND_PROFILE: _l("limit charging power"),
    P.COMMAND_FIRMWARE: _l("update firmware"),
    P.STATION_TEMPLATE: _l("create charge points from a template"),
    P.TARIFF_VIEW: _l("see prices"),
    P.TARIFF_EDIT: _l("change prices"),
    P.TARIFF_ASSIGN: _l("choose the price of a charge point"),
    P.TARIFF_GROUP_EDIT: _l("say who pays what"),
    P.CURVE_IMPORT: _l("store exchange prices"),
    P.SESSION_VIEW: _l("see charging sessions"),
    P.SESSION_AMOUNTS: _l("see what sessions earned"),
    P.SESSION_CORRECT: _l("correct sessions"),
    P.DRIVER_VIEW: _l("see drivers and their cards"),
    P.DRIVER_EDIT: _l("invite drivers and give out cards"),
    P.DRIVER_BALANCE: _l("top up drivers' balances"),
    P.STATEMENT_VIEW: _l("see monthly statements"),
    P.DOCUMENT_VIEW: _l("fetch receipts and documents"),
    P.SETTLEMENT_CLOSE: _l("close months"),
    P.SETTLEMENT_ISSUE: _l("issue statements"),
    P.ORDER_ASK: _l("ask the operator in writing for changes"),
    P.ORDER_HANDLE: _l("carry out written orders"),
    P.PREVIEW_AS: _l("see the portal as a partner sees it"),
    P.AUDIT_VIEW: _l("read the audit log"),
    P.API_KEY_EDIT: _l("make and revoke access keys of programs"),
}
_STAFF_ONLY = frozenset(
    {P.PARTNER_EDIT, P.STAFF_EDIT, P.CONTRACT_EDIT, P.CONTRACT_APPROVE, P.NETWORK_EDIT, P.NETWORK_ASSIGN, P.SESSION_CORRECT}
    | {P.SETTLEMENT_CLOSE, P.SETTLEMENT_ISSUE, P.AUDIT_VIEW, P.CURVE_IMPORT, P.API_KEY_EDIT, P.BANK_VERIFY, P.ORDER_HANDLE, P.PREVIEW_AS}
)


def may_and_may_not(role: str) -> tuple[list[str], list[str], list[str]]:
    """What somebody with the role may do, what only where the contract or a switch of the account grants it, and what not; without what is
    never a partner's."""
    held, is_staff = GRANTS[Role(role)], Role(role) in STAFF_ROLES
    shown = [right for right in WORDS if is_staff or right not in _STAFF_ONLY]
    granted = [right for right in shown if right in held and not is_staff and (right in DELEGATED or right in FEATURED)]
    may = [str(WORDS[right]) for right in shown if right in held and right not in granted]
    return may, [str(WORDS[right]) for right in granted], [str(WORDS[right]) for right in shown if right not in held]


def role_table(roles: list[str]) -> list[tuple[str, list[bool]]]:
    """Right × role: the right in words, and for each role whether it holds it; without rights that none of them holds."""
    table = [(str(word), [right in GRANTS[Role(role)] for role in roles]) for right, word in WORDS.items()]
    return [line for line in table if any(line[1])]
