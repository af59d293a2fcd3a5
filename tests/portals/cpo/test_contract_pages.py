"""The contract editor: a draft grows tab by tab, is checked and agreed; versions, permissions, refusals."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.contracts.models import Contract, ContractVersion
from tests.cast import World
from tests.domain.sessions.arrange import charge
from tests.pages import Pages, Seen, Visitor

TERM = {"kind": "revenue_sharing", "supplier": "operator", "currency": "EUR", "carry_months": "3"}
SHARE = {"negative_margin": "share", "subscription_settlement": "reference_tariff", "credit_risk": "partner"}


def contract(world: World, name: str = "sommer") -> str:
    with world.owner() as session:
        return session.scalars(select(Contract.code).where(Contract.partner_id == world.cast.partners[name].id)).one()


def versions(world: World, code: str) -> list[ContractVersion]:
    with world.owner() as session:
        found = select(ContractVersion).join(Contract, Contract.id == ContractVersion.contract_id).where(Contract.code == code)
        return list(session.scalars(found.order_by(ContractVersion.number)))


def draft_number(seen: Seen) -> str:
    return str(seen.soup.select("form#form input[name=draft]")[0]["value"])


def new_draft(carla: Visitor, code: str) -> str:
    """Version 2 as a draft; gives the state its forms carry."""
    assert carla.post(f"/cpo/contracts/{code}/new-version").status == 303
    return draft_number(carla.get(f"/cpo/contracts/{code}/revenue-share?version=2"))


@pytest.mark.parametrize("tab", ["", "/term", "/revenue-share", "/fees", "/electricity", "/overrides", "/permissions", "/charge-points"])
def test_every_tab_opens_for_those_who_may_and_nobody_else(pages: Pages, world: World, tab: str) -> None:
    code = contract(world)
    for who in ("carla", "fiona", "aylin", "anke"):
        seen = pages.as_(who).get(f"/cpo/contracts/{code}{tab}")
        assert (seen.status, seen.soup.select("form#form")) == (200, []), "an agreed version is read-only"
    # technicians read what the partner's people may do, and nothing about money
    seen = pages.as_("theo").get(f"/cpo/contracts/{code}{tab}")
    assert seen.status == (200 if tab == "/permissions" else 404)
    if tab == "/permissions":
        assert [a.get_text(strip=True) for a in seen.soup.select("nav.tabs a")] == ["Berechtigungen"]
    assert pages.as_("carla").get(f"/cpo/contracts/C-000000{tab}").status == 404
    assert pages.as_("carla").get(f"/cpo/contracts/{code}{tab}?version=9").status == 404


def test_from_first_line_to_agreed_terms(pages: Pages, world: World) -> None:
    carla = pages.as_("carla")
    partner = world.cast.partners["winter"].code
    first = {"name": "Anbau", "first_month": "11/2026", "currency": "EUR"}
    assert carla.get(f"/cpo/partners/{partner}/contracts/new").status == 200
    at = carla.post(f"/cpo/partners/{partner}/contracts/new", first)
    assert at.status == 303
    seen = carla.get(at.location)
    code = seen.one(".page-facts .code").get_text()
    share = SHARE | {
        "draft": draft_number(seen),
        "ac_pct": "62,5",
        "dc_pct": "55",
        "deduct_electricity": "y",
        "negative_margin": "floor_zero",
    }
    assert carla.post(f"/cpo/contracts/{code}/revenue-share", share).status == 303
    fees = {"draft": draft_number(carla.get(f"/cpo/contracts/{code}/fees")), "per_charge_point": "5", "per_ac_evse": "2,50"}
    fees["reimbursement"] = "3,20"
    assert carla.post(f"/cpo/contracts/{code}/fees", fees | {"policy": "daily", "handling_base": "net"}).status == 303
    rights = {"draft": draft_number(carla.get(f"/cpo/contracts/{code}/permissions")), "permissions": ["command.stop", "command.unlock"]}
    assert carla.post(f"/cpo/contracts/{code}/permissions", rights).status == 303
    term = {
        "draft": draft_number(carla.get(f"/cpo/contracts/{code}")),
        "name": "Anbau 2026",
        "first_month": "11/2026",
        "last_month": "10/2028",
    } | TERM
    assert carla.post(f"/cpo/contracts/{code}/term", term).status == 303
    review = carla.get(f"/cpo/contracts/{code}/review")
    assert "62,5" in review.words
    assert "zweite Person" in review.words
    assert carla.post(f"/cpo/contracts/{code}/review", {"draft": draft_number(review)}).status == 303
    waiting = carla.get(f"/cpo/contracts/{code}/review")
    assert "Carla Möller" in waiting.words
    own = carla.post(f"/cpo/contracts/{code}/approve", {"draft": draft_number(waiting)})
    assert (own.status, len(own.soup.select("#problem-summary"))) == (409, 1), "nobody is their own second person"
    felix = pages.as_("felix")
    assert felix.post(f"/cpo/contracts/{code}/approve", {"draft": draft_number(felix.get(f"/cpo/contracts/{code}/review"))}).status == 303
    [version] = versions(world, code)
    assert str(version.reimbursement_fee.normalize()) == "3.2"
    assert (version.state, str(version.ac_pct), version.permissions) == ("scheduled", "62.50", ["command.stop", "command.unlock"])
    assert version.terms == {
        "negative_margin": "floor_zero",
        "platform_fee": {"per_charge_point": "5", "per_ac_evse": "2.5", "policy": "daily"},
    }


@pytest.mark.parametrize(
    ("part", "sent", "field"),
    [
        ("revenue-share", {"ac_pct": "101", "dc_pct": "60"}, "ac_pct"),
        ("revenue-share", {"ac_pct": "1.234", "dc_pct": "60"}, "ac_pct"),
        ("revenue-share", {"ac_pct": "70", "dc_pct": ""}, "dc_pct"),
        ("revenue-share", {"ac_pct": "70", "dc_pct": "60", "reimburse_electricity": "y"}, "reimburse_electricity"),
        ("fees", {"per_dc_evse": "-1", "policy": "daily", "handling_base": "net"}, "per_dc_evse"),
        ("revenue-share", {"ac_pct": "70", "dc_pct": "60", "subscription_settlement": "rate_per_kwh"}, "subscription_rate"),
        ("electricity", {"price": "-1"}, "price"),
        ("overrides", {"name": "Roaming"}, "ac_pct"),
        ("overrides", {"name": "", "ac_pct": "90"}, "name"),
        ("term", {"name": "x", "first_month": "12/2026", "carry_months": "30"}, "carry_months"),
        ("term", {"name": "x", "first_month": "12/2026", "minimum_payout": "1,005"}, "minimum_payout"),
        ("term", {"name": "x", "first_month": "13/2026"}, "first_month"),
        ("term", {"name": "x", "first_month": "12/2026", "last_month": "11/2026"}, "last_month"),
        ("term", {"name": "x", "first_month": "12/2026", "auto_renewal": "y"}, "auto_renewal"),
    ],
)
def test_422_names_the_field_and_changes_nothing(pages: Pages, world: World, part: str, sent: dict[str, str], field: str) -> None:
    carla, code = pages.as_("carla"), contract(world)
    state = new_draft(carla, code)
    before = versions(world, code)[1]
    seen = carla.post(f"/cpo/contracts/{code}/{part}", {**SHARE, **TERM, **sent, "draft": state})
    assert seen.status == 422
    assert field in [str(a["href"]).lstrip("#") for a in seen.soup.select("#problem-summary a")]
    after = versions(world, code)[1]
    assert (after.version, after.terms, after.ac_pct, after.first_month) == (
        before.version,
        before.terms,
        before.ac_pct,
        before.first_month,
    )


def test_a_draft_saved_by_somebody_else_meanwhile_is_409(pages: Pages, world: World) -> None:
    carla, conrad, code = pages.as_("carla"), pages.as_("conrad"), contract(world)
    state = new_draft(carla, code)
    share = SHARE | {"draft": state, "dc_pct": "60"}
    assert carla.post(f"/cpo/contracts/{code}/revenue-share", share | {"ac_pct": "71"}).status == 303
    late = conrad.post(f"/cpo/contracts/{code}/revenue-share", share | {"ac_pct": "72"})
    assert late.status == 409
    assert late.soup.select("#problem-summary")
    assert str(versions(world, code)[1].ac_pct) == "71.00"


def test_the_example_is_recomputed_while_typing(pages: Pages, world: World) -> None:
    """30 kWh × 0.59 + 1.00 + 20 min × 0.10 = 20.70; net 17.39; less 30 × 0.25 = 7.50: 9.89; 50 % = 4.95, the rest 4.94 and 7.50."""
    carla, code = pages.as_("carla"), contract(world)
    new_draft(carla, code)
    typed = SHARE | {"ac_pct": "50", "dc_pct": "60", "deduct_electricity": "y"}
    token = carla.get(f"/cpo/contracts/{code}/revenue-share?version=2").soup.select("form#form input[name=csrf_token]")[0]["value"]
    seen = carla.htmx(f"/cpo/contracts/{code}/example", method="POST", data=typed | {"csrf_token": token})
    assert seen.status == 200
    assert seen.one("#example").get_text(" ", strip=True).count("4,95") == 2, "half of it: what the partner gets"
    unreadable = carla.htmx(f"/cpo/contracts/{code}/example", method="POST", data=typed | {"ac_pct": "x", "csrf_token": token})
    assert unreadable.status == 200
    assert str(versions(world, code)[1].ac_pct) == "70.00", "nothing is saved"


def test_agreeing_refuses_a_month_that_has_begun_and_says_the_earliest(pages: Pages, world: World) -> None:
    carla, code = pages.as_("carla"), contract(world)
    term = TERM | {"draft": new_draft(carla, code), "name": "x", "first_month": "10/2026"}
    assert carla.post(f"/cpo/contracts/{code}/term", term).status == 303
    seen = carla.post(f"/cpo/contracts/{code}/review", {"draft": draft_number(carla.get(f"/cpo/contracts/{code}/review"))})
    assert seen.status == 422
    assert "November 2026" in seen.words
    assert [v.state for v in versions(world, code)] == ["active", "draft"]


def test_versions_stand_side_by_side_and_drafts_can_go(pages: Pages, world: World) -> None:
    carla, code = pages.as_("carla"), contract(world)
    state = new_draft(carla, code)
    bar = carla.get(f"/cpo/contracts/{code}").soup.select(".version-bar a")
    assert [a.strong.get_text() for a in bar] == ["v1", "v2"]  # type: ignore[union-attr]
    assert pages.as_("fiona").get(f"/cpo/contracts/{code}?version=2").soup.select("form#form") == []
    assert carla.post(f"/cpo/contracts/{code}/new-version").status == 409
    assert carla.post(f"/cpo/contracts/{code}/discard", {"draft": "999"}).status == 409
    assert carla.post(f"/cpo/contracts/{code}/discard", {"draft": state}).status == 303
    assert len(versions(world, code)) == 1


def test_who_may_not_change(pages: Pages, world: World) -> None:
    code = contract(world)
    state = new_draft(pages.as_("carla"), code)
    share = SHARE | {"draft": state, "ac_pct": "1", "dc_pct": "1"}
    assert pages.as_("fiona").get(f"/cpo/contracts/{code}/review").status == 200, "finance may be the second person"
    for who, status in (("anke", 403), ("aylin", 403), ("theo", 404)):
        visitor = pages.as_(who)
        assert visitor.post(f"/cpo/contracts/{code}/revenue-share", share).status == status
        assert visitor.post(f"/cpo/contracts/{code}/review", {"draft": state}).status == status
        assert visitor.get(f"/cpo/contracts/{code}/review").status == status
        assert visitor.post(f"/cpo/contracts/{code}/approve", {"draft": state}).status == status
        assert visitor.post(f"/cpo/contracts/{code}/send-back", {"draft": state, "reason": "x"}).status == status
        assert visitor.post(f"/cpo/contracts/{code}/overrides/roaming", {"draft": state}).status == status
        assert visitor.get(f"/cpo/contracts/{code}/take-back").status == status
        assert visitor.post(f"/cpo/contracts/{code}/end", {"last_month": "12/2026", "reason": "x"}).status == status
    assert pages.as_("theo").get("/cpo/contracts").status == 403
    assert str(versions(world, code)[1].ac_pct) == "70.00"


def test_ending_a_contract(pages: Pages, world: World) -> None:
    carla, code = pages.as_("carla"), contract(world)
    assert carla.get(f"/cpo/contracts/{code}/end").status == 200
    assert carla.post(f"/cpo/contracts/{code}/end", {"last_month": "09/2026", "reason": "verkauft"}).status == 422
    assert carla.post(f"/cpo/contracts/{code}/end", {"last_month": "12/2026", "reason": "verkauft"}).status == 303
    assert [row.th.a.get_text() for row in carla.get("/cpo/contracts?ending=180").soup.select("#contracts tbody tr")] == [  # type: ignore[union-attr]
        "Sommer revenue share"
    ]
    assert carla.get("/cpo/contracts?ending=20").soup.select("#contracts tbody tr") == []


def test_the_list_and_its_file(pages: Pages, world: World) -> None:
    fiona = pages.as_("fiona")
    assert len(fiona.get("/cpo/contracts").soup.select("#contracts tbody tr")) == 2
    lines = fiona.get("/cpo/contracts.csv?text=sommer").text.splitlines()
    assert lines[1].split(",")[1:7] == ["Sommer revenue share", "Sommer", world.cast.partners["sommer"].code, "1", "active", "2026-08"]


def test_exceptions_are_ordered_and_tried(pages: Pages, world: World) -> None:
    carla, code = pages.as_("carla"), contract(world)
    new_draft(carla, code)
    at = f"/cpo/contracts/{code}/overrides"

    def state() -> str:
        return draft_number(carla.get(f"{at}?version=2"))

    assert carla.post(f"{at}/roaming", {"draft": state()}).status == 303
    line = {"draft": state(), "name": "Hubject 80", "channels": "emsp", "emsps": "DE-HUB, NL-ABC", "ac_pct": "80"}
    assert carla.post(at, line).status == 303
    rows = carla.get(f"{at}?version=2&channel=emsp&emsp=DE-HUB")
    assert "Zeile 1, Roaming 90" in rows.words
    assert carla.post(f"{at}/up", {"draft": state(), "line": "2"}).status == 303
    tried = carla.get(f"{at}?version=2&channel=emsp&emsp=DE-HUB")
    assert "Zeile 1, Hubject 80" in tried.words
    assert "80" in tried.one("#matched").get_text()
    assert "100" in carla.get(f"{at}?version=2&channel=internal").one("#tester + p").get_text()
    real = charge(world, channel="emsp", provider="DE-HUB").code
    for typed in (real, real.lower()):
        seen = carla.get(f"{at}?version=2&channel=internal&session={typed}")
        assert f"{real} (Roaming · DE-HUB): Zeile 1, Hubject 80" in " ".join(seen.one("#tester + p").get_text().split()), (
            "the session counts"
        )
    unknown = carla.get(f"{at}?version=2&channel=internal&session=S-ZZZZZZZZ")
    assert unknown.one("#session")["aria-invalid"] == "true"
    assert unknown.soup.select("#matched, #tester + p[role=status]") == []
    edited = line | {"draft": state(), "line": "1", "ac_pct": "85"}
    assert carla.post(at, edited).status == 303
    assert carla.post(f"{at}/remove", {"draft": state(), "line": "2"}).status == 303
    draft = versions(world, code)[1]
    assert [(o["name"], o["priority"], o["ac_pct"]) for o in draft.terms["overrides"]] == [("Hubject 80", 1, "85")]
    assert (draft.ac_pct, draft.dc_pct) == (100, 100)
    assert carla.post(f"{at}/remove", {"draft": state(), "line": "7"}).status == 404
    assert carla.post(f"{at}/roaming", {"draft": "1"}).status == 409


def test_templates_of_rights(pages: Pages, world: World) -> None:
    carla, code = pages.as_("carla"), contract(world)
    state = new_draft(carla, code)
    for preset, count in (("view", 0), ("self_service", 9), ("full", 15)):
        assert carla.post(f"/cpo/contracts/{code}/permissions", {"draft": state, "preset": preset}).status == 303
        rights = versions(world, code)[1].permissions
        assert len(rights) == count, rights
        state = draft_number(carla.get(f"/cpo/contracts/{code}/permissions?version=2"))


def test_a_scheduled_version_goes_back_to_a_draft(pages: Pages, world: World) -> None:
    carla, code = pages.as_("carla"), contract(world)
    rights = {"draft": new_draft(carla, code), "permissions": ["command.stop"]}
    assert carla.post(f"/cpo/contracts/{code}/permissions", rights).status == 303
    review = carla.get(f"/cpo/contracts/{code}/review")
    assert carla.post(f"/cpo/contracts/{code}/review", {"draft": draft_number(review)}).status == 303
    assert [v.state for v in versions(world, code)] == ["active", "scheduled"], "no money changes, so one person is enough"
    assert carla.post(f"/cpo/contracts/{code}/take-back?version=2", {"reason": ""}).status == 422
    assert carla.post(f"/cpo/contracts/{code}/take-back?version=2", {"reason": "vertippt"}).status == 303
    assert [v.state for v in versions(world, code)] == ["active", "draft"]
