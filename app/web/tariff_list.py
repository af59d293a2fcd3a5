"""The list of price sheets in both portals, as a page and as a file, and two of them side by side (B33, P4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request

from app.access.permissions import Permission
from app.documents.sheets.tariffs import tariff_filter, tariff_words
from app.domain.tariffs.judging import home_zone, verdicts
from app.domain.tariffs.queries import tariff_by_code, tariffs, versions
from app.domain.tariffs.rows import TariffRow, VersionRow
from app.kernel.errors import Invalid, NotFound
from app.text.messages import sentence
from app.text.tariff_compare import side_by_side
from app.web.pages import page
from app.web.signin import current_work
from app.web.tariff_effect import compared, of_finding


def list_page(portal: str, owner_id: UUID | None) -> Any:
    """The list; ``owner_id``: the partner whose portal it is."""
    work = current_work()
    found = tariffs(work, tariff_filter(request.args), cursor=request.args.get("after"))
    values = {
        "found": found,
        "said": verdicts(work, found.rows),
        "of_finding": of_finding,
        "kept": tariff_words(request.args),
        "portal": portal,
        "here": "cpo.tariffs" if portal == "cpo" else "partner.prices",
        "may_edit": work.can(Permission.TARIFF_EDIT, partner_id=owner_id),
        "zone": home_zone(work, owner_id),
    }
    return page("shared/tariffs/index.html", part="shared/tariffs/_list.html", **values)


@dataclass(frozen=True, slots=True)
class Side:
    """One of two: a price sheet in the version asked for (None: it has no prices yet)."""

    row: TariffRow
    version: VersionRow | None


def compare_page(portal: str, owner_id: UUID | None) -> Any:
    """Two sheets or versions beside each other: ``?pick=T-AB12C&pick=T-AB12C.3``; a sheet alone means its prices now, or its next."""
    work, picked = current_work(), request.args.getlist("pick")
    work.require(Permission.TARIFF_VIEW, partner_id=owner_id)
    values: dict[str, Any] = {"portal": portal, "here": "cpo.tariffs" if portal == "cpo" else "partner.prices", "problem": "", "sides": []}
    if len(picked) != 2:
        return page(
            "shared/tariffs/compare.html",
            status=422 if picked else 200,
            **values | {"problem": sentence(Invalid("two_to_compare", field="pick"))},
        )
    sides = [_side(each) for each in picked]
    terms = [side.version.tariff if side.version else None for side in sides]
    values |= {
        "sides": sides,
        "lines": side_by_side(*terms),
        "examples": compared(work, terms, owner_id),
        "zone": home_zone(work, owner_id),
    }
    return page("shared/tariffs/compare.html", **values)


def _side(pick: str) -> Side:
    code, _, number = pick.partition(".")
    row = tariff_by_code(current_work(), code)
    if not number:
        return Side(row, row.now or row.next)
    for version in versions(current_work(), row.id):
        if str(version.number) == number:
            return Side(row, version)
    raise NotFound
