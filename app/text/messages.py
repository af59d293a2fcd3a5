"""Sentences for codes: refusals, notes after a save, names of events. The house emits codes; only here they become words.

Merges the topic modules of ``app.text.sentences``. Values given to a sentence are texts or numbers; amounts are written before.
"""

from __future__ import annotations

import importlib
import pkgutil
from datetime import date, datetime
from typing import Any

from app.kernel.errors import Refusal
from app.kernel.periods import Month
from app.money.amount import Money
from app.text import format as fmt
from app.text import sentences
from app.text.words import Lazy, gettext


def _merged(table: str) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for module in pkgutil.iter_modules(sentences.__path__):
        loaded = importlib.import_module(f"{sentences.__name__}.{module.name}")
        for code, sentence in getattr(loaded, table, {}).items():
            if merged.setdefault(code, sentence) != sentence:
                raise RuntimeError(f"{table}: {code!r} has two different sentences, one of them in {module.name}")
    return merged


REFUSALS: dict[str, Lazy] = _merged("REFUSALS")
NOTES: dict[str, Lazy] = _merged("NOTES")
EVENTS: dict[str, Lazy] = _merged("EVENTS")
JOBS: dict[str, Lazy] = _merged("JOBS")


def sentence(refusal: Refusal) -> str:
    """What a refusal says, in the language spoken now. A code without a sentence is told as it is: a test finds it first."""
    return of_code(refusal.code, **refusal.params)


def of_code(code: str, **params: object) -> str:
    """The sentence of a refusal's code."""
    found = REFUSALS.get(code)
    if found is None:
        return gettext("This was refused (%(code)s).", code=code)
    return found % _Values(params)


def note(code: str, **values: object) -> str:
    """The line under the heading after a save; empty for an unknown code, which an address may carry."""
    found = NOTES.get(code)
    return found % _Values(values) if found else ""


def event_word(name: str) -> str:
    """An event's name for people: ``TermsPublished`` -> "New prices published"; unknown ones are spelt apart."""
    found = EVENTS.get(name)
    if found is not None:
        return str(found)
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip().capitalize()


def job_word(name: str) -> str:
    """A job's name for people; an unknown one as it is."""
    found = JOBS.get(name)
    return str(found) if found is not None else name


class _Values(dict[str, Any]):
    """Values of a sentence: amounts, days, months in words; one that is missing or None is a dash instead of breaking the answer."""

    def __getitem__(self, key: str) -> Any:
        found = self.get(key)
        if isinstance(found, Money):
            return fmt.money(found.minor, found.currency)
        if isinstance(found, Month):
            return fmt.month(found)
        if isinstance(found, date) and not isinstance(found, datetime):
            return fmt.day(found)
        return "–" if found is None else found


__all__ = ["EVENTS", "JOBS", "NOTES", "REFUSALS", "event_word", "job_word", "note", "of_code", "sentence"]
