"""Every part of the web kit on pages of its own, for screenshots, accessibility checks and the content policy. Only in tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from flask import Blueprint
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField

from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Unavailable
from app.kernel.periods import Month
from app.money.amount import Money
from app.web.fields import DayField, LocalTimeField, MoneyField, MonthField, PctField, RateField
from app.web.forms import OneTimeForm, optional, required
from app.web.pages import fragment, go, page
from app.web.signin import enter_cpo

bp = Blueprint("gallery", __name__, url_prefix="/gallery", template_folder="templates")
AT = datetime(2026, 10, 14, 12, 5, tzinfo=UTC)
STATES = ["Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Reserved", "Unavailable", "Faulted", "Offline", "New"]


class GalleryForm(OneTimeForm):
    """One field of each kind."""

    name = StringField("Name", [required()])
    note = TextAreaField("Notes", [optional()])
    kind = SelectField("Kind", choices=[("host", "Site host"), ("company", "Company")])
    hold = MoneyField("Card hold", [required()], currency="EUR")
    energy = RateField("Price per kWh", [required()], per="kwh")
    share = PctField("Share of AC", [optional()])
    first = MonthField("First month", [optional()])
    signed = DayField("Signed on", [optional()])
    starts = LocalTimeField("Valid from", [optional()], zone_name="Europe/Berlin")
    exclude = BooleanField("Exclude connection fee")
    who = RadioField("Who pays", choices=[("driver", "The driver"), ("company", "The company")], default="driver")


#: pages that other topics bring, so that the rail is full here too
RAIL = "partners contracts locations charge-points tariffs sessions held settlement documents audit staff mail jobs search".split()


def furnish(app: Any) -> None:
    """Register the gallery and, where they are missing, empty pages for every entry of the rail."""
    app.register_blueprint(bp)
    for path in ("", *RAIL):
        app.add_url_rule(f"/cpo/{path}", f"gallery_rail_{path}", lambda: "", methods=["GET"])


@bp.before_request
def guard() -> Any:
    return enter_cpo()


@bp.get("/parts")
def parts() -> Any:
    return page("gallery/parts.html", states=STATES, at=AT)


@bp.get("/list")
def listing() -> Any:
    rows = [{"label": f"NL-{417 + n:04d}/{1 + n % 2}", "place": "Café Sommer, Marktplatz", "state": STATES[n % 11], "wh": 28640 + n * 731, "minor": 1403 + n} for n in range(14)]
    return page("gallery/list.html", rows=rows, at=AT)


@bp.route("/form", methods=["GET", "POST"])
def form() -> Any:
    made = GalleryForm(
        data={"name": "Sommer", "hold": Money(4500, "EUR"), "energy": Decimal("0.49"), "share": Decimal(60), "first": Month(2026, 11), "signed": date(2026, 10, 14), "starts": AT}
    )
    if made.is_submitted():
        if not made.validate():
            return page("gallery/form.html", part="gallery/_form.html", form=made, status=422)
        return go("gallery.form", note="saved")
    return page("gallery/form.html", form=made)


@bp.get("/charts")
def charts() -> Any:
    return page("gallery/charts.html", month=date(2026, 10, 1), at=AT)


@bp.get("/refuse/<kind>")
def refuse(kind: str) -> Any:
    raise {
        "403": NotAllowed(permission="contract.edit"),
        "404": NotFound(),
        "409": Conflict("changed_meanwhile"),
        "422": Invalid("out_of_range", field="price"),
        "503": Unavailable("unavailable"),
        "500": RuntimeError("planned"),
    }[kind]


@bp.get("/piece")
def piece() -> Any:
    return fragment("gallery/_piece.html")
