"""What people hand in about sites and charge points, as values; refuses what cannot be, naming the field."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from app.domain.network.labels import IDENTITY, LABEL
from app.kernel.errors import Invalid
from app.kernel.periods import zone

PLUGS = ("type2", "type2_cable", "ccs2", "chademo", "schuko")
MOST_EVSES = 16
#: what somebody is responsible for at a site, in the order of the page; and who that may be
DUTIES = ("price", "hours", "parking", "maintenance", "labels", "information")
ANSWERABLE = ("operator", "host", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationInput:
    """A site as somebody wants it."""

    name: str
    street: str
    postcode: str
    city: str
    country: str
    time_zone: str
    vat_pct: Decimal
    region: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    public: bool = True
    hours: str = "24/7"
    help_phone: str = ""
    max_w: int | None = None
    partner_code: str | None = None
    directions: str = ""
    #: duty -> ``who`` of ``ANSWERABLE`` and ``contact``; what nobody has said is left out
    duties: dict[str, dict[str, str]] = field(default_factory=dict)

    def check(self) -> None:
        """Refuse what cannot be a site."""
        for name in ("name", "street", "postcode", "city"):
            if not getattr(self, name).strip():
                raise Invalid("missing_member", field=name)
        if len(self.country) != 2 or not self.country.isalpha() or not self.country.isupper():
            raise Invalid("bad_value", field="country", value=self.country)
        zone(self.time_zone)
        if not 0 <= self.vat_pct < 100:
            raise Invalid("out_of_range", field="vat_pct")
        if (self.latitude is None) != (self.longitude is None):
            raise Invalid("missing_member", field="longitude" if self.longitude is None else "latitude")
        if self.latitude is not None and not -90 <= self.latitude <= 90:
            raise Invalid("out_of_range", field="latitude")
        if self.longitude is not None and not -180 <= self.longitude <= 180:
            raise Invalid("out_of_range", field="longitude")
        if self.max_w is not None and not 0 < self.max_w <= 50_000_000:
            raise Invalid("out_of_range", field="max_w")
        for name, duty in self.duties.items():
            if name not in DUTIES or duty["who"] not in ANSWERABLE:
                raise Invalid("bad_value", field=f"duty_{name}.who", value=duty["who"])
            if duty["who"] == "other" and not duty["contact"]:
                raise Invalid("missing_member", field=f"duty_{name}.contact")


@dataclass(frozen=True, slots=True)
class EvseInput:
    """A place to charge: AC or DC, watts, plug."""

    current: str
    max_w: int
    plug: str = "type2"

    def check(self, where: str) -> None:
        """Refuse what cannot be one; ``where`` is the field's path."""
        if self.current not in {"AC", "DC"}:
            raise Invalid("bad_value", field=f"{where}.current", value=self.current)
        if not 1_000 <= self.max_w <= 2_000_000:
            raise Invalid("out_of_range", field=f"{where}.max_w")
        if self.plug not in PLUGS:
            raise Invalid("bad_value", field=f"{where}.plug", value=self.plug)


@dataclass(frozen=True, slots=True, kw_only=True)
class StationInput:
    """A charge point to be registered: its label, how it calls itself (None: like its label), where it stands, its EVSEs."""

    label: str
    location_code: str
    identity: str | None = None
    vendor: str = ""
    model: str = ""
    serial: str = ""
    #: None: nobody knows
    card_terminal: bool | None = None
    evses: tuple[EvseInput, ...] = field(default=())

    def check(self) -> None:
        """Refuse what cannot be registered."""
        if not LABEL.fullmatch(self.label):
            raise Invalid("bad_label", field="label")
        if self.identity is not None and not IDENTITY.fullmatch(self.identity):
            raise Invalid("bad_identity", field="identity")
        check_evses(self.evses, 0)


def check_evses(wanted: tuple[EvseInput, ...], present: int) -> None:
    """Refuse none, too many, or one that cannot be."""
    if not wanted:
        raise Invalid("missing_member", field="evses")
    if present + len(wanted) > MOST_EVSES:
        raise Invalid("too_many_evses", field="evses", most=MOST_EVSES)
    for index, one in enumerate(wanted):
        one.check(f"evses.{index}")
