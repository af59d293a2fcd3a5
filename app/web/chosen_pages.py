"""Acts on many charge points (B25), the same in both portals: choose, look at what would happen, send, follow; labels; prices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, request, url_for

from app.access.permissions import Permission
from app.documents.sheets.network import station_filter
from app.domain.network.commands import RIGHTS
from app.domain.network.many import TO_MANY, Choice, chosen, plan_of, require_somewhere, send_to_many, sent
from app.domain.network.stickers import stickers_of_stations, want_labels
from app.kernel.errors import Conflict, Invalid
from app.text.locales import current
from app.web.forms import BareForm
from app.web.pages import go, go_to, page
from app.web.shared_forms.chosen import ManyForm
from app.web.signin import current_account, current_work

#: charge points shown by line, and the most that an address hands to the page of prices
SHOWN, MOST_HANDED = 200, 200


def account_here() -> tuple[UUID, str] | None:
    """Key and code of the partner account in the address; None in the operator's portal."""
    account = current_account()
    return (account.partner_id, account.code) if account is not None and account.partner_id is not None else None


def _base() -> str:
    account = account_here()
    return f"/partner/{account[1]}" if account else "/cpo"


def choice_asked() -> Choice:
    """Which charge points the address names."""
    if request.args.get("all") == "yes":
        return Choice(narrowed=station_filter(request.args))
    return Choice(labels=tuple(dict.fromkeys(label.upper() for label in request.args.getlist("label"))))


def _asked() -> dict[str, Any]:
    """The choice as address arguments, to be taken along."""
    if request.args.get("all") == "yes":
        return {name: value for name in ("all", "q", "state", "location", "partner") if (value := request.args.get(name))}
    return {"label": request.args.getlist("label")}


def chosen_frame(**more: Any) -> dict[str, Any]:
    """What every page about a choice shows, in either portal."""
    portal = request.blueprint or "cpo"

    def to(name: str, **values: Any) -> str:
        return url_for(f"{portal}.{name}", **values)

    return {"layout": f"layouts/{portal}.html", "base": _base(), "to": to, "asked": _asked(), "now": current_work().now, **more}


def chosen_points() -> Any:
    """What was chosen, and what can be done with it."""
    work = current_work()
    require_somewhere(work, Permission.NETWORK_VIEW)
    lines = chosen(work, choice_asked())
    labels = [line.station.label for line in lines]
    handed = " ".join(labels) if len(labels) <= MOST_HANDED else None
    context = chosen_frame(lines=lines, shown=lines[:SHOWN], handed=handed, actions=TO_MANY, rights=RIGHTS, form=BareForm(formdata=None))
    return page("shared/network/chosen.html", **context)


def _ask(action: str, form: ManyForm, status: int = 200) -> Any:
    plan = plan_of(current_work(), choice_asked(), action)
    form.mark.process_data(plan.mark)
    return page("shared/network/chosen_ask.html", status=status, **chosen_frame(plan=plan, form=form))


def chosen_question(action: str) -> Any:
    """Asks before a command goes to many: who gets it, who not and why."""
    require_somewhere(current_work(), RIGHTS[action])
    return _ask(action, ManyForm(formdata=None))


def chosen_send(action: str) -> Any:
    """Send it; the same form again finds the first wish."""
    work = current_work()
    require_somewhere(work, RIGHTS[action])
    form = ManyForm()
    if not form.validate():
        return _ask(action, form, 422)
    try:
        wanted = {"mark": form.mark.data or "", "key": form.one_time_key.data or "", "account": account_here()}
        job_id = send_to_many(work, choice_asked(), action, **wanted)
    except (Invalid, Conflict) as refusal:
        return _ask(action, form.refuse(refusal), 422)
    return go(f"{request.blueprint}.chosen_sent", job_id=job_id)


def chosen_sent(job_id: UUID) -> Any:
    """How it stands, charge point by charge point."""
    account = account_here()
    row = sent(current_work(), job_id, account[0] if account else None)
    return page("shared/network/chosen_sent.html", part="shared/network/_chosen_sent.html", **chosen_frame(row=row))


def chosen_labels() -> Any:
    """One sheet with the labels of all that were chosen."""
    work = current_work()
    require_somewhere(work, Permission.LABEL_PRINT)
    if not BareForm().validate():
        return chosen_points()
    rows = stickers_of_stations(work, [line.station.station_id for line in chosen(work, choice_asked())])
    return go_to(f"{_base()}/labels/{want_labels(work, rows, current().language)}")


_ANY = f"any({', '.join(TO_MANY)})"
#: rule, method, view; the endpoint is the view's name
ROUTES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("/charge-points/chosen", "GET", chosen_points),
    ("/charge-points/chosen/labels", "POST", chosen_labels),
    (f"/charge-points/chosen/<{_ANY}:action>", "GET", chosen_question),
    (f"/charge-points/chosen/<{_ANY}:action>", "POST", chosen_send),
    ("/charge-points/sent/<uuid:job_id>", "GET", chosen_sent),
)


def put_on(bp: Blueprint) -> None:
    """Give a portal these pages."""
    for rule, method, view in ROUTES:
        bp.add_url_rule(rule, view.__name__, view, methods=[method])
