"""Pages of partners: success, refusal and stranger in one set-up; 422 names the field and changes nothing; the query count is constant."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select, update

from app.access.roles import Role
from app.demo import builders as make
from app.domain.contracts.models import Assignment
from app.domain.contracts.switches import save_features
from app.domain.network.models import Connector
from app.domain.people.features import Features
from app.domain.people.models import Contact, Partner
from tests.cast import NOW, World
from tests.pages import Pages

FORM = {
    "name": "Bäckerei Lenz", "legal_name": "Lenz Backwaren GmbH", "kind": "host", "parent_code": "", "street": "Lange Straße 9",
    "postcode": "23966", "city": "Wismar", "country": "DE", "language": "de", "time_zone": "Europe/Berlin", "currency": "EUR",
    "vat_id": "DE136695976",
}  # fmt: skip
TABS = ("", "/contacts", "/contracts", "/charge-points", "/people", "/history")


def code(world: World, name: str = "sommer") -> str:
    return world.cast.partners[name].code


def count_partners(world: World) -> int:
    with world.owner() as session:
        return session.scalar(select(func.count()).select_from(Partner)) or 0


def test_the_list_shows_contract_holdings_and_people(pages: Pages) -> None:
    seen = pages.as_("carla").get("/cpo/partners")
    assert (seen.status, seen.heading) == (200, "Standortpartner"), "Carla reads German"
    rows = {row.th.a.get_text(): row.get_text(" ", strip=True) for row in seen.soup.select("#partners tbody tr")}  # type: ignore[union-attr]
    assert list(rows) == ["Küste", "Sommer", "Winter"]
    assert "4 / 1" in rows["Sommer"]
    assert "v1" in rows["Sommer"]


def test_filters_are_in_the_address_and_can_be_taken_off(pages: Pages) -> None:
    carla = pages.as_("carla")
    seen = carla.get("/cpo/partners?text=lubeck&state=active")
    assert [a.get_text() for a in seen.soup.select("#partners tbody th a")] == ["Winter"]
    chips = [a["href"] for a in seen.soup.select(".chips a.chip")]
    assert chips == ["/cpo/partners?state=active", "/cpo/partners?text=lubeck"]
    assert "empty-state" in carla.get("/cpo/partners?text=zzz").text
    assert carla.get("/cpo/partners?after=broken&state=nonsense").status == 200


def test_the_list_as_a_file_is_the_filter_not_the_page(pages: Pages, world: World) -> None:
    with world.owner() as session:
        make.partner(session, world.cast.operator, "=cmd()", NOW)
    seen = pages.as_("fiona").get("/cpo/partners.csv?kind=host")
    lines = seen.text.lstrip("\ufeff").splitlines()
    assert lines[0].startswith("partner,code,kind,state")
    assert [line.split(",")[0] for line in lines[1:]] == ["'=cmd()", "Sommer", "Winter"]


def test_the_number_of_statements_is_the_same_for_three_and_for_thirty(pages: Pages, world: World) -> None:
    carla = pages.as_("carla")
    carla.get("/cpo/partners")
    with pages.counting() as few:
        carla.get("/cpo/partners")
    with world.owner() as session:
        for number in range(27):
            more = make.partner(session, world.cast.operator, f"Kunde {number}", NOW, parent_id=world.cast.partners["kueste"].id)
            make.contract(session, more, date(2026, 8, 1), NOW)
    with pages.counting() as many:
        assert len(carla.get("/cpo/partners").soup.select("#partners tbody tr")) == 30
    assert len(many) == len(few)


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_opens_for_staff_and_not_for_a_foreign_code(pages: Pages, world: World, tab: str) -> None:
    for who in ("carla", "theo", "aylin"):
        wanted = 403 if (who, tab) == ("theo", "/people") else 200  # technicians do not see who works at a partner (decision 0011)
        assert pages.as_(who).get(f"/cpo/partners/{code(world)}{tab}").status == wanted
    carla = pages.as_("carla")
    assert carla.get(f"/cpo/partners/P-000000{tab}").status == 404
    assert carla.get(f"/cpo/partners/{code(world).lower()}{tab}").status == 200
    assert pages.as_("olga").get(f"/cpo/partners/{code(world)}{tab}").status == 404


def test_a_new_partner_lands_on_its_page_with_a_note(pages: Pages, world: World) -> None:
    carla = pages.as_("carla")
    assert carla.get("/cpo/partners/new").status == 200
    made = carla.post("/cpo/partners/new", FORM)
    assert made.status == 303
    seen = carla.get(made.location)
    assert seen.heading == "Bäckerei Lenz"
    assert seen.one("#page-note")
    assert seen.one("details.setup")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"vat_id": "DE136695977"}, "vat_id"),
        ({"country": "ZZ"}, "country"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"parent_code": "P-000000"}, "parent_code"),
        ({"kind": "friend"}, "kind"),
    ],
)
def test_422_names_the_field_keeps_the_input_and_changes_nothing(pages: Pages, world: World, change: dict[str, str], field: str) -> None:
    before = count_partners(world)
    seen = pages.as_("carla").post("/cpo/partners/new", FORM | change)
    assert seen.status == 422
    assert [a["href"] for a in seen.soup.select("#problem-summary a")] == [f"#{field}"]
    assert seen.one(f"#{field}")["aria-invalid"] == "true"
    assert seen.one("#city")["value"] == "Wismar"
    assert seen.soup.title is not None
    assert seen.soup.title.get_text().startswith("Fehler:")
    assert count_partners(world) == before


def test_those_who_may_not_edit_get_no_form_and_no_change(pages: Pages, world: World) -> None:
    theo = pages.as_("theo")
    assert f"/cpo/partners/{code(world)}/edit" not in theo.get(f"/cpo/partners/{code(world)}").text
    for path in ("/cpo/partners/new", f"/cpo/partners/{code(world)}/edit", f"/cpo/partners/{code(world)}/pause"):
        assert theo.get(path).status == 403
        assert theo.post(path, FORM | {"version": "1", "reason": "x"}).status == 403
    assert count_partners(world) == 3
    assert pages.nobody().get(f"/cpo/partners/{code(world)}").status == 303


def test_a_save_behind_somebodys_back_shows_three_columns_and_can_be_resolved(pages: Pages, world: World) -> None:
    path = f"/cpo/partners/{code(world)}/edit"
    carla, conrad = pages.as_("carla"), pages.as_("conrad")
    form = dict(_fields(carla.get(path)))
    assert carla.post(path, form | {"city": "Altona", "street": "Elbchaussee 1"}).status == 303
    clash = conrad.post(path, form | {"city": "Wedel"})
    assert clash.status == 409
    cells = [[c.get_text(" ", strip=True) for c in row.find_all(["th", "td"])] for row in clash.soup.select("tbody tr")]
    assert [row[1:] for row in cells] == [["Marktplatz 3", "Elbchaussee 1", "Marktplatz 3"], ["Hamburg", "Altona", "Wedel"]]
    sent = dict(_fields(clash)) | {"keep_street": "theirs", "keep_city": "yours"}
    assert conrad.post(path, sent).status == 303
    with world.owner() as session:
        row = session.get_one(Partner, world.cast.partners["sommer"].id)
        assert (row.street, row.city) == ("Elbchaussee 1", "Wedel")


def _fields(seen: object) -> list[tuple[str, str]]:
    """What the form on a page would send."""
    found = []
    for tag in seen.soup.select("main form#form input, main form#form textarea, main form#form select"):  # type: ignore[attr-defined]
        if tag.name == "select":
            chosen = tag.select("option[selected]")
            found.append((tag["name"], chosen[0]["value"] if chosen else tag.option["value"]))
        elif tag.get("type") in {"radio", "checkbox"}:
            if tag.has_attr("checked"):
                found.append((tag["name"], tag["value"]))
        else:
            found.append((tag["name"], tag.get_text() if tag.name == "textarea" else tag.get("value", "")))
    return [(str(name), str(value)) for name, value in found if name != "csrf_token"]


def test_pausing_asks_for_a_reason_and_locks_people_out(pages: Pages, world: World) -> None:
    carla, olga, path = pages.as_("carla"), pages.as_("olga"), f"/cpo/partners/{code(world)}/pause"
    assert carla.post(path, {"reason": ""}).status == 422
    assert carla.post(path, {"reason": "offene Rechnungen"}).status == 303
    assert olga.get(f"/partner/{code(world)}/").status == 403
    assert carla.post(f"/cpo/partners/{code(world)}/resume").status == 303
    assert olga.get(f"/partner/{code(world)}/").status != 403


def test_closing_lists_what_is_open_with_links(pages: Pages, world: World) -> None:
    with world.owner() as session:
        plug = world.cast.connector(session, "NL-0501", 2)
        session.execute(update(Connector).where(Connector.id == plug.id).values(session_id=plug.id))
    seen = pages.as_("carla").post(f"/cpo/partners/{code(world, 'winter')}/close", {"reason": "verkauft"})
    assert seen.status == 422
    text = seen.one(".callout").get_text(" ", strip=True)
    assert "NL-0501/2" in text
    assert [a["href"].split("/")[2] for a in seen.soup.select(".callout a")] == ["charge-points", "partners", "contracts"]


def test_contacts_are_edited_on_their_own_page(pages: Pages, world: World) -> None:
    carla, path = pages.as_("carla"), f"/cpo/partners/{code(world, 'kueste')}/contacts"
    assert len(carla.get(path).soup.select("section.panel .muted")) == 3
    bad = carla.post(f"{path}/technical", {"person": "Ida Funk", "email": "ida@", "language": "de"})
    assert bad.status == 422
    assert bad.one("#email")["aria-invalid"] == "true"
    good = {"person": "Ida Funk", "email": "ida@kueste.example", "phone": "0171 2345678", "language": "de", "hours": ""}
    assert carla.post(f"{path}/technical", good).status == 303
    assert "+49 171 2345678" in carla.get(path).words
    assert pages.as_("theo").post(f"{path}/technical", good | {"person": "X"}).status == 403
    assert carla.get(f"{path}/secret").status == 404
    with world.owner() as session:
        assert session.scalars(select(Contact.person).where(Contact.partner_id == world.cast.partners["kueste"].id)).all() == ["Ida Funk"]


def test_charge_points_are_assigned_and_ended_with_dates(pages: Pages, world: World) -> None:
    carla, path = pages.as_("carla"), f"/cpo/partners/{code(world, 'winter')}/charge-points"
    with world.owner() as session:
        spare = make.station(session, world.cast.locations["hof"], "NL-0600", NOW, secret_key="k" * 40)
    contract = carla.get(path).soup.select("#contract option")[0]["value"]
    sent = {"label": "NL-0600", "contract": contract, "valid_from": "2026-10-20", "valid_until": ""}
    late = carla.post(path, sent | {"valid_from": "2026-10-01"})
    assert late.status == 422
    assert "15.10.2026" not in late.words
    assert late.one("#valid_from")["aria-invalid"] == "true"
    assert carla.post(path, sent).status == 303
    assert "NL-0600" in carla.get(path).one("table").get_text()
    assert carla.post(f"{path}/NL-0600/end", {"valid_until": "2026-10-20"}).status == 303
    assert carla.post(f"{path}/NL-0600/end", {"valid_until": "2026-10-20"}).status == 404
    assert carla.get(f"{path}/NL-0417/end").status == 404
    assert pages.as_("theo").post(path, sent).status == 403
    with world.owner() as session:
        assert session.scalars(select(Assignment).where(Assignment.station_id == spare.id)).all() == []


def test_people_who_work_in_several_accounts_are_linked(pages: Pages, world: World) -> None:
    """One person, one account per property: staff see where else somebody works, the other account's own people do not."""
    with world.owner() as session:
        make.member(session, world.cast.people["olga"], Role.OWNER, NOW, owner=world.cast.operator, account=world.cast.partners["winter"])
        session.commit()
    seen = pages.as_("carla").get(f"/cpo/partners/{code(world)}/people")
    assert [a["href"] for a in seen.soup.select("main th small a")] == [f"/cpo/partners/{code(world, 'winter')}/people"]
    assert "auch in Winter" in seen.words
    assert "auch in" not in pages.as_("willi").get(f"/partner/{code(world, 'winter')}/team").words


def test_the_service_package_is_on_the_first_tab_and_on_the_desk(pages: Pages, world: World) -> None:
    with world.work("carla") as work:
        save_features(work, code(world), Features(package="premium"), 0)
    said = "Störungen werden innerhalb von 8 Stunden beantwortet."
    assert said in pages.as_("carla").get(f"/cpo/partners/{code(world)}").words
    assert said in pages.as_("aylin").get("/cpo/desk/NL-0417").words
    assert "Servicepaket" not in pages.as_("theo").get(f"/cpo/partners/{code(world)}").words


def test_history_tells_who_changed_what(pages: Pages, world: World) -> None:
    carla = pages.as_("carla")
    path = f"/cpo/partners/{code(world)}"
    form = dict(_fields(carla.get(f"{path}/edit")))
    carla.post(f"{path}/edit", form | {"city": "Altona", "staff_notes": "zahlt spät"})
    text = carla.get(f"{path}/history").one("#history").get_text(" ", strip=True)
    assert "Carla Möller" in text
    assert "Hamburg → Altona" in text
