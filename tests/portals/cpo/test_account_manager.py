"""Who of the staff looks after a partner: chosen, seen by the partner, written to, asked for anew when the role ends (B3)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, update

from app.domain.contracts.models import Assignment, ContractVersion
from app.domain.people.managers import account_manager, reply_address
from app.domain.people.models import Contact, Membership, Partner, User
from app.domain.settlement.models import Statement
from app.kernel.ids import uuid7
from app.work.audit import AuditEntry
from tests.cast import NOW, World
from tests.pages import Pages, Visitor

CARLA = "carla@nordlicht.example"


def code(world: World, name: str = "sommer") -> str:
    return world.cast.partners[name].code


def choose(visitor: Visitor, world: World, email: str) -> int:
    """Send General as it was shown, with another account manager."""
    form = visitor.get(f"/cpo/partners/{code(world)}/edit").one("form[action$='/edit']")
    typed = {i["name"]: i.get("value", "") for i in form.select("input[name]")} | {t["name"]: t.get_text() for t in form.select("textarea")}
    for field in form.select("select[name]"):
        marked = field.select_one("option[selected]")
        typed[str(field["name"])] = marked["value"] if marked else ""
    return visitor.post(f"/cpo/partners/{code(world)}/edit", {str(k): str(v) for k, v in typed.items()} | {"manager": email}).status


def manager_of(world: World, name: str = "sommer") -> object:
    with world.owner() as session:
        return session.scalar(select(Partner.manager_id).where(Partner.code == code(world, name)))


def end_role(world: World, who: str) -> None:
    with world.owner() as session:
        session.execute(update(Membership).where(Membership.user_id == world.cast.people[who].id).values(ended_at=NOW))


def test_staff_choose_somebody_and_the_partner_sees_name_phone_and_mail(pages: Pages, world: World) -> None:
    carla = pages.as_("carla")
    assert carla.post("/account", {"name": "Carla Möller", "language": "de", "region": "de_DE", "phone": "040 555 7788"}).status == 303
    assert choose(carla, world, CARLA) == 303
    assert manager_of(world) == world.cast.people["carla"].id
    assert "+49 40 5557788" in carla.get(f"/cpo/partners/{code(world)}").words
    account = f"/partner/{code(world)}"
    for page in ("/settings", "/team", "/contract"):
        seen = pages.as_("olga").get(account + page).words
        assert "Ihre Ansprechperson" in seen, page
        assert "Carla Möller" in seen
        assert "+49 40 5557788" in seen
    willi = pages.as_("willi").get(f"/partner/{code(world, 'winter')}/settings").words
    assert "Carla Möller" not in willi, "another partner has nobody"
    with world.work("willi") as work:
        assert account_manager(work.session, world.cast.partners["sommer"].id) is None
    with world.owner() as session:
        facts = session.scalars(select(AuditEntry.facts).where(AuditEntry.act == "PartnerEdited")).one()
    assert facts["after"] == {"manager": CARLA}, "the log names the person, not a key"


@pytest.mark.parametrize("email", ["olga@sommer.example", "nobody@nordlicht.example"])
def test_only_ones_own_people_can_be_chosen(pages: Pages, world: World, email: str) -> None:
    assert choose(pages.as_("carla"), world, email) == 422
    assert manager_of(world) is None


def test_a_phone_is_checked_and_only_staff_have_the_field(pages: Pages) -> None:
    seen = pages.as_("carla").post("/account", {"name": "Carla", "language": "de", "region": "de_DE", "phone": "12"})
    assert seen.status == 422
    assert seen.one("#phone")["aria-invalid"] == "true"
    assert not pages.as_("olga").get("/account").soup.select("#phone")


def test_mine_and_nobodys_in_the_list(pages: Pages, world: World) -> None:
    carla = pages.as_("carla")
    choose(carla, world, CARLA)
    for word, found in (("mine", ["Sommer"]), ("none", ["Küste", "Winter"])):
        listed = carla.get(f"/cpo/partners?manager={word}")
        assert [a.get_text() for a in listed.soup.select("#partners tbody th a")] == found
    assert "empty-state" in pages.as_("fiona").get("/cpo/partners?manager=mine").text


def test_a_role_that_ended_is_said_on_general_and_in_today_and_no_more_to_the_partner(pages: Pages, world: World) -> None:
    carla = pages.as_("carla")
    assert choose(carla, world, "aylin@nordlicht.example") == 303
    assert "managers" not in carla.get("/cpo/").text
    end_role(world, "aylin")
    assert carla.get("/cpo/").one("#need-managers").get_text().count("Sommer") >= 1
    assert "hat bei uns keine Rolle mehr" in carla.get(f"/cpo/partners/{code(world)}").words
    assert "Aylin" not in pages.as_("olga").get(f"/partner/{code(world)}/settings").words
    assert choose(carla, world, "aylin@nordlicht.example") == 303, "who is chosen already can stay while other fields change"
    assert choose(carla, world, CARLA) == 303
    assert not carla.get("/cpo/").soup.select("#need-managers")


def test_answers_to_mails_of_the_partners_people_go_to_the_account_manager(pages: Pages, world: World) -> None:
    choose(pages.as_("carla"), world, CARLA)
    sommer, winter = world.cast.partners["sommer"], world.cast.partners["winter"]
    with world.owner() as session:
        session.add(
            Contact(id=uuid7(), operator_id=sommer.operator_id, partner_id=sommer.id, kind="billing", person="B", email="b@s.example")
        )
    with world.work(world.system()) as work:
        assert reply_address(work.session, sommer.id, "B@S.example") == CARLA
        assert reply_address(work.session, sommer.id, "olga@sommer.example") == CARLA
        assert reply_address(work.session, sommer.id, "driver@home.example") is None, "a driver's mail is not the partner's"
        assert reply_address(work.session, winter.id, "willi@winter.example") is None
        assert reply_address(work.session, None, "olga@sommer.example") is None
    end_role(world, "carla")
    with world.work(world.system()) as work:
        assert reply_address(work.session, sommer.id, "b@s.example") is None


def test_a_draft_of_a_statement_keeps_a_partner_open_with_a_link_to_it(pages: Pages, world: World) -> None:
    winter = world.cast.partners["winter"]
    with world.owner() as session:
        session.execute(update(Assignment).where(Assignment.partner_id == winter.id).values(valid_until=date(2026, 9, 1)))
        session.execute(update(ContractVersion).where(ContractVersion.partner_id == winter.id).values(last_month=date(2026, 8, 1)))
        sums = dict.fromkeys(
            ("accrued_minor", "collected_minor", "awaited_minor", "expenses_minor", "payout_net_minor", "payout_gross_minor"), 0
        )
        session.add(
            Statement(
                id=uuid7(), operator_id=winter.operator_id, partner_id=winter.id, code="M-DRAFT1", month=date(2026, 9, 1), currency="EUR",
                time_zone="Europe/Berlin", input={}, answer={}, input_hash="x", answer_hash="x", calc_version="1",
                built_at=NOW, built_name="Fiona", **sums,
            )
        )  # fmt: skip
    seen = pages.as_("carla").post(f"/cpo/partners/{winter.code}/close", {"reason": "Ende"})
    assert seen.status == 422
    assert "/cpo/statements/M-DRAFT1" in [a["href"] for a in seen.soup.select(".callout a")]
    with world.owner() as session:
        assert session.get_one(Partner, winter.id).state == "active"
        assert session.scalars(select(User).where(User.email == CARLA)).one().phone == ""
