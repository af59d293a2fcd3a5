"""B4: several contacts of a kind, what they may order, the mail by which one confirms its address, and the last one that stays."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select, text

from app.domain.contracts.switches import save_features
from app.domain.people.features import Features
from app.domain.people.models import Contact, MailMessage
from app.tasks.people import ask_contact
from app.work.jobs import Job
from tests.cast import World
from tests.pages import Pages

IDA = {"person": "Ida Funk", "email": "ida@sommer.example", "language": "de", "orders": ["prices", "bank"]}


def tab(world: World, name: str = "sommer") -> str:
    return f"/cpo/partners/{world.cast.partners[name].code}/contacts"


def named(world: World, kind: str = "technical") -> list[Contact]:
    with world.owner() as session:
        mine = (Contact.partner_id == world.cast.partners["sommer"].id, Contact.kind == kind)
        return list(session.scalars(select(Contact).where(*mine).order_by(Contact.id)))


def mailed(world: World) -> str:
    """The path of the link in the mail that the waiting job writes."""
    with world.owner() as session:
        job = session.scalars(select(Job).where(Job.name == "people.ask_contact")).one()
        session.delete(job)
    with world.work(world.system()) as work:
        ask_contact(work, **job.args)
    with world.owner() as session:
        mail = session.scalars(select(MailMessage).order_by(MailMessage.id.desc())).first()
        assert mail is not None
        assert mail.is_secret
    found = re.search(r"(/contact/\S+)", mail.body_text)
    assert found is not None
    return found[1]


def test_another_contact_stands_beside_the_first_and_says_what_it_may_order(pages: Pages, world: World) -> None:
    carla = pages.as_("carla")
    assert carla.post(f"{tab(world)}/technical?of=new", IDA).status == 303
    assert [(c.person, c.orders) for c in named(world)] == [("Sommer Technik", []), ("Ida Funk", ["prices", "bank"])]
    seen = carla.get(tab(world)).one("#contact-technical").get_text(" ", strip=True)
    assert "Preise, Bankkonto" in " ".join(seen.split())
    twice = carla.post(f"{tab(world)}/technical?of=new", IDA | {"email": "IDA@sommer.example"})
    assert (twice.status, [a["href"] for a in twice.soup.select("#problem-summary a")]) == (422, ["#email"])
    odd = carla.post(f"{tab(world)}/technical?of=new", IDA | {"email": "eva@sommer.example", "orders": ["everything"]})
    assert (odd.status, [a["href"] for a in odd.soup.select("#problem-summary a")]) == (422, ["#orders"])
    assert len(named(world)) == 2
    assert carla.get(f"{tab(world, 'winter')}/technical?of={named(world)[0].id}").status == 404, "of another partner"
    assert carla.get(f"{tab(world)}/billing?of={named(world)[0].id}").status == 404, "of another kind"


def test_a_contact_confirms_its_address_once_without_signing_in(pages: Pages, world: World) -> None:
    olga, mine = pages.as_("olga"), f"/partner/{world.cast.partners['sommer'].code}/settings"
    first = named(world)[0]
    assert olga.post(f"{mine}/contacts/{first.id}/ask").status == 303
    assert olga.post(f"{mine}/contacts/{first.id}/ask").status == 303, "asked twice, and one job"
    link, nobody = mailed(world), pages.nobody()
    assert "noch keine Antwort" in olga.get(mine).words
    asked = nobody.get(link, headers={"Accept-Language": "de"})
    assert "Sommer hat Sie bei Nordlicht genannt" in asked.words
    assert "technik@sommer.example" in asked.words
    assert named(world)[0].confirmed_at is None, "looking confirms nothing"
    assert "Bestätigt." in nobody.post(link, headers={"Accept-Language": "de"}).words
    kept = named(world)[0]
    assert (kept.confirmed_at, kept.token_hash) == (world.clock(), None)
    assert (nobody.get(link).status, nobody.post(link).status) == (404, 404), "used"
    assert olga.post(f"{mine}/contacts/{first.id}/ask").status == 409
    changed = {"person": "Sommer Technik", "email": "technik2@sommer.example", "language": "de"}
    assert olga.post(f"{mine}/contacts/technical?of={first.id}", changed).status == 303
    assert named(world)[0].confirmed_at is None, "another address"
    with world.owner() as session:
        acts = list(session.scalars(text("select act || ' ' || actor_name from audit_entry where act like 'Contact%' order by at, id")))
    assert acts == ["ContactAsked Olga Sommer"] * 2 + ["ContactConfirmed Sommer Technik", "ContactSaved Olga Sommer"]


def test_an_old_link_and_one_that_was_replaced_are_void(pages: Pages, world: World) -> None:
    carla, first, nobody = pages.as_("carla"), named(world)[0], pages.nobody()
    carla.post(f"{tab(world)}/{first.id}/ask")
    old = mailed(world)
    world.clock.move(minutes=1)
    carla.post(f"{tab(world)}/{first.id}/ask")
    new = mailed(world)
    assert (nobody.get(old).status, nobody.get(new).status) == (404, 200)
    world.clock.set(world.clock() + timedelta(days=7))
    assert (nobody.get(new).status, nobody.post(new).status) == (410, 410)
    assert named(world)[0].confirmed_at is None


def test_the_only_receiver_of_messages_that_are_switched_on_stays(pages: Pages, world: World) -> None:
    with world.work("carla") as work:
        save_features(work, world.cast.partners["sommer"].code, Features(fault_mail=True), 0)
    carla, first = pages.as_("carla"), named(world)[0]
    refused = carla.post(f"{tab(world)}/{first.id}/remove")
    assert (refused.status, "Nennen Sie zuerst einen anderen dieser Art" in refused.words) == (409, True)
    carla.post(f"{tab(world)}/technical?of=new", IDA)
    assert "erhält keine Nachrichten dieses Kontos mehr" in carla.get(f"{tab(world)}/technical?of={first.id}").words
    assert carla.post(f"{tab(world)}/{first.id}/remove").status == 303
    assert [c.person for c in named(world)] == ["Ida Funk"]
    assert carla.post(f"{tab(world)}/{first.id}/remove").status == 404


def test_strangers_and_readers_change_no_contact(pages: Pages, world: World) -> None:
    first, mine = named(world)[0], f"/partner/{world.cast.partners['sommer'].code}/settings/contacts"
    for act in ("ask", "remove"):
        assert pages.as_("willi").post(f"{mine}/{first.id}/{act}").status == 404
        assert pages.as_("moritz").post(f"{mine}/{first.id}/{act}").status == 403
        assert pages.as_("fiona").post(f"{tab(world)}/{first.id}/{act}").status == 403
    assert named(world)[0].token_hash is None
