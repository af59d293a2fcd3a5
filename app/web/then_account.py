"""The time machine's lines about a partner and about a contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from app.access.permissions import Permission
from app.domain.contracts.holdings import assignments
from app.domain.contracts.queries import delegated_rights
from app.domain.contracts.rows import ContractRow, ContractVersionRow
from app.domain.contracts.then import binding, contracts_at, next_version
from app.domain.people.care import names_cared_for
from app.domain.people.care_time import looks_after, time_of_care
from app.domain.people.features import SWITCHES, Corporate, Features, corporate_at, features_at
from app.domain.people.rows import PartnerRow
from app.domain.people.then import MemberThen, members_at
from app.kernel.periods import local_date
from app.text import format as fmt
from app.text.words import gettext as _
from app.web.errors import role_word
from app.web.signin import current_work
from app.web.then_rows import Cell, Group, Line, Shown, To, care_line, in_own_time, rights_words, version_cell, words_of

#: partners named in one cell; of more it is said how many
_NAMED = 20


def partner_lines(row: PartnerRow, instants: Sequence[datetime], to: To) -> Shown:
    """A partner: contracts, rights, features, charging on account, people, charge points."""
    work = current_work()
    times = [time_of_care(work, row.id, at) for at in instants] if looks_after(work, row.id) else None
    if times is not None and None in times:
        return Shown((), foreign=True)
    days = [local_date(at, row.time_zone) for at in instants]
    held = assignments(work, partner_id=row.id)
    points = Line(
        _("Charge points"),
        tuple(
            Cell(", ".join(a.station_label for a in held if a.valid_from <= d and (a.valid_until is None or a.valid_until > d)) or "–")
            for d in days
        ),
    )
    care = care_line([(row.id, at) for at in instants], to)
    groups = [Group(_("Contracts"), (*care, *_contract_rows(row, instants, to), points, *_cared_for(row, instants)))]
    if work.can(Permission.FEATURE_VIEW, partner_id=row.id):
        features = [features_at(work.session, [row.id], at).get(row.id, Features()) for at in instants]
        corporate = [corporate_at(work.session, row.id, at) for at in instants]
        groups += [
            Group(_("Features"), tuple(_feature_lines(features))),
            Group(_("Corporate billing"), tuple(_corporate_lines(corporate, row))),
        ]
    if work.can(Permission.USER_VIEW, partner_id=row.id):
        groups.append(Group(_("People"), tuple(_people_lines([members_at(work, row.id, at) for at in instants]))))
    return Shown(in_own_time(groups, times or [None] * len(instants), row.time_zone))


def _cared_for(row: PartnerRow, instants: Sequence[datetime]) -> list[Line]:
    """Whom a sub-operator looked after."""
    if row.kind != "sub_operator":
        return []
    told = []
    for at in instants:
        names, count = names_cared_for(current_work(), row.id, at, _NAMED)
        more = _("and %(num)s more", num=fmt.number(count - len(names))) if count > len(names) else ""
        told.append(Cell(" ".join(filter(None, (", ".join(names), more))) or _("nobody")))
    return [Line(_("Partners in its care"), tuple(told))]


def _contract_rows(row: PartnerRow, instants: Sequence[datetime], to: To) -> list[Line]:
    work = current_work()
    bound = [{c.code: v for c, v in contracts_at(work, row.id, at)} for at in instants]
    codes = sorted({code for each in bound for code in each})
    lines = [
        Line(
            _("Contract %(code)s", code=code),
            tuple(version_cell(b[code], next_version(work, b[code]), to(code)) if code in b else Cell(_("not in force")) for b in bound),
        )
        for code in codes
    ]
    if work.can(Permission.CONTRACT_VIEW, partner_id=row.id):
        rights = [delegated_rights(work.session, {row.id: row.time_zone}, at).get(row.id, frozenset()) for at in instants]
        lines.append(Line(_("The partner's people may"), tuple(Cell(rights_words(sorted(each))) for each in rights)))
    return lines


def _feature_lines(versions: Sequence[Features]) -> list[Line]:
    word, value = (words_of("shared/people/words.html", name) for name in ("field_word", "value_word"))

    def cell(version: Features, name: str) -> Cell:
        return Cell(value(name, getattr(version, name)), version.valid_from, version.created_name or None)

    return [Line(word(name), tuple(cell(version, name) for version in versions)) for name in (*SWITCHES, "package")]


def _corporate_lines(versions: Sequence[Corporate], row: PartnerRow) -> list[Line]:
    word = words_of("shared/people/words.html", "field_word")

    def cell(version: Corporate, text: str) -> Cell:
        return Cell(text, version.valid_from, version.created_name or None)

    def limit(version: Corporate) -> str:
        minor = version.monthly_limit_minor
        return _("none") if minor is None else fmt.money(minor, row.currency)

    on = [cell(v, _("yes") if v.enabled else _("no")) for v in versions]
    return [
        Line(word("enabled"), tuple(on)),
        Line(word("monthly_limit_minor"), tuple(cell(v, limit(v)) for v in versions)),
        Line(word("discount_pct"), tuple(cell(v, fmt.pct(v.discount_pct)) for v in versions)),
    ]


def _people_lines(lists: Sequence[list[MemberThen]]) -> list[Line]:
    names = sorted({one.name for people in lists for one in people})
    lines = []
    for name in names:
        who = [next((one for one in people if one.name == name), None) for people in lists]
        lines.append(Line(name, tuple(Cell(role_word(one.role), one.since, one.by) if one else Cell(_("no role")) for one in who)))
    return lines


def contract_lines(row: ContractRow, instants: Sequence[datetime], to: To) -> Shown:
    """A contract: which version bound, and what it said."""
    bound = [binding(row, at) for at in instants]
    found = [(v, None if v is None else next_version(current_work(), v)) for v in bound]
    words = {
        name: words_of("shared/contracts/words.html", name)
        for name in ("share_sentence", "until_word", "electricity_word", "fee_lines", "limit_lines")
    }

    def line(word: str, text: Callable[[ContractVersionRow], Any]) -> Line:
        cells = (Cell(_("not in force")) if v is None else Cell(text(v), v.first_month, v.approved_name, until) for v, until in found)
        return Line(word, tuple(cells))

    terms = (
        line(_("Version"), lambda v: f"v{v.number}"),
        line(_("Last month"), words["until_word"]),
        line(_("AC"), lambda v: words["share_sentence"](v.ac_pct, v)),
        line(_("DC"), lambda v: words["share_sentence"](v.dc_pct, v)),
        line(_("Electricity"), words["electricity_word"]),
        line(_("Fees, without VAT"), words["fee_lines"]),
        line(_("The partner's people may"), lambda v: rights_words(v.permissions)),
        line(_("Highest prices"), words["limit_lines"]),
    )
    partner = Line(_("Partner"), tuple(Cell(row.partner_name, href=to(row.partner_code)) for _at in instants))
    return Shown((Group(_("Contract"), (partner, *terms)),))
