"""Refunds: each is a new row, the mirror or the difference of a session settled again (settlement.md §6).

Refunds already on an earlier statement keep their place before those booked now; otherwise they follow by date, then id. What staff
put on hold, or what cannot be computed yet, leaves the session as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from app.kernel.periods import Month, local_date
from app.money.settlement.assignment import Placed, Refused, Verdict, price_of, printed_price
from app.money.settlement.figures import Figures
from app.money.settlement.inputs import Case, Correction, Refund, Session
from app.money.settlement.lines import Paid, reversed_sign
from app.money.sharing import electricity_problem, settle


@dataclass(frozen=True, slots=True)
class _State:
    """A session as corrected so far. ``figures`` None: not settled here; ``problem``: why its electricity is not known."""

    session: Session
    price: Paid
    figures: Figures | None
    problem: str | None = None
    cancelled: bool = False


def place_refunds(case: Case, originals: Mapping[str, Placed], refunds: Iterable[tuple[int, Refund]]) -> Iterator[Placed | Refused]:
    """Every refund with its verdict, those of one session in the order in which they apply."""
    chains: dict[str, list[tuple[int, Refund]]] = {}
    for index, refund in refunds:
        chains.setdefault(refund.reverses, []).append((index, refund))
    for reverses, chain in chains.items():
        original = originals.get(reverses)
        if original is None:
            yield from (Refused(index, refund.id, "original_unknown") for index, refund in chain)
        else:
            yield from _follow(case, original, sorted(chain, key=_order))


def _order(item: tuple[int, Refund]) -> tuple[bool, Month, str, str]:
    refund = item[1]
    month = refund.settled_in or Month.of(refund.booked_on)
    return refund.settled_in is None, month, refund.booked_on.isoformat(), refund.id


def _follow(case: Case, original: Placed, chain: Iterable[tuple[int, Refund]]) -> Iterator[Placed | Refused]:
    state = _State(original.session, original.price, original.figures)
    for index, refund in chain:
        refusal = _refusal(case, original, state, refund.correction)
        after = state if refusal else _corrected(case, original, state, refund.correction)
        if not refusal and after.price.gross > state.price.gross:
            refusal = "refund_increases_price"
        if refusal:
            yield Refused(index, refund.id, refusal)
            continue
        placed = _placed(case, original, index, refund, state, after)
        yield placed
        state = after if placed.counts else state


def _refusal(case: Case, original: Placed, state: _State, correction: Correction | None) -> str:
    if state.cancelled:
        return "already_reversed"
    if correction is None:
        return ""
    corrected = _replaced(state.session, correction)
    if reversed_sign(corrected):
        return "negative_price"
    price = printed_price(corrected, original.place, local_date(corrected.end, case.time_zone))
    return "refund_exceeds_original" if price.gross < 0 else ""


def _replaced(session: Session, correction: Correction) -> Session:
    """The corrected session: members the refund does not name stay as they were left."""
    return replace(
        session,
        lines=session.lines if correction.lines is None else correction.lines,
        reference_lines=session.reference_lines if correction.reference_lines is None else correction.reference_lines,
        wh=session.wh if correction.wh is None else correction.wh,
        electricity=session.electricity if correction.electricity is None else correction.electricity,
        discount=session.discount if correction.discount is None else correction.discount,
    )


def _corrected(case: Case, original: Placed, state: _State, correction: Correction | None) -> _State:
    """The session after a refund: cancelled, or settled again under the terms it had."""
    if correction is None:
        figures = None if state.figures is None else state.figures.nothing()
        return replace(state, price=state.price.minus(state.price), figures=figures, cancelled=True)
    session = _replaced(state.session, correction)
    price = price_of(session, original.place, local_date(session.end, case.time_zone))
    applied = original.place.applied
    if applied is None or state.figures is None:
        return _State(session, price, None)
    problem = electricity_problem(session, applied)
    return _State(session, price, None if problem else settle(session, applied), problem)


def _placed(case: Case, original: Placed, index: int, refund: Refund, before: _State, after: _State) -> Placed:
    figures = None
    if after.figures is not None and before.figures is not None:
        figures = after.figures.minus(before.figures)
    month = Month.of(refund.booked_on)
    verdict = _verdict(case, original, refund, month, after.problem)
    placed = Placed(
        index=index,
        entry=refund,
        session=original.session,
        place=original.place,
        verdict=verdict,
        month=month,
        price=after.price.minus(before.price),
        figures=figures,
        before=before.price,
        after=after.price,
    )
    return replace(placed, counts=not placed.on_hold and after.problem is None)


def _verdict(case: Case, original: Placed, refund: Refund, month: Month, problem: str | None) -> Verdict:
    """As for a session; a refund shares the fate of its original, and waits for one that is held."""
    fate = original.verdict
    if fate.reason == "other_currency":
        return fate
    waits = fate.list == "held"
    if month > case.month or fate.reason == "later_month":
        return Verdict("elsewhere", "later_month")
    if original.place.kind == "other_partner":
        return Verdict("elsewhere", "other_partner")
    if original.place.kind != "own":
        return Verdict("unassigned", original.place.kind)
    if refund.settled_in is not None and not waits and problem is None:
        return Verdict("settled")
    staff = refund.hold if refund.settled_in is None else None
    reason = staff or ("original_held" if waits else problem)
    return Verdict("held", reason) if reason else Verdict("row")
