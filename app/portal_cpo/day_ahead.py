"""Exchange prices that tariffs follow: what is known of each market area, and their import as CSV."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import request
from markupsafe import Markup
from wtforms import SelectField, StringField
from wtforms.validators import Length

from app.access.permissions import Permission
from app.domain.tariffs.curves import MarketRow, curve_between, home_zone, markets
from app.domain.tariffs.curves_import import CurveInput, CurveReport, check_curve, curve_lines, import_curve
from app.kernel.errors import Invalid
from app.kernel.periods import day_start, local_date, zone
from app.portal_cpo import bp
from app.text import format as fmt
from app.text.charts import price_steps
from app.text.words import gettext as _
from app.text.words import lazy as _l
from app.web.bodies import takes_files
from app.web.forms import required
from app.web.pages import go, page
from app.web.sheet_pages import SheetForm, told
from app.web.signin import current_work
from app.work.unit import Work

#: the day of the exchange
home = "Europe/Berlin"


class CurveForm(SheetForm):
    """Which market, and its prices as CSV."""

    market = StringField(_l("Market area"), [required(), Length(max=20)])
    currency = StringField(_l("Currency"), [required(), Length(min=3, max=3)], default="EUR")
    per = SelectField(_l("Prices are per"), choices=[("mwh", "MWh"), ("kwh", "kWh")])
    minutes = SelectField(_l("A line without an end counts for"), choices=[("60", "60 min"), ("30", "30 min"), ("15", "15 min")])

    def to_input(self) -> CurveInput:
        """The file as it came."""
        return CurveInput(
            market=(self.market.data or "").strip(),
            currency=(self.currency.data or "").strip().upper(),
            per=self.per.data or "",
            minutes=int(self.minutes.data or 0),
            lines=curve_lines(self.sheet()),
        )


@bp.get("/day-ahead")
def day_ahead() -> Any:
    """Every market area, with today and tomorrow drawn."""
    return _page(CurveForm(formdata=None), None, 200)


@bp.post("/day-ahead", endpoint="day_ahead_import")
@takes_files
def day_ahead_send() -> Any:
    """Check a file, or store it."""
    work, form = current_work(), CurveForm()
    work.require(Permission.CURVE_IMPORT)
    if not form.validate():
        return _page(form, None, 422)
    storing = request.form.get("step") == "import"
    try:
        report = import_curve(work, form.to_input()) if storing else check_curve(work, form.to_input())
    except Invalid as refusal:
        return _page(form.refuse(refusal), None, 422)
    if storing and not report.problems:
        return go("cpo.day_ahead", note="curve-imported")
    return _page(form, report, 422 if report.problems else 200)


def _page(form: CurveForm, report: CurveReport | None, status: int) -> Any:
    work = current_work()
    found, home = markets(work), home_zone(work)
    drawn = {row.market: _drawn(work, row, home) for row in found[:6]}
    problems = told(report.problems) if report else []
    return page("cpo/day_ahead/index.html", status=status, form=form, markets=found, drawn=drawn, report=report, told=problems, zone=home)


def _drawn(work: Work, row: MarketRow, home: str) -> list[Markup]:
    """Today and tomorrow as far as they are known, per kWh without VAT."""
    pictures = []
    for days in (0, 1):
        day = local_date(work.now, home) + timedelta(days=days)
        start, end = day_start(day, home), day_start(day + timedelta(days=1), home)
        points = [p for p in curve_between(work.session, work.operator_id, row.market, row.currency, start, end) if start <= p.start]
        if not points:
            continue
        steps: list[tuple[int, Decimal]] = []
        for point in points:
            local = point.start.astimezone(zone(home))
            minute = local.hour * 60 + local.minute
            # an hour that comes twice has the lower price, as in prices
            if steps and steps[-1][0] >= minute:
                steps = [(m, min(p, point.per_kwh) if m == minute else p) for m, p in steps]
            else:
                steps.append((minute, point.per_kwh))
        title = _("%(market)s on %(day)s, per kWh without VAT", market=row.market, day=fmt.day(day))
        shown = price_steps(title, [(m, max(p, Decimal(0))) for m, p in steps], lambda p: fmt.price(p, row.currency, "kwh"))
        pictures.append(shown.html(f"curve-{row.market}-{days}", as_table=_("As a table")))
    return pictures
