"""Where there is too much to list, what is wanted is typed; a wrong one is refused by its field and changes nothing."""

from __future__ import annotations

import pytest

from app.web import fields
from tests.pages import Pages

MODULES = ("app.portal_cpo.charge_points", "app.portal_cpo.locations", "app.portal_cpo.partner_tabs", "app.portal_cpo.partner_handover")


@pytest.fixture
def crowded(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> Pages:
    """As if a list of one were too long already."""
    for module in MODULES:
        monkeypatch.setattr(f"{module}.MOST_CHOICES", 1)
    return pages


def test_a_few_are_listed(pages: Pages) -> None:
    assert fields.MOST_CHOICES > 10
    assert pages.as_("theo").get("/cpo/charge-points/new").one("#location_code").name == "select"


def test_a_site_is_typed_when_there_are_many(crowded: Pages) -> None:
    theo = crowded.as_("theo")
    page = theo.get("/cpo/charge-points/new")
    assert page.one("#location_code").name == "input"
    assert "zu viele" in page.words
    site = crowded.world.cast.locations["marktplatz"].code
    given = {"label": "NL-0777", "evses-0-current": "AC", "evses-0-max_kw": "22", "evses-0-plug": "type2"}
    refused = theo.post("/cpo/charge-points/new", given | {"location_code": "L-XXXXXXXX"})
    assert refused.status == 422
    assert "Mit diesem Code oder dieser Kennung gibt es nichts." in refused.one("#location_code-error").get_text()
    assert theo.get("/cpo/charge-points/NL-0777").status == 404
    assert theo.post("/cpo/charge-points/new", given | {"location_code": site.lower()}).status == 200
    assert theo.get("/cpo/charge-points/NL-0777").status == 200


def test_a_site_keeps_its_partner_when_there_are_many(crowded: Pages) -> None:
    theo, row = crowded.as_("theo"), crowded.world.cast.locations["hof"]
    page = theo.get(f"/cpo/locations/{row.code}/edit")
    data = {tag["name"]: tag.get("value", "") for tag in page.soup.select("form#form input[name]")} | {"name": "Hotel Winter, neuer Hof"}
    assert theo.post(f"/cpo/locations/{row.code}/edit", data).status == 303
    shown = theo.get(f"/cpo/locations/{row.code}")
    assert "Hotel Winter, neuer Hof" in shown.words
    assert "Winter" in shown.words
    new = theo.get("/cpo/locations/new")
    assert new.one("#partner_code").name == "input"
    assert "Code des Standortpartners" in new.words


def test_receiver_and_charge_point_are_typed_when_there_are_many(crowded: Pages) -> None:
    cast, carla = crowded.world.cast, crowded.as_("carla")
    code = cast.partners["winter"].code
    page = carla.get(f"/cpo/partners/{code}/charge-points")
    assert page.status == 200
    refused = carla.post(
        f"/cpo/partners/{code}/charge-points",
        {"label": "NL-9999", "contract": cast_contract(crowded, "winter"), "valid_from": "2026-12-01"},
    )
    assert refused.status == 422
    assert refused.soup.select("#problem-summary a[href='#label']")


def cast_contract(pages: Pages, key: str) -> str:
    with pages.world.work("carla") as work:
        from app.domain.contracts.queries import contracts_of_partner

        return contracts_of_partner(work, pages.world.cast.partners[key].id)[0].code
