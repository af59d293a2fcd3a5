"""Jinja without Flask: the environment of live stream, mails and PDF, and the names that every template of the house may use.

``environment("de").get_template("shared/network/_connector.html").render(row=row, live_attr=…)``. Pages get the same names from
``app.web.templating``, which adds ``can``, ``url_for`` and what a request knows; a fragment used live must do without those.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.environment import create_cache

from app.text import format as fmt
from app.text import markup, messages, regions, tariff_compare, tariff_words, words
from app.text.assets import asset_url
from app.text.compiled import CompiledTemplates
from app.text.locales import LANGUAGES, current, locale, speaking
from app.text.states import state_word

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"
COMPILED = CompiledTemplates(TEMPLATES / "__pycache__", rules=Path(__file__))

#: names in every template, with or without a request
NAMES: dict[str, Callable[..., Any]] = {
    "money": fmt.money,
    "plain_money": fmt.plain_money,
    "price": fmt.price,
    "exact_money": fmt.exact_money,
    "number": fmt.number,
    "kwh": fmt.kwh,
    "kw": fmt.kw,
    "pct": fmt.pct,
    "duration": fmt.duration,
    "day": fmt.day,
    "short_day": fmt.short_day,
    "month": fmt.month,
    "clock_time": fmt.clock_time,
    "moment": fmt.moment,
    "unit": fmt.unit,
    "file_size": fmt.file_size,
    "when": markup.when,
    "ago": markup.ago,
    "icon": markup.icon,
    "badge": markup.badge,
    "sentence_of": messages.of_code,
    "note_of": messages.note,
    "event_word": messages.event_word,
    "job_word": messages.job_word,
    "state_word": state_word,
    "asset": asset_url,
    "country_name": regions.country_name,
    "language_name": regions.language_name,
    "tariff_summary": tariff_words.summary,
    "channel_word": tariff_words.channel_word,
    "tariff_sentences": tariff_words.sentences,
    "tariff_changes": tariff_compare.changes,
}


def prepare(env: Environment) -> None:
    """Give an environment the house's rules: what is read stays, strict names, translations into the language spoken, shared names."""
    env.undefined = StrictUndefined
    env.bytecode_cache, env.cache = COMPILED, create_cache(-1)
    env.trim_blocks = env.lstrip_blocks = True
    env.add_extension("jinja2.ext.i18n")
    env.add_extension("jinja2.ext.do")
    env.policies["ext.i18n.trimmed"] = True
    # Jinja's newstyle fills in the values itself, after escaping them, so it gets the bare look-ups
    env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda message: words.catalogue(current().language).gettext(message),
        lambda one, many, number: words.catalogue(current().language).ngettext(one, many, number),
        newstyle=True,
    )
    env.globals.update(NAMES)


@lru_cache(maxsize=16)
def environment(language: str, region: str | None = None) -> Environment:
    """The environment of one language (and region, for its formats); made once, safe to share between threads."""
    env = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, auto_reload=False)
    prepare(env)
    chosen = locale(language, region)
    env.globals.update({name: _spoken(function, chosen.language, chosen.region) for name, function in NAMES.items()})
    catalogue = words.catalogue(chosen.language)
    env.install_gettext_callables(catalogue.gettext, catalogue.ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(lang=chosen.language, languages=LANGUAGES, live_attr="", can=_nobody_asks)
    return env


def _nobody_asks(*_: Any) -> bool:
    """Outside a request nobody is known, so nothing is offered."""
    return False


def _spoken(function: Callable[..., Any], language: str, region: str) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **values: Any) -> Any:
        with speaking(language, region):
            return function(*args, **values)

    return call


__all__ = ["COMPILED", "NAMES", "TEMPLATES", "environment", "prepare"]
