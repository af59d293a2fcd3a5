"""The lines of the time machine: each a word, and per instant what was so, since when and by whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import current_app
from markupsafe import Markup

from app.access.permissions import Permission
from app.domain.contracts.holdings import assignments
from app.domain.contracts.queries import delegated_rights
from app.domain.contracts.rows import ContractRow, ContractVersionRow
from app.domain.contracts.then import binding, contracts_at
from app.domain.people.features import SWITCHES, Corporate, Features, corporate_at, features_at
from app.domain.people.rows import PartnerRow
from app.domain.people.then import MemberThen, members_at
from app.domain.tariffs.then import OutletThen, PointThen, PriceThen
from app.kernel.periods import local_date
from app.text import format as fmt
from app.text.tariff_words import summary
from app.text.words import gettext as _
from app.web.errors import role_word
from app.web.shared_forms.tariff_group import LEVEL_WORDS
from app.web.signin import current_work
from app.web.tariff_group_pages import kind_word

#: makes the address of another thing at the first instant
To = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Cell:
    """What was so at one instant."""

    text: str = "–"
    since: datetime | date | None = None
    by: str | None = None
    href: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A thing with its cells, one per instant."""

    word: str
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        """Whether the instants do not agree."""
        return len({cell.text for cell in self.cells}) > 1


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under a heading."""

    word: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything about a thing at the instants; the nearest changes of its prices, where they are known."""

    groups: tuple[Group, ...]
    before: datetime | None = None
    after: datetime | None = None
    foreign: bool = False
    unborn_until: datetime | None = None


def point_lines(points: Sequence[PointThen], to: To) -> Shown:
    """A charge point: holder, terms, prices, electricity."""
    first = points[0]
    if first.foreign or first.is_unborn:
        return Shown((), foreign=first.foreign, unborn_until=None if first.foreign else first.known_since)
    terms = [
        Line(_("Holder"), tuple(_holder(point, to) for point in points)),
        Line(_("Contract"), tuple(_contract(point, to) for point in points)),
        Line(_("The partner's people may"), tuple(_granted(point.holder.version if point.holder else None) for point in points)),
    ]
    groups = [Group(_("Holder and contract"), tuple(terms))]
    for place, outlet in enumerate(first.outlets):
        groups.append(
            Group(_("Prices at %(place)s", place=outlet.label), tuple(_price_lines([p.outlets[place] for p in points if p.outlets])))
        )
    if current_work().can(Permission.CONTRACT_VIEW, partner_id=first.station.partner_id):
        line = Line(_("Electricity rate"), tuple(_electricity(point) for point in points))
        groups.append(Group(_("Electricity"), (line,)))
    return Shown(tuple(groups), first.before, first.after)


def _holder(point: PointThen, to: To) -> Cell:
    held = point.holder
    if held is None:
        return Cell(_("nobody"))
    return Cell(held.name, held.since, held.by, to(held.code))


def _contract(point: PointThen, to: To) -> Cell:
    held = point.holder
    if held is None:
        return Cell()
    if held.version is None:
        return Cell(held.contract_code)
    return _version(held.version, to(held.contract_code))


def _version(version: ContractVersionRow, href: str = "") -> Cell:
    shares = _("AC %(ac)s, DC %(dc)s", ac=fmt.pct(version.ac_pct), dc=fmt.pct(version.dc_pct))
    return Cell(f"{version.contract_code} v{version.number}, {shares}", version.first_month, version.approved_name, href)


def _granted(version: ContractVersionRow | None) -> Cell:
    return Cell() if version is None else Cell(_rights(version.permissions), version.first_month, version.approved_name)


def _rights(rights: Sequence[str]) -> str:
    words = _macro("shared/contracts/words.html", "right_word")
    return ", ".join(sorted(words(right) for right in rights)) or _("nothing, look only")


def _price_lines(outlets: Sequence[OutletThen]) -> list[Line]:
    """The level that decided, then a line for everybody, or one per kind of driver where they differ at one of the instants."""
    decided = Line(_("Decided by"), tuple(_level(outlet) for outlet in outlets))
    if all(len(outlet.prices) <= 1 for outlet in outlets):
        return [Line(_("Price for everybody"), tuple(_price(outlet.prices[0] if outlet.prices else None) for outlet in outlets)), decided]
    lines = []
    for kind in [kind for price in outlets[0].prices for kind in price.kinds]:
        cells = (next((p for p in outlet.prices if any(k.key == kind.key for k in p.kinds)), None) for outlet in outlets)
        lines.append(Line(kind_word(kind), tuple(_price(price) for price in cells)))
    return [*lines, decided]


def _level(outlet: OutletThen) -> Cell:
    level = outlet.level
    if level is None:
        return Cell(_("nothing: nobody could start"))
    return Cell(f"{LEVEL_WORDS[level.level]}: {level.name}", level.since, level.by)


def _price(price: PriceThen | None) -> Cell:
    sheet = price.answer.sheet if price else None
    if price is None or sheet is None:
        return Cell(_("no price"))
    words = _macro("shared/tariff_groups/words.html", "board_words")(price.answer.board)
    return Cell(f"{words} ({sheet.name} v{sheet.number})", sheet.since, sheet.by)


def _electricity(point: PointThen) -> Cell:
    if point.rate is not None:
        return Cell(f"{point.rate.name}: {summary(point.rate.tariff)}", point.rate.since, point.rate.by)
    version = point.holder.version if point.holder else None
    if version is not None and version.electricity_price is not None:
        return Cell(fmt.price(version.electricity_price, version.currency, "kwh"), version.first_month, version.approved_name)
    return Cell(_("none"))


def partner_lines(row: PartnerRow, instants: Sequence[datetime], to: To) -> Shown:
    """A partner: contracts, rights, features, charging on account, people, charge points."""
    work = current_work()
    days = [local_date(at, row.time_zone) for at in instants]
    held = assignments(work, partner_id=row.id)
    points = Line(
        _("Charge points"),
        tuple(
            Cell(", ".join(a.station_label for a in held if a.valid_from <= d and (a.valid_until is None or a.valid_until > d)) or "–")
            for d in days
        ),
    )
    groups = [Group(_("Contracts"), (*_contract_rows(row, instants, to), points))]
    if work.can(Permission.FEATURE_VIEW, partner_id=row.id):
        features = [features_at(work.session, [row.id], at).get(row.id, Features()) for at in instants]
        corporate = [corporate_at(work.session, row.id, at) for at in instants]
        groups += [
            Group(_("Features"), tuple(_feature_lines(features))),
            Group(_("Corporate billing"), tuple(_corporate_lines(corporate, row))),
        ]
    if work.can(Permission.USER_VIEW, partner_id=row.id):
        groups.append(Group(_("People"), tuple(_people_lines([members_at(work, row.id, at) for at in instants]))))
    return Shown(tuple(groups))


def _contract_rows(row: PartnerRow, instants: Sequence[datetime], to: To) -> list[Line]:
    work = current_work()
    bound = [{c.code: v for c, v in contracts_at(work, row.id, at)} for at in instants]
    codes = sorted({code for each in bound for code in each})
    lines = [
        Line(_("Contract %(code)s", code=code), tuple(_version(b[code], to(code)) if code in b else Cell(_("not in force")) for b in bound))
        for code in codes
    ]
    if work.can(Permission.CONTRACT_VIEW, partner_id=row.id):
        rights = [delegated_rights(work.session, {row.id: row.time_zone}, at).get(row.id, frozenset()) for at in instants]
        lines.append(Line(_("The partner's people may"), tuple(Cell(_rights(sorted(each))) for each in rights)))
    return lines


def _feature_lines(versions: Sequence[Features]) -> list[Line]:
    word, value = (_macro("shared/people/words.html", name) for name in ("field_word", "value_word"))

    def cell(version: Features, name: str) -> Cell:
        return Cell(value(name, getattr(version, name)), version.valid_from, version.created_name or None)

    return [Line(word(name), tuple(cell(version, name) for version in versions)) for name in (*SWITCHES, "package")]


def _corporate_lines(versions: Sequence[Corporate], row: PartnerRow) -> list[Line]:
    word = _macro("shared/people/words.html", "field_word")

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
    found = [binding(row, at) for at in instants]
    words = {
        name: _macro("shared/contracts/words.html", name)
        for name in ("share_sentence", "until_word", "electricity_word", "fee_lines", "limit_lines")
    }

    def line(word: str, text: Callable[[ContractVersionRow], Any]) -> Line:
        cells = (Cell(_("not in force")) if v is None else Cell(text(v), v.first_month, v.approved_name) for v in found)
        return Line(word, tuple(cells))

    terms = (
        line(_("Version"), lambda v: f"v{v.number}"),
        line(_("Last month"), words["until_word"]),
        line(_("AC"), lambda v: words["share_sentence"](v.ac_pct, v)),
        line(_("DC"), lambda v: words["share_sentence"](v.dc_pct, v)),
        line(_("Electricity"), words["electricity_word"]),
        line(_("Fees, without VAT"), words["fee_lines"]),
        line(_("The partner's people may"), lambda v: _rights(v.permissions)),
        line(_("Highest prices"), words["limit_lines"]),
    )
    partner = Line(_("Partner"), tuple(Cell(row.partner_name, href=to(row.partner_code)) for _at in instants))
    return Shown((Group(_("Contract"), (partner, *terms)),))


def _macro(template: str, name: str) -> Callable[..., Any]:
    """Words that pages have as a macro; what it writes, without blanks around."""
    macro = getattr(current_app.jinja_env.get_template(template).module, name)

    def words(*values: Any) -> Any:
        return Markup(str(macro(*values)).strip())  # noqa: S704 - the template has escaped what is not its own

    return words


__all__ = ["Cell", "Group", "Line", "Shown", "contract_lines", "partner_lines", "point_lines"]
