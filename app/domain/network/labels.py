"""Labels as people say and type them: ``nl 417``, ``NL0417/2``, ``417-2`` mean NL-0417, its EVSE 2, and whichever label ends so."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: a fresh label: letters of the operator, then digits (more letters and dashes are possible, as old signs stay valid)
LABEL = re.compile(r"[A-Z][A-Z0-9]{0,5}(-[A-Z0-9]{1,8}){1,3}")
#: what a charge point may call itself in its address
IDENTITY = re.compile(r"[A-Za-z0-9*_.:|@+=-]{1,48}")
_LETTERS = r"(?:([A-Z]{1,6})[ -]?)?"
#: where the EVSE may stand: behind a blank after four digits, behind a dash after three, behind a slash always
_FORMS = [re.compile(_LETTERS + tail) for tail in (r"(\d{4,8}) (\d{1,2})", r"(\d{3,8}) ?- ?(\d{1,2})", r"(\d(?: ?\d)*)(?: ?/ ?(\d{1,2}))?")]
_EVSE_UID = re.compile(r"[A-Z]{2}\*?[A-Z0-9]{3}\*?E[A-Z0-9*]{1,30}")


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a label may have meant: letters (None: not said), digits without leading zeros, EVSE number (None: not said)."""

    letters: str | None
    digits: str
    evse: int | None

    @property
    def label(self) -> str | None:
        """The label in the house's usual form, letters and four digits."""
        return f"{self.letters}-{self.digits.zfill(4)}" if self.letters else None


def spoken_label(typed: str) -> Spoken | None:
    """Read a label as it is said on the phone; None if it cannot be one.

    Digits may come one by one; ``nl 0417 2``, ``nl 417-2`` and ``nl 417/2`` name EVSE 2.
    """
    text = re.sub(r"\s+", " ", typed.strip().upper())
    found = next((m for form in _FORMS if (m := form.fullmatch(text))), None)
    if found is None:
        return None
    digits = found[2].replace(" ", "").lstrip("0") or "0"
    return Spoken(found[1], digits, int(found[3]) if found[3] else None) if len(digits) <= 8 else None


def is_evse_uid(typed: str) -> bool:
    """Whether it looks like an EVSE id, with or without stars."""
    return _EVSE_UID.fullmatch(typed.strip().upper().replace(" ", "")) is not None


def bare(text: str) -> str:
    """Upper case, without stars, blanks and dashes: how EVSE ids and identities are compared."""
    return re.sub(r"[\s*-]", "", text.upper())
