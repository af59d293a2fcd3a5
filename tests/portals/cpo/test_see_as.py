"""See as partner (ux 1.7): the true pages in a frame; whatever would change something is refused, by guard, gate and database."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError

from app.access.permissions import Permission
from app.demo import builders as make
from app.domain.contracts.seeing import Eyes, load_preview
from app.domain.people.contacting import save_contact
from app.domain.people.rows import ContactInput
from app.kernel.errors import NotAllowed
from tests.cast import World
from tests.pages import Pages, Visitor
from tests.portals.network_places import in_motion

FRAME = ".preview-bar"


def see(pages: Pages, who: str, role: str, account: str = "sommer") -> tuple[Visitor, str]:
    """Somebody of the staff who has begun to look, and the address of the portal."""
    staff, code = pages.as_(who), pages.world.cast.partners[account].code
    seen = staff.post(f"/cpo/partners/{code}/see-as", {"role": role})
    assert (seen.status, seen.location) == (303, f"/partner/{code}/"), seen.words
    return staff, f"/partner/{code}"


def test_the_frame_is_on_every_page_until_it_is_ended(pages: Pages, world: World) -> None:
    aylin, base = see(pages, "aylin", "manager")
    for page in ("/", "/charge-points", "/charge-points/NL-0417", "/contract", "/settings", "/sessions"):
        seen = aylin.get(base + page)
        assert seen.status == 200
        bar = " ".join(seen.one(FRAME).get_text(" ").split())
        assert bar.startswith("Sie sehen, was Sommer · Leiter/in sieht. Hier lässt sich nichts ändern.")
    assert aylin.get(f"/partner/{world.cast.partners['winter'].code}/").status == 404, "only the account that was chosen"
    assert not aylin.get("/cpo/partners").soup.select(FRAME)
    ended = aylin.post("/cpo/see-as/end")
    assert ended.location == f"/cpo/partners/{world.cast.partners['sommer'].code}"
    assert aylin.get(base + "/").status == 404
    history = pages.as_("olga").get(base + "/history").words
    assert "Der Betreiber hat begonnen, das Portal wie der Standortpartner zu sehen" in history
    assert "Der Betreiber hat die Vorschau beendet" in history
    with world.owner() as session:
        rows = session.execute(
            text("select act, actor_name, on_behalf_of, facts ->> 'role' from audit_entry where act like 'Preview%' order by at, id")
        )
        name = world.cast.people["aylin"].name
        assert [tuple(row) for row in rows] == [("PreviewStarted", name, "Sommer", "manager"), ("PreviewEnded", name, "Sommer", "manager")]


def test_half_an_hour_and_it_is_over(pages: Pages, world: World) -> None:
    carla, base = see(pages, "carla", "owner")
    world.clock.move(minutes=29)
    assert carla.get(base + "/").status == 200
    world.clock.move(minutes=1)
    seen = carla.get(base + "/")
    assert (seen.status, seen.location) == (303, f"/cpo/partners/{world.cast.partners['sommer'].code}")
    assert carla.get(base + "/").status == 404
    with world.owner() as session:
        assert session.scalar(text("select count(*) from audit_entry where act = 'PreviewEnded'")) == 1


def test_every_post_of_the_portal_is_refused(pages: Pages, world: World) -> None:
    anke, _base = see(pages, "anke", "owner")
    code = world.cast.partners["sommer"].code
    walked = []
    for rule in pages.app.url_map.iter_rules():
        if not rule.endpoint.startswith("partner.") or "POST" not in (rule.methods or ()):
            continue
        values = {name: _value(rule, name, code) for name in rule.arguments}
        path = pages.app.url_map.bind("localhost").build(rule.endpoint, values, method="POST")
        seen = anke.post(path)
        assert (seen.status, path) == (403, path)
        assert "Dies ist eine Vorschau. Hier lässt sich nichts ändern." in seen.words or "Vorschau: Sommer" in seen.words
        walked.append(path)
    assert len(walked) > 25


def _value(rule: object, name: str, code: str) -> object:
    if name == "partner_code":
        return code
    converter = rule._converters[name]  # type: ignore[attr-defined]
    kind = type(converter).__name__
    if kind == "AnyConverter":
        return min(converter.items)
    return {"UUIDConverter": uuid4(), "IntegerConverter": 1}.get(kind, "NL-0417")


def test_granted_commands_are_shown_and_refused_with_the_reason(pages: Pages, world: World) -> None:
    with world.owner() as session:
        granted = [Permission.COMMAND_UNLOCK.value, Permission.COMMAND_STOP.value]
        session.execute(text("set local session_replication_role = replica"))
        session.execute(
            text("update contract_version set permissions = :granted where id = :id"),
            {"granted": granted, "id": world.cast.contracts["sommer"].id},
        )
    in_motion(world)
    aylin, base = see(pages, "aylin", "manager")
    words = aylin.get(f"{base}/charge-points/NL-0417/commands")
    links = {str(a["href"]).rpartition("/")[2].partition("?")[0] for a in words.soup.select("#main a[href*='/commands/']")}
    posts = {str(f["action"]).rpartition("/")[2].partition("?")[0] for f in words.soup.select("#main form[action*='/commands/']")}
    assert links | posts >= {"unlock"}
    assert not (links | posts) & {"reset_soft", "availability_on", "trigger_status"}
    could = aylin.get(f"{base}/charge-points/NL-0417/commands/unlock?evse=1")
    assert could.status == 403
    assert "Vorschau: Sommer · Leiter/in könnte das tun." in could.words
    not_granted = aylin.get(f"{base}/charge-points/NL-0417/commands/reset_soft")
    assert "könnte das nicht tun, weil der Vertrag die Berechtigung „Ladestation neu starten“ nicht gibt." in not_granted.words
    aylin, base = see(pages, "aylin", "viewer")
    role = aylin.get(f"{base}/charge-points/NL-0417/commands/unlock?evse=1")
    assert "könnte das nicht tun, weil die Rolle die Berechtigung nicht hat." in role.words


def test_gate_and_database_refuse_by_themselves(world: World) -> None:
    code = world.cast.partners["sommer"].code
    with world.room.session(world.actor("carla")) as work:
        actor, _account = load_preview(
            work.session, world.cast.people["carla"].id, Eyes(code, "owner"), operator_id=world.cast.operator.id, now=world.clock(),
            address=None,
        )  # fmt: skip
    with world.owner() as session:
        make.contract(session, world.cast.partners["kueste"], date(2026, 8, 1), world.clock())
    with world.tenant(actor) as session:
        seen = session.scalars(text("select distinct partner_id from contract_version")).all()
        assert seen == [world.cast.partners["sommer"].id], "nothing of the level above"
    with pytest.raises(NotAllowed, match="preview_could"), world.work(actor) as work:
        work.require(Permission.CONTACT_EDIT, partner_id=world.cast.partners["sommer"].id)
    with pytest.raises(NotAllowed, match="preview_role"), world.work(actor) as work:
        work.require(Permission.CONTRACT_APPROVE, partner_id=world.cast.partners["sommer"].id)
    with pytest.raises(InternalError, match="read-only transaction"), world.work(actor) as work:
        save_contact(work, code, "technical", ContactInput("Tina", "tina@sommer.example"))
    with pytest.raises(InternalError, match="read-only transaction"), world.work(actor) as work:
        work.session.execute(text("update contact set person = 'Niemand'"))
    with pytest.raises(InternalError, match="read-only transaction"), world.work(actor) as work:
        work.later("documents.statement")


def test_who_may_look_and_as_whom(pages: Pages, world: World) -> None:
    sommer, kueste = (world.cast.partners[name].code for name in ("sommer", "kueste"))
    for who in ("fiona", "theo"):
        assert pages.as_(who).post(f"/cpo/partners/{sommer}/see-as", {"role": "viewer"}).status == 403
    carla = pages.as_("carla")
    assert carla.post(f"/cpo/partners/{sommer}/see-as", {"role": "admin"}).status == 422
    assert carla.post(f"/cpo/partners/{sommer}/see-as", {"role": "sub_operator"}).status == 422, "Sommer looks after nobody"
    assert carla.post(f"/cpo/partners/{kueste}/see-as", {"role": "sub_operator"}).status == 303
    assert "Sommer" in carla.get(f"/partner/{kueste}/partners").words
    carla.post(f"/cpo/partners/{sommer}/pause", {"reason": "Umbau"})
    assert carla.post(f"/cpo/partners/{sommer}/see-as", {"role": "owner"}).status == 422, "its people cannot sign in either"


def test_a_technician_seen_sees_no_amounts(pages: Pages, world: World) -> None:
    carla, base = see(pages, "carla", "partner_technician")
    assert carla.get(base + "/charge-points").status == 200
    assert carla.get(base + "/statements").status == 403
    assert carla.get(base + "/settings/bank").status == 403
    assert pages.as_("olga").get(base + "/").soup.select(FRAME) == []


def see_through(pages: Pages, who: str, **eyes: str) -> tuple[Visitor, str]:
    """Somebody of the staff who looks through these eyes at Sommer, and the address of the portal."""
    staff, code = pages.as_(who), pages.world.cast.partners["sommer"].code
    seen = staff.post(f"/cpo/partners/{code}/see-as", eyes)
    assert (seen.status, seen.location) == (303, f"/partner/{code}/"), seen.words
    return staff, f"/partner/{code}"


def test_a_person_is_shown_with_role_and_sites(pages: Pages, world: World) -> None:
    moritz, code = world.cast.people["moritz"], world.cast.partners["sommer"].code
    with world.owner() as session:
        site = session.scalar(text("select location_id from station where label = 'NL-0450'"))
        session.execute(
            text("update membership set location_ids = array[cast(:s as uuid)] where user_id = :u"), {"s": site, "u": moritz.id}
        )
    people = pages.as_("aylin").get(f"/cpo/partners/{code}/people")
    assert [a["href"] for a in people.soup.select("a[href*='see-as?person=']") if str(moritz.id) in str(a["href"])]
    asked = pages.as_("aylin").get(f"/cpo/partners/{code}/see-as?person={moritz.id}")
    assert asked.one("#person option[selected]")["value"] == str(moritz.id)
    aylin, base = see_through(pages, "aylin", person=str(moritz.id))
    points = aylin.get(f"{base}/charge-points")
    assert f"Sommer · {moritz.name} (Leiter/in) sieht" in " ".join(points.one(FRAME).get_text(" ").split())
    own = pages.as_("moritz").get(f"{base}/charge-points")
    labels = [{a.get_text() for a in seen.soup.select("#main tbody th a")} for seen in (points, own)]
    assert labels[0] == labels[1] != set()
    could = aylin.post(f"{base}/tariff-groups/people", {})
    assert could.status == 403
    assert f"Vorschau: Sommer · {moritz.name} könnte das" in could.words
    aylin.post("/cpo/see-as/end")
    history = pages.as_("olga").get(f"{base}/history").words
    assert f"{moritz.name} (Leiter/in)" in history
    # somebody of another account is nobody here
    willi = str(world.cast.people["willi"].id)
    refused = pages.as_("aylin").post(f"/cpo/partners/{code}/see-as", {"person": willi})
    assert (refused.status, [a["href"] for a in refused.soup.select("#problem-summary a")]) == (422, ["#person"])
    with world.owner() as session:
        session.execute(text("update user_account set disabled_at = now() where id = :u"), {"u": moritz.id})
    assert pages.as_("aylin").post(f"/cpo/partners/{code}/see-as", {"person": str(moritz.id)}).status == 422, "he cannot sign in either"


def test_a_past_instant_rules_rights_contracts_and_prices(pages: Pages, world: World) -> None:
    """From October Sommer's people may unlock; AC gives 70 % until September and 80 % from October."""
    sommer, code = world.cast.contracts["sommer"], world.cast.partners["sommer"].code
    with world.owner() as session:
        session.execute(text("set local session_replication_role = replica"))
        session.execute(
            text("update contract_version set ac_pct = 70, permissions = '{}', last_month = '2026-09-01' where id = :id"), {"id": sommer.id}
        )
        session.execute(
            text(
                """insert into contract_version select (jsonb_populate_record(v, jsonb_build_object('id', gen_random_uuid(), 'number', 2,
                'first_month', '2026-10-01', 'last_month', null, 'ac_pct', 81, 'permissions', array['command.unlock']))).*
                from contract_version v where v.id = :id"""
            ),
            {"id": sommer.id},
        )
    carla, base = see_through(pages, "carla", role="owner", at="2026-09-20T12:00")
    then = carla.get(f"{base}/contract")
    assert "Stand vom 20.09.2026" in then.one(FRAME).get_text(" ")
    assert "70" in then.words
    assert not then.soup.select("#live"), "nothing of today moves on a page of then"
    could = carla.get(f"{base}/charge-points/NL-0417/commands/unlock?evse=1")
    assert "könnte das nicht tun, weil der Vertrag die Berechtigung „Stecker entriegeln“ nicht gibt." in could.words
    today = carla.get(f"{base}/charge-points/NL-0417")
    bar = " ".join(today.one(FRAME).get_text(" ").split())
    assert "diese Seite kann nicht zurückgehen und zeigt heute" in bar
    way = str(today.one(f"{FRAME} a")["href"])
    assert way.startswith(f"{base}/time-machine?what=NL-0417&at=2026-09-20T10:00")
    assert carla.get(way).status == 200
    for kind in ("prices", "tariff-groups", "electricity-rates"):
        assert "Stand vom 20.09.2026" in carla.get(f"{base}/{kind}").one(FRAME).get_text(" ")
    carla, base = see_through(pages, "carla", role="owner", at="2026-10-10T12:00")
    assert "Vorschau: Sommer · Inhaber/in könnte das tun." in carla.get(f"{base}/charge-points/NL-0417/commands/unlock?evse=1").words
    early = carla.post(f"/cpo/partners/{code}/see-as", {"role": "owner", "at": "2027-01-01T00:00"})
    assert (early.status, [a["href"] for a in early.soup.select("#problem-summary a")]) == (422, ["#at"])
    carla.post("/cpo/see-as/end")
    assert "Stand vom 20.09.2026" in pages.as_("olga").get(f"{base}/history").words
