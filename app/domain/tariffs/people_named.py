"""Groups of people that the lines of a price sheet name: kept by code, read by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from uuid import UUID

from app.domain.people.group_words import codes_of, nameable
from app.domain.tariffs.rows import TariffRow
from app.money.terms import Element, Tariff
from app.work.unit import Work


def with_groups(work: Work, terms: Tariff, partner_id: UUID | None, row: TariffRow | None = None) -> Tariff:
    """The terms with codes for the groups of that owner's reach, and their names. At most one statement.

    What stands in the sheet's present or next terms may stay. Refuses ``unknown_user_group`` and ``user_group_not_alone``, at
    ``elements[2].restrictions.user_groups``.
    """
    if not _words([terms]):
        return replace(terms, ext=replace(terms.ext, group_names=()))
    known = nameable(work, partner_id)
    standing = [each.tariff for each in (row.now, row.next) if each is not None and each.tariff is not None] if row else []
    kept = _words(standing)
    elements = tuple(_named(element, place, known, kept) for place, element in enumerate(terms.elements))
    names = {code: name for tariff in standing for code, name in tariff.ext.group_names} | known
    used = _words([replace(terms, elements=elements)])
    shown = tuple(sorted((code, name) for code, name in names.items() if code in used))
    return replace(terms, elements=elements, ext=replace(terms.ext, group_names=shown))


def _named(element: Element, place: int, known: dict[str, str], kept: Collection[str]) -> Element:
    words = sorted(element.restrictions.user_groups)
    codes = codes_of(words, known, kept, f"elements[{place}].restrictions.user_groups")
    return replace(element, restrictions=replace(element.restrictions, user_groups=frozenset(codes)))


def _words(tariffs: Iterable[Tariff]) -> set[str]:
    return {word for tariff in tariffs for element in tariff.elements for word in element.restrictions.user_groups}
