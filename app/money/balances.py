"""Prepaid balances of drivers as ledger entries: money the operator owes a driver until charging has used it up.

A balance is no sale and carries no VAT: the tax arises with the session it pays. Who adds to it bears it (decision 0010).
"""

from __future__ import annotations

from datetime import date

from app.money.entries import GOODWILL, Entry, Legs

#: the kinds of entries that move what a partner still has to be charged for its drivers' balances, before the statement does
ADDED, TAKEN_BACK = "top_up", "top_up_reversal"


def driver_balance(partner_id: str, driver_id: str) -> str:
    """What is owed to a partner's driver; a credit balance is what the driver may still use."""
    return f"driver_balance:{partner_id}:{driver_id}"


def balance_receivable(partner_id: str) -> str:
    """What a partner added to its drivers' balances, until the month's statement charges it."""
    return f"balance_receivable:{partner_id}"


def for_top_up(balance: str, payer_id: str | None, minor: int, currency: str, on: date) -> Entry | None:
    """Money added to a balance: borne by the partner ``payer_id``, or as goodwill by the operator (None)."""
    legs = Legs(currency)
    legs.debit(GOODWILL if payer_id is None else balance_receivable(payer_id), minor)
    legs.credit(balance, minor)
    return legs.entry(ADDED, on)


def for_top_up_reversal(balance: str, payer_id: str | None, minor: int, currency: str, on: date) -> Entry | None:
    """The exact mirror: what was added is taken back by whoever bore it."""
    legs = Legs(currency)
    legs.debit(balance, minor)
    legs.credit(GOODWILL if payer_id is None else balance_receivable(payer_id), minor)
    return legs.entry(TAKEN_BACK, on)


def for_balance_payment(balance: str, receivable: str, minor: int, currency: str, on: date) -> Entry | None:
    """A session, or the driver's part of one, is paid from the balance."""
    legs = Legs(currency)
    legs.debit(balance, minor)
    legs.credit(receivable, minor)
    return legs.entry("balance_payment", on)
