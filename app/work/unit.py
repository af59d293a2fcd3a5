"""The unit of work: session, actor, now. It commits in one place, then live messages and job nudges leave.

``record`` writes the audit row in the same transaction and keeps the live message for after the commit; an event's class says which
of the two it wants. ``later`` writes a job into the outbox table. Nothing else in the house commits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.access import gate
from app.access.actor import Actor, Reach, system
from app.access.permissions import Permission
from app.kernel.clock import Clock
from app.kernel.events import Event, plain
from app.kernel.ids import uuid7
from app.live.bus import Bus
from app.live.messages import LiveMessage, message_of
from app.work.audit import AuditEntry
from app.work.jobs import Job, JobNudge, no_nudge

_TENANT = text(
    "select set_config('voltpact.operator', :operator, true), set_config('voltpact.partners', :partners, true), "
    "set_config('voltpact.user', :user, true), set_config('voltpact.sites', :sites, true)"
)

_READ_ONLY = text("set transaction read only")


@dataclass
class Work:
    """One actor doing one thing at one instant, inside one transaction."""

    session: Session
    actor: Actor
    now: datetime
    #: where the request came from; None: not from a browser
    address: str | None = None
    id: UUID = field(default_factory=uuid7)
    messages: list[LiveMessage] = field(default_factory=list)
    #: (id, name) of the jobs it asked for
    jobs: list[tuple[UUID, str]] = field(default_factory=list)

    @property
    def operator_id(self) -> UUID:
        """The tenant; asking without one is a bug."""
        if self.actor.operator_id is None:
            raise RuntimeError(f"{self.actor.name} acts for no operator")
        return self.actor.operator_id

    def as_house(self) -> Work:
        """The same unit of work for what follows from an allowed act (books, numbered papers): the house acts, for this actor.

        The audit rows keep the actor's name; the database still shows only the actor's tenant.
        """
        house = replace(system(self.operator_id), id=self.actor.id, partners=self.actor.partners, on_behalf_of=self.actor.name)
        return replace(self, actor=house)

    def require(self, permission: Permission, *, partner_id: UUID | None = None, location_id: UUID | None = None) -> None:
        """Refuse unless the actor holds the right for that partner account (None: the operator's own things)."""
        gate.require(self.actor, permission, partner_id, location_id)

    def can(self, permission: Permission, *, partner_id: UUID | None = None, location_id: UUID | None = None) -> bool:
        """The same question without refusing."""
        return gate.can(self.actor, permission, partner_id, location_id)

    def scope(self, permission: Permission) -> Reach:
        """For which partner accounts the actor holds the right; every query filters by it."""
        return gate.scope(self.actor, permission)

    def record(self, event: Event, *, topics: tuple[str, ...] = (), key: str | None = None) -> None:
        """Note a fact: audit row now, live message after commit, as the event's class says."""
        if event.audited:
            self.session.add(self._audit(event))
        if event.live:
            self.messages.append(message_of(event, topics, key))

    def _audit(self, event: Event) -> AuditEntry:
        kind, subject_id = event.subject or (None, None)
        return AuditEntry(
            operator_id=event.operator_id,
            partner_id=event.partner_id,
            at=self.now,
            act=event.name,
            actor_kind=self.actor.kind.value,
            actor_id=self.actor.id,
            actor_name=self.actor.name,
            on_behalf_of=self.actor.on_behalf_of,
            subject_kind=kind,
            subject_id=subject_id,
            facts=event.facts(),
            work_id=self.id,
            address=self.address,
        )

    def later(
        self, name: str, *, due_at: datetime | None = None, key: str | None = None, partner_id: UUID | None = None, **args: Any
    ) -> UUID:
        """Put a job into the outbox; with a ``key`` a repeated wish returns the first job's id. Arguments are ids and plain values."""
        values = {
            "id": uuid7(),
            "operator_id": self.actor.operator_id,
            "partner_id": partner_id,
            "name": name,
            "args": plain(args),
            "key": key,
            "state": "queued",
            "due_at": due_at or self.now,
            "created_at": self.now,
            "requested_by": self.actor.id,
            "attempts": 0,
            "done": 0,
        }
        job_id = self.session.scalar(insert(Job).values(values).on_conflict_do_nothing(index_elements=["key"]).returning(Job.id))
        if job_id is None:
            return UUID(str(self.session.scalar(text("select id from job where key = :key"), {"key": key})))
        self.jobs.append((job_id, name))
        return UUID(str(job_id))


def enter_tenant(session: Session, actor: Actor) -> None:
    """Tell row-level security, for this transaction, whose rows may be seen at all; in a preview the database refuses every write in it."""
    partners = _array(actor.partners) if isinstance(actor.partners, frozenset) else "*"
    sites = "*" if actor.locations is None else _array(actor.locations)
    values = {"operator": str(actor.operator_id or ""), "partners": partners, "user": str(actor.id or ""), "sites": sites}
    session.execute(_TENANT, values)
    if actor.seen_as is not None:
        session.execute(_READ_ONLY)


def _array(ids: frozenset[UUID]) -> str:
    return "{" + ",".join(sorted(map(str, ids))) + "}"


@dataclass(frozen=True)
class WorkRoom:
    """Where units of work are opened: engine sessions, clock, bus, nudge. Made once by each entrance's composition root."""

    sessions: Callable[[], Session]
    clock: Clock
    bus: Bus
    nudge: JobNudge = no_nudge

    @contextmanager
    def open(self, actor: Actor) -> Iterator[Work]:
        """One unit of work: commits when the block ends, rolls back when it raises, sends after the commit."""
        with self.session(actor) as work:
            yield work
            work.session.commit()
        self.send(work)

    @contextmanager
    def session(self, actor: Actor) -> Iterator[Work]:
        """A unit of work that nobody commits: the caller (the web's request frame) calls ``commit``."""
        with self.sessions() as session:
            enter_tenant(session, actor)
            yield Work(session, actor, self.clock())

    def commit(self, work: Work) -> None:
        """Commit, then send. The second and last place where a commit is written."""
        work.session.commit()
        self.send(work)

    def send(self, work: Work) -> None:
        """After the commit: live messages, then the nudge for jobs."""
        if work.messages:
            self.bus.publish(work.messages)
        if work.jobs:
            self.nudge(work.jobs)
