"""What happens in the network: live facts (states, contact, commands) and audited changes (sites, charge points, keys)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self
from uuid import UUID

from app.domain.network.rows import CommandRow, ConnectorRow, StationRow
from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ConnectorChanged(Event):
    """A connector's state, power or session changed. Facts: the whole row of the card."""

    audited: ClassVar[bool] = False
    live: ClassVar[bool] = True
    row: ConnectorRow

    @classmethod
    def of(cls, row: ConnectorRow) -> Self:
        """The event about that row."""
        return cls(operator_id=row.operator_id, partner_id=row.partner_id, subject=("connector", row.connector_id), row=row)

    def facts(self) -> dict[str, Any]:
        """The row itself."""
        return self.row.to_facts()


@dataclass(frozen=True, kw_only=True)
class StationChanged(Event):
    """A charge point connected, went, or said something after a while. Facts: the row of its page's head."""

    audited: ClassVar[bool] = False
    live: ClassVar[bool] = True
    row: StationRow

    @classmethod
    def of(cls, row: StationRow) -> Self:
        """The event about that row."""
        return cls(operator_id=row.operator_id, partner_id=row.partner_id, subject=("station", row.station_id), row=row)

    def facts(self) -> dict[str, Any]:
        """The row itself."""
        return self.row.to_facts()


@dataclass(frozen=True, kw_only=True)
class CommandChanged(Event):
    """A command was queued, sent or answered. Facts: the row of the log."""

    audited: ClassVar[bool] = False
    live: ClassVar[bool] = True
    row: CommandRow

    @classmethod
    def of(cls, row: CommandRow) -> Self:
        """The event about that row."""
        return cls(operator_id=row.operator_id, partner_id=row.partner_id, subject=("command", row.command_id), row=row)

    def facts(self) -> dict[str, Any]:
        """The row itself."""
        return self.row.to_facts()


@dataclass(frozen=True, kw_only=True)
class CommandWanted(Event):
    """Somebody wants a charge point to do something. Audited; after the commit it wakes the OCPP worker."""

    live: ClassVar[bool] = True
    command_id: UUID
    station_id: UUID
    station_label: str
    evse_number: int | None
    action: str
    params: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class LocationCreated(Event):
    """A new site."""

    code: str
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class LocationEdited(Event):
    """A site's data changed; ``before`` and ``after`` hold what differs."""

    code: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class StationRegistered(Event):
    """A new charge point may connect."""

    label: str
    identity: str
    location_code: str
    evses: list[str]


@dataclass(frozen=True, kw_only=True)
class EvsesAdded(Event):
    """More places to charge at one charge point."""

    label: str
    evses: list[str]


@dataclass(frozen=True, kw_only=True)
class StationKeyChanged(Event):
    """A new password was made; the old one works until the new one is first used."""

    label: str


@dataclass(frozen=True, kw_only=True)
class StationRetired(Event):
    """The charge point is out of use for good; its label and history stay."""

    label: str


@dataclass(frozen=True, kw_only=True)
class AccessSet(Event):
    """Who may charge at a charge point was changed, or whether drivers are shown it; groups by name."""

    label: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class LabelsWanted(Event):
    """A sheet of labels was asked for."""

    labels: list[str]
