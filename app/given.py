"""The environment as somebody filled it in: typed look-ups, each refusal one sentence that names the setting."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from app.places import SettingsError


class Source:
    """Typed look-ups in an environment; each refusal names the setting."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._asked: set[str] = set()

    def refuse_unknown(self) -> None:
        """A name that nobody asked for is a typing error: what it was meant to set would silently stay as it was."""
        given = sorted(name.removeprefix("VOLTPACT_") for name in self._environ if name.startswith("VOLTPACT_"))
        for name in (name for name in given if name not in self._asked):
            close = difflib.get_close_matches(name, self._asked, n=1)
            hint = f"; did you mean VOLTPACT_{close[0]}?" if close else ", see the table in README.md."
            raise SettingsError(f"VOLTPACT_{name}: is no setting of Voltpact{hint}")

    def text(self, name: str, default: str | None = None) -> str | None:
        """The value without spaces around it; empty counts as not given."""
        self._asked.add(name)
        value = self._environ.get(f"VOLTPACT_{name}", "").strip()
        return value or default

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number from ``least`` to ``most``."""
        value = self.text(name)
        if value is None:
            return default
        if not re.fullmatch(r"\d{1,9}", value) or not least <= int(value) <= most:
            raise SettingsError(f"VOLTPACT_{name}: {value!r} is not a whole number from {least} to {most}.")
        return int(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """yes or no, in the usual words."""
        value = (self.text(name) or ("yes" if default else "no")).lower()
        if value in {"1", "yes", "true", "on"}:
            return True
        if value in {"0", "no", "false", "off"}:
            return False
        raise SettingsError(f"VOLTPACT_{name}: {value!r} is neither yes nor no.")

    def url(self, name: str, schemes: tuple[str, ...], default: str | None = None) -> str | None:
        """An address with one of these schemes, without a closing slash."""
        value = self.text(name)
        if value is None:
            return default
        try:
            parts = urlsplit(value)
            parts.port  # noqa: B018 - reading it checks it
        except ValueError:
            raise SettingsError(f"VOLTPACT_{name}: is not an address that can be read.") from None
        if parts.scheme not in schemes or not (parts.netloc or parts.path):
            raise SettingsError(f"VOLTPACT_{name}: must start with {' or '.join(s + '://' for s in schemes)}.")
        return value.rstrip("/")

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """One of these words."""
        value = self.text(name) or default
        if value not in choices:
            raise SettingsError(f"VOLTPACT_{name}: {value!r} is none of {', '.join(choices)}.")
        return value
