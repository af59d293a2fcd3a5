"""B2: revenue of the month, what is missing, and the filters that find it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete, select, update

from app.demo import builders as make
from app.domain.contracts.models import ContractVersion
from app.domain.contracts.switches import save_features
from app.domain.people.features import Features
from app.domain.people.models import Contact, Invitation, Partner
from app.domain.people.owner_invites import ask_owners
from app.domain.settlement.partner_list import revenue_this_month
from app.kernel.errors import Conflict
from tests.cast import NOW, PASSWORD, World
from tests.domain.sessions.arrange import charge
from tests.pages import Pages, Seen, Visitor
from tests.portals.test_bulk_assign import run_jobs


def names(seen: Seen) -> list[str]:
    return [a.get_text() for a in seen.soup.select("#partners tbody th a")]


def line(seen: Seen, name: str) -> str:
    rows = seen.soup.select("#partners tbody tr")
    return next(" ".join(row.get_text(" ").split()) for row in rows if row.th and row.th.a and row.th.a.get_text() == name)


def rated(world: World, ended_at: datetime, net_minor: int, label: str = "NL-0417", **over: object) -> None:
    paid = {"net_minor": net_minor, "vat_minor": 0, "gross_minor": net_minor, "rated_at": ended_at}
    charge(world, label, started_at=ended_at.replace(minute=0), ended_at=ended_at, state="rated", **paid, **over)


def test_revenue_is_net_of_this_month_in_the_partners_zone(pages: Pages, world: World) -> None:
    rated(world, datetime(2026, 10, 3, 9, 30, tzinfo=UTC), 1000)
    rated(world, datetime(2026, 10, 14, 11, 30, tzinfo=UTC), 230)
    rated(world, datetime(2026, 9, 30, 22, 30, tzinfo=UTC), 100)  # 1 October, 00:30 in Hamburg
    rated(world, datetime(2026, 9, 30, 21, 30, tzinfo=UTC), 7000)  # still September there
    charge(world, started_at=NOW, ended_at=NOW, full_at=NOW)  # has no price yet
    seen = pages.as_("carla").get("/cpo/partners")
    # 10.00 + 2.30 + 1.00
    assert "13,30 €" in line(seen, "Sommer")
    assert "0,00 €" in line(seen, "Winter")
    assert "13.30,EUR," in pages.as_("fiona").get("/cpo/partners.csv").text
    assert "13,30" not in pages.as_("theo").get("/cpo/partners").text, "technicians see no amounts"


def test_revenue_is_told_of_accounts_within_sight_alone(world: World) -> None:
    rated(world, datetime(2026, 10, 3, 9, 30, tzinfo=UTC), 1000)
    sommer, winter = (world.cast.partners[name].id for name in ("sommer", "winter"))
    with world.work("olga") as work:
        assert revenue_this_month(work, [sommer, winter]) == {sommer: 1000}


def test_what_is_missing_is_said_and_found(pages: Pages, world: World) -> None:
    carla = pages.as_("carla")
    assert "Strompreis" not in line(carla.get("/cpo/partners"), "Sommer")
    winter = world.cast.partners["winter"].id
    with world.owner() as session:
        session.execute(delete(Contact).where(Contact.partner_id == winter, Contact.kind == "technical"))
        make.partner(session, world.cast.operator, "Neu", NOW)
        session.execute(
            update(ContractVersion)
            .where(ContractVersion.partner_id == world.cast.partners["sommer"].id)
            .values(deduct_electricity=True, state="draft")
        )
        session.execute(update(ContractVersion).where(ContractVersion.state == "draft").values(state="active"))
    seen = carla.get("/cpo/partners")
    assert "kein Strompreis" in line(seen, "Sommer"), "electricity is deducted and nobody priced it"
    assert "Kontakt Technik fehlt" in line(seen, "Winter")
    assert "kein Inhaber" in line(seen, "Neu")
    assert names(carla.get("/cpo/partners?missing=technical")) == ["Küste", "Neu", "Winter"]
    assert "Neu" in names(carla.get("/cpo/partners?missing=owner"))
    assert "Sommer" not in names(carla.get("/cpo/partners?missing=owner"))
    csv = pages.as_("fiona").get("/cpo/partners.csv?text=neu").text.splitlines()
    assert csv[1].endswith(",contract bank technical owner")


@pytest.mark.parametrize(("word", "found"), [("premium", ["Winter"]), ("basic", ["Küste", "Sommer"]), ("nonsense", [])])
def test_the_package_that_counts_is_the_newest(pages: Pages, world: World, word: str, found: list[str]) -> None:
    sommer, winter = (world.cast.partners[name].code for name in ("sommer", "winter"))
    for code, package, number in ((winter, "plus", 0), (winter, "premium", 1), (sommer, "premium", 0), (sommer, "basic", 1)):
        with world.work("carla") as work:
            save_features(work, code, Features(package=package, control_tariffs=True, control_groups=True), number)
    assert names(pages.as_("carla").get(f"/cpo/partners?package={word}")) == found


def test_contracts_that_end(pages: Pages, world: World) -> None:
    carla, sommer = pages.as_("carla"), world.cast.partners["sommer"].id

    def ends(month: date | None, **more: bool) -> None:
        with world.owner() as session:
            session.execute(
                update(ContractVersion).where(ContractVersion.partner_id == sommer).values(state="draft", last_month=month, **more)
            )
            session.execute(update(ContractVersion).where(ContractVersion.partner_id == sommer).values(state="active"))

    assert names(carla.get("/cpo/partners?contract_end=90")) == []
    ends(date(2026, 11, 1))
    assert names(carla.get("/cpo/partners?contract_end=30")) == ["Sommer"], "13 November is 30 days away"
    ends(date(2026, 12, 1))
    assert names(carla.get("/cpo/partners?contract_end=30")) == []
    assert names(carla.get("/cpo/partners?contract_end=60")) == ["Sommer"]
    ends(date(2026, 12, 1), auto_renewal=True)
    assert names(carla.get("/cpo/partners?contract_end=60")) == [], "it renews itself"
    ends(date(2026, 9, 1), auto_renewal=False)
    assert "Sommer" in names(carla.get("/cpo/partners?contract_end=none"))
    assert names(carla.get("/cpo/partners?contract_end=soon")) == []


def test_countries_are_those_of_partners(pages: Pages, world: World) -> None:
    carla = pages.as_("carla")
    assert carla.get("/cpo/partners").soup.select("#country") == [], "one country is no choice"
    with world.owner() as session:
        session.execute(update(Partner).where(Partner.name == "Winter").values(country="AT"))
    seen = carla.get("/cpo/partners?country=AT")
    assert names(seen) == ["Winter"]
    assert [option["value"] for option in seen.soup.select("#country option")] == ["", "DE", "AT"]


def confirmed(pages: Pages, who: str) -> Visitor:
    """Somebody who has just said again that it is they."""
    visitor = pages.as_(who)
    assert visitor.post("/confirm-it-is-you", {"password": PASSWORD}).status == 303
    return visitor


def send(pages: Pages, who: str, query: str) -> Seen:
    """Ask on the page of the plan, with its hidden fields, as a browser does."""
    staff = confirmed(pages, who)
    form = staff.get(f"/cpo/partners/owners?{query}").one("form#form")
    fields = form.select("input[type=hidden]")
    data = {"code": [field["value"] for field in fields if field["name"] == "code"]}
    key = next(field["value"] for field in fields if field["name"] == "one_time_key")
    return staff.post("/cpo/partners/owners", data | {"one_time_key": key})


def new_ones(world: World) -> list[str]:
    with world.owner() as session:
        found = [make.partner(session, world.cast.operator, name, NOW) for name in ("Alster", "Bille", "Elbe")]
        make.contact(session, found[0], "administrative", "Ada Alster", "ada@alster.example", language="fr")
        make.contact(session, found[1], "administrative", "Ben Bille", "ben@bille.example", language="de")
        return [partner.code for partner in found]


def test_owners_of_many_are_invited_once_however_often_it_is_asked(pages: Pages, world: World) -> None:
    codes = [*new_ones(world), world.cast.partners["sommer"].code]
    query = "&".join(f"code={code}" for code in codes)
    assert (
        pages.as_("carla").get(f"/cpo/partners/owners?{query}").location.startswith("/confirm-it-is-you?next=/cpo/partners/owners?code%3D")
    )
    plan = confirmed(pages, "carla").get(f"/cpo/partners/owners?{query}")
    assert plan.heading == "2 Inhaber einladen?"
    assert [row.get_text() for row in plan.soup.select("form#form tbody th")] == ["Alster", "Bille"]
    assert "Elbe es ist kein Kontakt Verwaltung benannt" in plan.words
    assert "Sommer hat schon" in plan.words
    asked = send(pages, "carla", query)
    assert asked.status == 303
    run_jobs(world, "people.invite_owners")
    done = pages.as_("carla").get(asked.location)
    rows = [" ".join(row.get_text(" ").split()) for row in done.soup.select("#owners tbody tr")]
    assert rows == ["Alster ada@alster.example jetzt eingeladen", "Bille ben@bille.example jetzt eingeladen"]
    with world.owner() as session:
        invited = session.execute(select(Invitation.email, Invitation.role, Invitation.language, Invitation.invited_by_name)).all()
    assert sorted(map(tuple, invited)) == [
        ("ada@alster.example", "owner", "fr", "Carla Möller"),
        ("ben@bille.example", "owner", "de", "Carla Möller"),
    ]
    again = confirmed(pages, "carla").get(f"/cpo/partners/owners?{query}")
    assert "noch nicht geantwortet" in again.words
    assert again.soup.select("form#form tbody th") == []
    with world.work("carla") as work, pytest.raises(Conflict, match="nobody_to_invite"):
        ask_owners(work, codes, "0" * 32)


def test_nothing_selected_means_the_filter_and_strangers_stay_out(pages: Pages, world: World) -> None:
    new_ones(world)
    found = confirmed(pages, "anke").get("/cpo/partners/owners?missing=owner&text=alster")
    assert [row.get_text() for row in found.soup.select("form#form tbody th")] == ["Alster"]
    asked = send(pages, "anke", "missing=owner&text=alster")
    assert pages.as_("carla").get(asked.location).status == 404, "another's job"
    for who, status in (("fiona", 403), ("olga", 404)):
        assert pages.as_(who).get("/cpo/partners/owners").status == status
    assert pages.as_("fiona").get("/cpo/partners").soup.select("input[name=code]") == []
    too_old = pages.as_("anke").post("/cpo/partners/owners", {"one_time_key": "x"})
    assert too_old.status == 422
