"""Small pieces of HTML that pages, live fragments and mails share: icons, state badges, times. Everything is escaped here."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from markupsafe import Markup

from app.text import format as fmt
from app.text.assets import asset_url
from app.text.states import state
from app.text.words import gettext

SITE, MINE, UTC_BASIS = "site", "mine", "utc"


def icon(name: str, label: str | None = None) -> Markup:
    """An icon of the sprite (names in ``static/icons.txt``); hidden from screen readers unless it has a label of its own."""
    return _icon(name, label, asset_url("vendor/icons.svg"))


@lru_cache(maxsize=2048)
def _icon(name: str, label: str | None, sprite: str) -> Markup:
    said = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="icon" {}><use href="{}#{}"/></svg>').format(said, sprite, name)


def badge(name: str, kind: str | None = None) -> Markup:
    """A state as icon shape, word and colour role, never colour alone: ``badge("Charging")``, ``badge("draft", "contract")``."""
    found = state(name, kind)
    return _badge(found.role, found.icon, str(found.word), asset_url("img/states.svg"))


@lru_cache(maxsize=2048)
def _badge(role: str, shape: str, word: str, sprite: str) -> Markup:
    return Markup('<span class="badge-state role-{}"><svg class="shape" aria-hidden="true"><use href="{}#{}"/></svg>{}</span>').format(
        role, sprite, shape, word
    )


def when(
    instant: datetime | None,
    zone_name: str = "UTC",
    *,
    basis: str = SITE,
    own_zone: str = "UTC",
    show_zone: bool | None = None,
    seconds: bool = False,
) -> Markup:
    """An instant as ``<time>``, on the clock of the place (default), of the reader, or UTC.

    The zone's short name stands behind it where the clock shown is not the reader's own; ``show_zone`` forces it.
    """
    if instant is None:
        return Markup("–")
    shown = {SITE: zone_name, MINE: own_zone, UTC_BASIS: "UTC"}.get(basis, zone_name)
    text = fmt.moment(instant, shown, seconds=seconds)
    if show_zone if show_zone is not None else not _same_clock(instant, shown, own_zone):
        text = f"{text}{fmt.NBSP}{fmt.zone_word(instant, shown)}"
    exact = instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Markup('<time datetime="{}">{}</time>').format(exact, text)


def ago(instant: datetime | None, now: datetime, zone_name: str = "UTC") -> Markup:
    """How long ago, with the exact time on hover and focus: ``3 min ago``."""
    if instant is None:
        return Markup("–")
    exact = f"{fmt.moment(instant, zone_name, seconds=True)}{fmt.NBSP}{fmt.zone_word(instant, zone_name)}"
    seconds = max(0, int((now - instant).total_seconds()))
    text = gettext("just now") if seconds < 5 else gettext("%(time)s ago", time=_rough(seconds))
    return Markup('<time datetime="{}" title="{}">{}</time>').format(instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), exact, text)


def _rough(seconds: int) -> str:
    if seconds < 86_400:
        return fmt.duration(seconds)
    return gettext("%(days)s d", days=fmt.number(seconds // 86_400))


def _same_clock(instant: datetime, one: str, other: str) -> bool:
    from app.kernel.periods import zone

    return instant.astimezone(zone(one)).utcoffset() == instant.astimezone(zone(other)).utcoffset()


__all__ = ["ago", "badge", "icon", "when"]
