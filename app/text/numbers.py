"""Numbers as people type them: comma or point, with or without groups. What can be read in two ways is not guessed."""

from __future__ import annotations

import re
from decimal import Decimal

_GROUPS = str.maketrans(dict.fromkeys(" \u00a0\u202f\u2009'\u2019", None))
_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-"})
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")


class UnreadableError(ValueError):
    """This is no number."""


class AmbiguousError(ValueError):
    """This can be two numbers: ``1.234`` is a thousand in one country and about one in another."""

    def __init__(self, whole: Decimal, broken: Decimal) -> None:
        super().__init__(f"{whole} or {broken}")
        self.whole = whole
        self.broken = broken


def read_number(typed: str) -> Decimal:
    """The number somebody typed. ``1,5`` and ``1.5`` are one and a half; ``1.234,5`` and ``1,234.5`` are over a thousand."""
    text = typed.strip().translate(_SIGNS).translate(_GROUPS)
    marks = [c for c in text if c in ".,"]
    if not marks:
        return _read(text)
    if len(set(marks)) == 2:
        return _read(_without_groups(text, decimal=marks[-1]))
    if len(marks) > 1:
        return _read(_without_groups(text, decimal=None))
    before, after = re.split(r"[.,]", text)
    if len(after) == 3 and re.fullmatch(r"[+-]?[1-9]\d{0,2}", before):
        raise AmbiguousError(_read(before + after), _read(f"{before}.{after}"))
    return _read(f"{before}.{after}")


def _without_groups(text: str, decimal: str | None) -> str:
    """The text with a point for its decimal mark and no groups; groups must be of three digits."""
    whole, _, rest = text.rpartition(decimal) if decimal else (text, "", "")
    parts = re.split(r"[.,]", whole)
    if any(len(p) != 3 for p in parts[1:]) or not re.fullmatch(r"[+-]?\d{1,3}", parts[0]) or (decimal and decimal in whole):
        raise UnreadableError(text)
    return "".join(parts) + (f".{rest}" if decimal else "")


def _read(text: str) -> Decimal:
    if len(text) > 40 or not _PLAIN.fullmatch(text):
        raise UnreadableError(text)
    return Decimal(text)


__all__ = ["AmbiguousError", "UnreadableError", "read_number"]
