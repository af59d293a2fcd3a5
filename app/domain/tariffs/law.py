"""What the law says about a price at a place. Findings name the clause, the field, and whether they block."""

from __future__ import annotations

from dataclasses import dataclass

from app.money.simple import SimpleTerms

#: from this power on, publicly accessible ad hoc charging is priced by energy, with an occupancy fee per minute at most (AFIR Art. 5(4))
FAST_W = 50_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; ``code`` has its sentence in app.text, ``clause`` is the law's own reference."""

    code: str
    clause: str
    field: str
    blocks: bool


def findings(terms: SimpleTerms, *, fast: bool, country: str) -> list[Finding]:
    """Findings for terms at one class of EVSE: ``fast`` means 50 kW or more."""
    found = []
    if fast and terms.start_fee:
        found.append(Finding("fast_start_fee", "AFIR Art. 5(4)", "start_fee", blocks=True))
    if fast and terms.per_min:
        found.append(Finding("fast_time_price", "AFIR Art. 5(4)", "per_min", blocks=True))
    if country == "DE" and terms.energy is None:
        found.append(Finding("energy_price_needed", "PAngV § 14", "energy", blocks=True))
    if not terms.tax_included:
        found.append(Finding("net_prices", "PAngV § 3", "energy", blocks=False))
    if terms.idle_per_min and terms.idle_cap is None:
        found.append(Finding("idle_without_cap", "", "idle_cap", blocks=False))
    return found
