"""B13: sub-operators as a list, who is in whose care and since when, whom one looked after before; and the same as a file."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.demo import builders as make
from app.domain.contracts.changing_care import change_partner
from app.domain.contracts.switches import save_features
from app.domain.people.features import Features
from app.domain.people.models import Partner
from app.domain.people.queries import partner_by_code
from app.domain.people.rows import PartnerInput
from tests.cast import NOW, World
from tests.pages import Pages, Seen

CHANGED = datetime(2026, 10, 10, 10, tzinfo=UTC)


def given_to(world: World, name: str, parent: str, at: datetime = CHANGED) -> None:
    """Carla puts a partner into somebody's care (empty: nobody's) at that instant."""
    world.clock.set(at)
    with world.work("carla") as work:
        row = partner_by_code(work, world.cast.partners[name].code)
        values = {each: getattr(row, each, "") or "" for each in PartnerInput.__dataclass_fields__}
        code = world.cast.partners[parent].code if parent else ""
        change_partner(work, row.code, PartnerInput(**values | {"parent_code": code}), row.version)
    world.clock.set(NOW)


def deich(session: Session, world: World) -> Partner:
    """A second sub-operator, without a contract."""
    made = make.partner(session, world.cast.operator, "Deich", NOW, kind="sub_operator", city="Büsum")
    world.cast.partners["deich"] = made
    return made


def lines(seen: Seen) -> dict[str, str]:
    """The rows of the page's list by what leads them."""
    rows = seen.soup.select("main table.list tbody tr")
    return {str(row.select_one("th a").get_text()): " ".join(row.get_text(" ").split()) for row in rows}  # type: ignore[union-attr]


def test_a_line_says_who_is_cared_for_what_is_granted_and_the_contract(pages: Pages, world: World) -> None:
    kueste = world.cast.partners["kueste"]
    with world.owner() as session:
        deich(session, world)
        make.contract(session, kueste, date(2026, 8, 1), NOW, ac_pct=Decimal(75), dc_pct=Decimal("65.5"), last_month=date(2026, 12, 1))
    with world.work("carla") as work:
        save_features(work, kueste.code, Features(care_points=True, care_prices=False, control_groups=True), 0)
    found = lines(pages.as_("carla").get("/cpo/sub-operators"))
    assert list(found) == ["Deich", "Küste"]
    for part in (
        "1 Standortpartner",
        "3 Ladestationen",
        "Ladestationen betreuter Partner",
        "Tarifgruppen bestimmen",
        "75 % / 65,5 %",
        "Dezember 2026",
    ):
        assert part in found["Küste"], part
    assert "Preise betreuter Partner" not in found["Küste"]
    assert "kein Konto" in found["Küste"]
    for part in ("0 Standortpartner", "0 Ladestationen", "kein Vertrag"):
        assert part in found["Deich"], part
    assert "Café Sommer" not in str(found), "partners stand on the sub-operator's own page"


def test_found_by_name_and_nothing_found(pages: Pages, world: World) -> None:
    with world.owner() as session:
        deich(session, world)
    carla = pages.as_("carla")
    assert list(lines(carla.get("/cpo/sub-operators?text=büs"))) == ["Deich"]
    assert "passt zu dieser Suche" in carla.get("/cpo/sub-operators?text=sommer").words, "a partner is no sub-operator"
    with world.owner() as session:
        session.execute(update(Partner).values(kind="host"))
    assert "Keine Unterbetreiber." in carla.get("/cpo/sub-operators").words


def test_its_page_has_the_partners_in_its_care_and_since_when(pages: Pages, world: World) -> None:
    kueste = world.cast.partners["kueste"].code
    given_to(world, "winter", "kueste")
    carla = pages.as_("carla")
    seen = carla.get(f"/cpo/sub-operators/{kueste}")
    found = lines(seen)
    assert list(found) == ["Sommer", "Winter"]
    assert "01.07.2026" in found["Sommer"], "from its own beginning"
    assert "10.10.2026, 12:00" in found["Winter"]
    assert list(lines(carla.get(f"/cpo/sub-operators/{kueste}?text=win"))) == ["Winter"]
    assert carla.get(f"/cpo/sub-operators/{kueste}?text=nord").soup.select("main table.list") == []
    assert f"/cpo/partners.csv?parent_code={kueste}" in {a["href"] for a in seen.soup.select("main a, header a, .page-actions a")}
    for stranger in (world.cast.partners["sommer"].code, "P-000000"):
        assert carla.get(f"/cpo/sub-operators/{stranger}").status == 404
        assert carla.get(f"/cpo/sub-operators/{stranger}/before").status == 404
    assert pages.as_("theo").get(f"/cpo/sub-operators/{kueste}").status == 403
    assert pages.as_("silke").get(f"/cpo/sub-operators/{kueste}").status == 404


def test_whom_it_looked_after_stays_with_both_days(pages: Pages, world: World) -> None:
    """Sommer goes to Deich on 10 October, 12:00 in Hamburg, and comes back on the 12th: two days it was not Küste's."""
    with world.owner() as session:
        other = deich(session, world)
    carla = pages.as_("carla")
    kueste = world.cast.partners["kueste"].code
    assert "Niemand hat seine Betreuung verlassen" in carla.get(f"/cpo/sub-operators/{kueste}/before").words
    given_to(world, "sommer", "deich")
    assert "Noch wird niemand betreut" in carla.get(f"/cpo/sub-operators/{kueste}").words
    left = lines(carla.get(f"/cpo/sub-operators/{kueste}/before"))
    assert "01.07.2026" in left["Sommer"]
    assert "10.10.2026, 12:00" in left["Sommer"]
    given_to(world, "sommer", "kueste", datetime(2026, 10, 12, 10, tzinfo=UTC))
    assert "12.10.2026, 12:00" in lines(carla.get(f"/cpo/sub-operators/{kueste}"))["Sommer"]
    back = lines(carla.get(f"/cpo/sub-operators/{other.code}/before"))["Sommer"]
    assert "10.10.2026, 12:00" in back
    assert "12.10.2026, 12:00" in back


def test_pages_of_many_with_as_many_statements(pages: Pages, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many sub-operators and partners: the same number of statements, and everybody once."""
    kueste = world.cast.partners["kueste"]
    carla = pages.as_("carla")
    asked = []
    for made in (1, 52):
        with world.owner() as session:
            for number in range(made):
                make.partner(session, world.cast.operator, f"U{made}-{number:02}", NOW, kind="sub_operator")
                make.partner(session, world.cast.operator, f"K{made}-{number:02}", NOW, parent_id=kueste.id)
        carla.get("/cpo/sub-operators")
        counts = []
        for address in ("/cpo/sub-operators", f"/cpo/sub-operators/{kueste.code}"):
            with pages.counting() as count:
                seen = carla.get(address)
            counts.append(len(count))
        asked.append(counts)
    assert asked[0] == asked[1]
    names = list(lines(seen))
    assert len(names) == 50
    rest = list(lines(carla.get(str(seen.one("a[rel=next]")["href"]))))
    assert len(names + rest) == len({*names, *rest}) == 54


def test_the_file_has_the_search_and_no_more_than_the_page(pages: Pages, world: World) -> None:
    with world.owner() as session:
        deich(session, world)
    fiona = pages.as_("fiona")
    rows = list(csv.DictReader(StringIO(fiona.get("/cpo/sub-operators.csv").text.lstrip("\ufeff"))))
    assert [(row["sub_operator"], row["partners_in_care"], row["charge_points_in_care"]) for row in rows] == [
        ("Deich", "0", "0"),
        ("Küste", "1", "3"),
    ]
    assert len(fiona.get("/cpo/sub-operators.csv?text=deich").text.splitlines()) == 2
    assert pages.as_("theo").get("/cpo/sub-operators.csv").status == 403
