"""Creating and editing partners and contacts: success, refusal and the stranger in one set-up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.domain.people.actions import create_partner, edit_partner, set_partner_state
from app.domain.people.contacting import save_contact
from app.domain.people.models import Contact, Partner
from app.domain.people.queries import contacts, history, partner_by_code
from app.domain.people.rows import ContactInput, PartnerInput
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from app.live.messages import user_topic
from app.work.audit import AuditEntry
from tests.cast import World

BAKERY = PartnerInput(
    name="Bäckerei Lenz",
    legal_name="Lenz Backwaren GmbH",
    street="Lange Straße 9",
    postcode="23966",
    city="Wismar",
    country="de",
    vat_id="de 136 695 976",
    language="de",
    external_id="CRM-77",
)


def audit(world: World, act: str) -> list[AuditEntry]:
    with world.owner() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.act == act).order_by(AuditEntry.id)))


def test_a_new_partner_is_a_draft_with_checked_data(world: World) -> None:
    with world.work("carla") as work:
        made = create_partner(work, BAKERY)
    assert (made.state, made.country, made.vat_id, made.currency, made.version) == ("draft", "DE", "DE136695976", "EUR", 1)
    entry = audit(world, "PartnerCreated")[0]
    assert (entry.actor_name, entry.facts["partner_name"], entry.facts["after"]["vat_id"]) == (
        "Carla Möller",
        "Bäckerei Lenz",
        "DE136695976",
    )
    assert "parent_id" not in entry.facts["after"]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"name": "  "}, "missing", "name"),
        ({"name": "x" * 81}, "too_long", "name"),
        ({"country": "ZZ"}, "unknown_country", "country"),
        ({"vat_id": "DE136695977"}, "bad_vat_id", "vat_id"),
        ({"vat_id": "FR40303265045"}, "bad_vat_id", "vat_id"),
        ({"time_zone": "Europe/Kiel"}, "unknown_time_zone", "time_zone"),
        ({"currency": "XXX"}, "unknown_currency", "currency"),
        ({"language": "it"}, "unknown_choice", "language"),
        ({"kind": "friend"}, "unknown_choice", "kind"),
        ({"parent_code": "P-000000"}, "unknown_sub_operator", "parent_code"),
    ],
)
def test_bad_data_names_its_field_and_changes_nothing(world: World, change: dict[str, str], code: str, field: str) -> None:
    with pytest.raises(Invalid) as refusal, world.work("carla") as work:
        create_partner(work, replace(BAKERY, **change))
    assert (refusal.value.code, refusal.value.field) == (code, field)
    with world.owner() as session:
        assert session.scalars(select(Partner).where(Partner.city == "Wismar")).all() == []
    assert audit(world, "PartnerCreated") == []


def test_an_external_id_is_used_once_and_the_page_can_go_on(world: World) -> None:
    with world.work("carla") as work:
        create_partner(work, BAKERY)
        with pytest.raises(Invalid) as refusal:
            create_partner(work, replace(BAKERY, name="Zweite"))
        assert (refusal.value.code, refusal.value.field) == ("taken", "external_id")
        assert partner_by_code(work, world.cast.partners["sommer"].code).name == "Sommer"


@pytest.mark.parametrize("person", ["fiona", "theo", "aylin"])
def test_staff_without_the_right_may_not_create(world: World, person: str) -> None:
    with pytest.raises(NotAllowed), world.work(person) as work:
        create_partner(work, BAKERY)


def test_editing_keeps_what_was_before(world: World) -> None:
    sommer = world.cast.partners["sommer"].code
    with world.work("carla") as work:
        now = partner_by_code(work, sommer)
        row = edit_partner(work, sommer, as_input(world, sommer, city="Altona"), now.version)
    assert (row.city, row.version) == ("Altona", now.version + 1)
    facts = audit(world, "PartnerEdited")[0].facts
    assert (facts["before"], facts["after"]) == ({"city": "Hamburg"}, {"city": "Altona"})


def test_saving_what_stands_records_nothing(world: World) -> None:
    sommer = world.cast.partners["sommer"].code
    with world.work("carla") as work:
        edit_partner(work, sommer, as_input(world, sommer), 1)
    assert audit(world, "PartnerEdited") == []


def test_two_at_once_get_a_comparison_and_nothing_is_lost(world: World) -> None:
    sommer = world.cast.partners["sommer"].code
    with world.work("carla") as work:
        edit_partner(work, sommer, as_input(world, sommer, city="Altona", street="Elbchaussee 1"), 1)
    with pytest.raises(Conflict) as refusal, world.work("conrad") as work:
        edit_partner(work, sommer, as_input(world, sommer, city="Wedel"), 1)
    assert refusal.value.params["by"] == "Carla Möller"
    assert refusal.value.params["version"] == 2
    assert refusal.value.params["fields"] == [
        {"name": "street", "before": "Marktplatz 3", "theirs": "Elbchaussee 1", "yours": "Marktplatz 3"},
        {"name": "city", "before": "Hamburg", "theirs": "Altona", "yours": "Wedel"},
    ]
    with world.work("conrad") as work:
        assert partner_by_code(work, sommer).city == "Altona"


def test_a_pause_in_between_is_no_conflict(world: World) -> None:
    sommer = world.cast.partners["sommer"].code
    with world.work("carla") as work:
        set_partner_state(work, sommer, "paused", "unpaid invoices")
    with world.work("conrad") as work:
        assert edit_partner(work, sommer, as_input(world, sommer, city="Wedel"), 1).city == "Wedel"


def test_pausing_needs_a_reason_and_tells_open_pages(world: World) -> None:
    sommer = world.cast.partners["sommer"].code
    with world.work("carla") as work:
        with pytest.raises(Invalid) as refusal:
            set_partner_state(work, sommer, "paused")
        assert refusal.value.field == "reason"
        with pytest.raises(Conflict):
            set_partner_state(work, sommer, "closed", "by hand")
        assert set_partner_state(work, sommer, "paused", "unpaid invoices").state == "paused"
    moritz = user_topic(world.cast.people["moritz"].id)
    assert any(m.name == "AccessChanged" and moritz in m.topics for m in world.bus.messages)


def test_the_partner_itself_and_a_stranger_cannot_edit_general_data(world: World) -> None:
    sommer = world.cast.partners["sommer"].code
    with pytest.raises(NotAllowed), world.work("olga") as work:
        edit_partner(work, sommer, as_input(world, sommer, city="Altona"), 1)
    with pytest.raises(NotFound), world.work("willi") as work:
        edit_partner(work, sommer, BAKERY, 1)


def test_only_two_levels_of_sub_operators(world: World) -> None:
    kueste = world.cast.partners["kueste"].code
    with world.work("carla") as work:
        with pytest.raises(Invalid, match="two_levels"):
            create_partner(work, replace(BAKERY, kind="sub_operator", parent_code=kueste))
        with pytest.raises(Invalid, match="has_children"):
            edit_partner(work, kueste, as_input(world, kueste, kind="host"), 1)
        assert create_partner(work, replace(BAKERY, parent_code=kueste.lower())).parent_name == "Küste"


def test_staff_notes_are_not_for_the_partner(world: World) -> None:
    sommer = world.cast.partners["sommer"].code
    with world.work("carla") as work:
        edit_partner(work, sommer, as_input(world, sommer, staff_notes="pays late"), 1)
        assert partner_by_code(work, sommer).staff_notes == "pays late"
        assert [c.name for c in history(work, world.cast.partners["sommer"].id).rows[0].changes] == ["staff_notes"]
    with world.work("olga") as work:
        assert partner_by_code(work, sommer).staff_notes == ""
        assert [c.name for row in history(work, world.cast.partners["sommer"].id).rows for c in row.changes] == []
    with world.work("willi") as work:
        assert history(work, world.cast.partners["sommer"].id).rows == []


def test_a_contact_is_saved_by_staff_and_owner_not_by_a_manager_or_stranger(world: World) -> None:
    sommer = world.cast.partners["sommer"]
    new = ContactInput(person="Ida Funk", email="ida@sommer.example", phone="0171 2345678", language="de", hours="Mo–Fr 8–16")
    with world.work("olga") as work:
        save_contact(work, sommer.code, "technical", new, contacts(work, sommer.id)["technical"][0].id)
        [kept] = contacts(work, sommer.id)["technical"]
    assert (kept.person, kept.phone) == ("Ida Funk", "+49 171 2345678")
    facts = audit(world, "ContactSaved")[0].facts
    assert facts["before"]["person"] == "Sommer Technik"
    assert facts["after"]["phone"] == "+49 171 2345678"
    with pytest.raises(NotAllowed), world.work("moritz") as work:
        save_contact(work, sommer.code, "technical", new)
    with pytest.raises(NotFound), world.work("willi") as work:
        save_contact(work, sommer.code, "technical", new)


@pytest.mark.parametrize(("change", "field"), [({"email": "ida@"}, "email"), ({"phone": "12"}, "phone"), ({"person": ""}, "person")])
def test_a_bad_contact_changes_nothing(world: World, change: dict[str, str], field: str) -> None:
    good = ContactInput(person="Ida Funk", email="ida@sommer.example")
    with pytest.raises(Invalid) as refusal, world.work("carla") as work:
        save_contact(work, world.cast.partners["kueste"].code, "billing", replace(good, **change))
    assert refusal.value.field == field
    with world.owner() as session:
        assert session.scalars(select(Contact).where(Contact.person == "Ida Funk")).all() == []


def as_input(world: World, code: str, **change: str) -> PartnerInput:
    """What the edit form would send for the partner as it was seeded."""
    p = next(p for p in world.cast.partners.values() if p.code == code)
    parent = next((q.code for q in world.cast.partners.values() if q.id == p.parent_id), "")
    values = {
        "name": p.name, "legal_name": p.legal_name, "street": p.street, "postcode": p.postcode, "city": p.city, "country": p.country,
        "kind": p.kind, "vat_id": p.vat_id or "", "language": p.language, "time_zone": p.time_zone, "currency": p.currency,
        "parent_code": parent,
    }  # fmt: skip
    return PartnerInput(**(values | change))
