"""Every part of the web kit on pages of its own, for screenshots, accessibility checks and the content policy. Only in tests."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField

from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Unavailable
from app.kernel.periods import Month
from app.money.amount import Money
from app.text import format as fmt
from app.text.charts import Bar, Line, Reading, Stretch, bars, day_strip, month_lines, power_curve, price_steps
from app.web.fields import DayField, LocalTimeField, MoneyField, MonthField, PctField, RateField
from app.web.forms import OneTimeForm, optional, required
from app.web.pages import fragment, go, page
from app.web.signin import enter_cpo

bp = Blueprint("gallery", __name__, url_prefix="/gallery", template_folder="templates")
AT = datetime(2026, 10, 14, 12, 5, tzinfo=UTC)
STATES = [
    "Available",
    "Preparing",
    "Charging",
    "SuspendedEV",
    "SuspendedEVSE",
    "Finishing",
    "Reserved",
    "Unavailable",
    "Faulted",
    "Offline",
    "New",
]


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


def quiet_stream(of: str) -> Response:
    """Streams are another process's and tested elsewhere: this one has nothing to say."""
    return Response(": ok\n\n", mimetype="text/event-stream")


def furnish(app: Any) -> None:
    """Register the gallery and, where they are missing, empty pages for every entry of the rail."""
    app.register_blueprint(bp)
    app.add_url_rule("/live/<path:of>", "gallery_quiet_stream", quiet_stream)
    for path in ("", *RAIL):
        app.add_url_rule(f"/cpo/{path}", f"gallery_rail_{path}", lambda: "", methods=["GET"])


@bp.before_request
def guard() -> Any:
    return enter_cpo()


@bp.get("/parts")
def parts() -> Any:
    return page("gallery/parts.html", states=STATES, at=AT)


@bp.get("/acts")
def acts() -> Any:
    return page("gallery/acts.html")


class Stream:
    """A stream that tests switch on and off."""

    open = True


@bp.get("/live")
def live() -> Any:
    return page("gallery/live.html")


@bp.get("/stream")
def stream() -> Any:
    if not Stream.open:
        return Response("away\n", 503)

    def messages() -> Any:
        for n in range(2, 200):
            yield f'data: <p id="value-1" hx-swap-oob="outerMorph"><b data-live-value>{n}</b></p>\n\n'
            for _ in range(10):
                time.sleep(0.05)
                if not Stream.open:
                    return

    return Response(messages(), mimetype="text/event-stream")


@bp.get("/list")
def listing() -> Any:
    rows = [
        {
            "label": f"NL-{417 + n:04d}/{1 + n % 2}",
            "place": "Café Sommer, Marktplatz",
            "state": STATES[n % 11],
            "wh": 28640 + n * 731,
            "minor": 1403 + n,
        }
        for n in range(14)
    ]
    return page("gallery/list.html", rows=rows, at=AT)


@bp.route("/form", methods=["GET", "POST"])
def form() -> Any:
    made = GalleryForm(
        data={
            "name": "Sommer",
            "hold": Money(4500, "EUR"),
            "energy": Decimal("0.49"),
            "share": Decimal(60),
            "first": Month(2026, 11),
            "signed": date(2026, 10, 14),
            "starts": AT,
        }
    )
    if made.is_submitted():
        if not made.validate():
            return page("gallery/form.html", part="gallery/_form.html", form=made, status=422)
        return go("gallery.form", note="saved")
    return page("gallery/form.html", form=made)


@bp.get("/charts")
def charts() -> Any:
    month = Month(2026, 10)
    now = [Decimal(n * n * 137 + n * 9100) for n in range(14)]
    lines = [
        Line("October", now),
        Line("September", [Decimal(n * 14200) for n in range(30)]),
        Line("Forecast", [None] * 13 + [now[-1] + Decimal(n * 15100) for n in range(18)], is_forecast=True),
    ]
    names = ["Café Sommer, Marktplatz", "Hotel Winter, Hof", "Stadtwerke Husum", "Parkhaus Nord"]
    sizes = [Bar(n, (4 - i) * 31250 + 777, fmt.money((4 - i) * 31250 + 777, "EUR")) for i, n in enumerate(names)]
    start = AT.replace(hour=0)
    stretches = [Stretch(start + timedelta(hours=2 * n), start + timedelta(hours=2 * n + 2), STATES[n % 11]) for n in range(-1, 12)]
    readings = [
        Reading(start + timedelta(minutes=5 * n), (11000 if n < 20 else max(0, 11000 - (n - 20) * 900)), n * 800) for n in range(36)
    ]
    pictures = [
        month_lines("October is 8% above September", month, lines, lambda v: fmt.money(int(v), "EUR")),
        bars("Marktplatz earns the most", sizes, head=("Location", "Gross")),
        day_strip(
            "NL-0417 was broken for two hours",
            date(2026, 10, 14),
            "Europe/Berlin",
            [("NL-0417/1", stretches), ("NL-0417/2", stretches[3:8])],
        ),
        power_curve("16.0 kWh in 1 h 40 min", readings, "Europe/Berlin", stretches[:4]),
        price_steps(
            "Nights are cheaper",
            [(0, Decimal("0.39")), (360, Decimal("0.49")), (1320, Decimal("0.39"))],
            lambda p: fmt.price(p, "EUR", "kwh"),
        ),
    ]
    return page("gallery/charts.html", pictures=[p.html(f"chart-{n}", as_table="As table") for n, p in enumerate(pictures)])


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
