"""Lists as files, by name: what a page answers at once and a job makes when it is long."""

from __future__ import annotations

from app.documents.sheets.audit import AUDIT
from app.documents.sheets.network import LOCATIONS, STATIONS
from app.documents.sheets.partners import CONTRACTS, DRIVERS, PARTNERS, SUB_OPERATORS
from app.documents.sheets.sessions import SESSIONS
from app.documents.sheets.sheet import Sheet
from app.documents.sheets.tariffs import TARIFFS

_EVERY = (AUDIT, CONTRACTS, DRIVERS, LOCATIONS, PARTNERS, SESSIONS, STATIONS, SUB_OPERATORS, TARIFFS)
SHEETS: dict[str, Sheet] = {each.name: each for each in _EVERY}
