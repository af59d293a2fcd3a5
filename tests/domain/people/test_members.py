"""Roles: who may give, change and end them, the last owner and administrator, limits to locations and networks."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from app.access.actor import NOBODY
from app.domain.people.invitations import invite, open_invitations, resend, withdraw
from app.domain.people.joining import accept_as_known, accept_as_new, decline, offer
from app.domain.people.members import change_member, end_member
from app.domain.people.models import MailMessage, Membership, User
from app.domain.people.queries import members, staff
from app.domain.people.rows import InviteInput, LimitsInput
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from app.live.messages import user_topic
from tests.cast import World

GOOD = "vier bunte Fische im Hafen"


def uta(role: str = "accountant", email: str = "Uta@sommer.example", *sites: UUID, networks: str = "") -> InviteInput:
    return InviteInput("Uta Neu", email, LimitsInput(role, tuple(sites), networks), "de")


def invited(world: World, who: str = "olga", account: str | None = "sommer", wanted: InviteInput | None = None) -> str:
    """Somebody of the cast invites Uta; the token of the mail."""
    tokens: list[str] = []
    with world.work(who) as work:
        code = world.cast.partners[account].code if account else None
        invite(work, code, wanted or uta(), lambda token: tokens.append(token) or f"https://x/{token}")  # type: ignore[func-returns-value]
    return tokens[0]


def membership(world: World, who: str) -> Membership:
    with world.owner() as session:
        return session.scalars(select(Membership).where(Membership.user_id == world.cast.people[who].id)).one()


def test_an_invitation_is_a_mail_in_the_receivers_language_and_a_token_kept_as_hash(world: World) -> None:
    token = invited(world)
    with world.owner() as session:
        mail = session.scalars(select(MailMessage)).one()
        assert (mail.to_address, mail.subject, mail.is_secret) == ("Uta@sommer.example", "Olga Sommer lädt Sie zu Sommer ein", True)
        assert f"https://x/{token}" in mail.body_text
        assert "Der Link gilt einmal, bis 21.10.2026" in mail.body_text
        assert token not in str([dict(row._mapping) for row in session.execute(select(*_columns()))])


def _columns() -> list[object]:
    from app.domain.people.models import Invitation

    return list(Invitation.__table__.columns)


def test_a_new_person_joins_with_the_role_offered_and_the_link_is_used_up(world: World) -> None:
    token = invited(world)
    with world.room.open(NOBODY) as work:
        row = accept_as_new(work, token, " Uta  Neumann ", GOOD)
    with world.work("olga") as work:
        found = next(m for m in members(work, world.cast.partners["sommer"].id) if m.user_id == row.user_id)
        assert (found.name, found.role, found.can_sign_in) == ("Uta Neumann", "accountant", True)
        assert open_invitations(work, world.cast.partners["sommer"].id) == []
    for again in (lambda w: accept_as_new(w, token, "x", GOOD), lambda w: decline(w, token), lambda w: offer(w, token)):
        with pytest.raises(Conflict, match="invitation_over"), world.room.open(NOBODY) as work:
            again(work)


def test_it_runs_out_after_seven_days_and_a_new_mail_makes_the_old_link_useless(world: World) -> None:
    token = invited(world)
    sommer, tokens = world.cast.partners["sommer"].id, list[str]()
    with world.work("olga") as work:
        resend(work, open_invitations(work, sommer)[0].id, lambda t: tokens.append(t) or t)  # type: ignore[func-returns-value]
    with pytest.raises(NotFound), world.room.open(NOBODY) as work:
        offer(work, token)
    world.clock.move(days=6, hours=23)
    with world.room.open(NOBODY) as work:
        assert offer(work, tokens[0]).account == "Sommer"
    world.clock.move(hours=1)
    with pytest.raises(Conflict, match="invitation_over"), world.room.open(NOBODY) as work:
        offer(work, tokens[0])
    assert invited(world), "an invitation that ran out makes room for a new one"


def test_withdrawn_and_declined_ones_are_over(world: World) -> None:
    token = invited(world)
    with world.work("carla") as work:
        withdraw(work, open_invitations(work, world.cast.partners["sommer"].id)[0].id)
    with pytest.raises(Conflict, match="invitation_over"), world.room.open(NOBODY) as work:
        offer(work, token)
    token = invited(world)
    with world.room.open(NOBODY) as work:
        assert decline(work, token) == "Sommer"
    with pytest.raises(Conflict, match="invitation_over"), world.room.open(NOBODY) as work:
        accept_as_new(work, token, "Uta", GOOD)


def test_only_the_person_of_the_address_may_accept(world: World) -> None:
    token = invited(world, "willi", "winter", uta("viewer", "OLGA@sommer.example"))
    with pytest.raises(NotAllowed, match="other_person_signed_in"), world.work("moritz") as work:
        accept_as_known(work, token, world.cast.people["moritz"].id)
    with world.work("olga") as work:
        accept_as_known(work, token, world.cast.people["olga"].id)
    with world.owner() as session:
        assert len(session.scalars(select(User).where(User.name == "Olga Sommer")).all()) == 1
        found = session.scalars(select(Membership).where(Membership.user_id == world.cast.people["olga"].id)).all()
        assert {m.partner_id for m in found} == {world.cast.partners["sommer"].id, world.cast.partners["winter"].id}


@pytest.mark.parametrize(
    ("wanted", "code", "field"),
    [
        (uta("admin"), "unknown_role", "role"),
        (uta("sub_operator"), "unknown_role", "role"),
        (uta("viewer", "olga@sommer.example"), "already_member", "email"),
        (uta("viewer", "uta"), "bad_email", "email"),
        (uta("viewer", networks="10.0.0.0/33"), "bad_network", "networks"),
        (uta("viewer", "u@x.example", UUID(int=7)), "unknown_location", "location_ids"),
    ],
)
def test_a_bad_invitation_names_its_field_and_sends_nothing(world: World, wanted: InviteInput, code: str, field: str) -> None:
    with pytest.raises(Invalid, match=code) as refusal:
        invited(world, "olga", "sommer", wanted)
    assert refusal.value.field == field
    with world.owner() as session:
        assert session.scalars(select(MailMessage)).all() == []


def test_nobody_is_invited_twice(world: World) -> None:
    invited(world)
    with pytest.raises(Invalid, match="already_invited"):
        invited(world, "carla", "sommer", uta("viewer", "uta@SOMMER.example"))


@pytest.mark.parametrize(
    ("who", "account", "role", "refusal"),
    [
        ("moritz", "sommer", "owner", NotAllowed),
        ("vera", "sommer", "viewer", NotFound),
        ("pia", "sommer", "viewer", NotAllowed),
        ("willi", "sommer", "viewer", NotFound),
        ("fiona", "sommer", "viewer", NotAllowed),
        ("carla", None, "finance", NotAllowed),
    ],
)
def test_who_may_not_invite(world: World, who: str, account: str | None, role: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        invited(world, who, account, uta(role))


def test_a_manager_changes_people_but_no_owners(world: World) -> None:
    with world.work("moritz") as work:
        change_member(work, membership(world, "vera").id, LimitsInput("accountant"))
    told = [topic for message in world.bus.messages if message.name == "AccessChanged" for topic in message.topics]
    assert user_topic(world.cast.people["vera"].id) in told
    for act in (
        lambda w: change_member(w, membership(world, "olga").id, LimitsInput("viewer")),
        lambda w: change_member(w, membership(world, "vera").id, LimitsInput("owner")),
        lambda w: end_member(w, membership(world, "olga").id),
    ):
        with pytest.raises(NotAllowed), world.work("moritz") as work:
            act(work)
    with pytest.raises(NotFound), world.work("willi") as work:
        end_member(work, membership(world, "vera").id)
    with pytest.raises(NotFound), world.work("olga") as work:
        end_member(work, membership(world, "fiona").id)


def test_the_last_owner_and_the_last_administrator_stay(world: World) -> None:
    for who, acting, code in (("olga", "carla", "last_owner"), ("anke", "anke", "last_admin")):
        with pytest.raises(Conflict, match=code), world.work(acting) as work:
            end_member(work, membership(world, who).id)
        role = "viewer" if who == "olga" else "finance"
        with pytest.raises(Conflict, match=code), world.work(acting) as work:
            change_member(work, membership(world, who).id, LimitsInput(role))
    with world.work("anke") as work:
        change_member(work, membership(world, "carla").id, LimitsInput("admin"))
        end_member(work, membership(world, "anke").id)
        assert "Anke Brandt" not in {m.name for m in staff(work)}


def test_limits_are_kept_in_one_form_and_a_limited_manager_gives_away_no_more(world: World) -> None:
    market = world.cast.locations["marktplatz"].id
    vera, moritz = membership(world, "vera").id, membership(world, "moritz").id
    with world.work("olga") as work:
        change_member(work, moritz, LimitsInput("manager", (market,), "203.0.113.7/24, 2001:db8::1"))
        row = next(m for m in members(work, world.cast.partners["sommer"].id) if m.id == moritz)
        assert (row.location_ids, row.networks) == ((market,), ("203.0.113.0/24", "2001:db8::1/128"))
        with pytest.raises(Invalid, match="unknown_location"):
            change_member(work, vera, LimitsInput("viewer", (world.cast.locations["hof"].id,)))
    for act in (lambda w: change_member(w, vera, LimitsInput("viewer")), lambda w: end_member(w, vera)):
        with pytest.raises(NotAllowed, match="only_own_locations"), world.work("moritz") as work:
            act(work)
    with pytest.raises(NotAllowed, match="only_own_locations"):
        invited(world, "moritz", "sommer", uta("viewer"))
    assert invited(world, "moritz", "sommer", uta("viewer", "u@x.example", market))
