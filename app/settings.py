"""Settings of one installation: read once, frozen, handed down. The only reader of the environment.

Every name starts with ``VOLTPACT_``. What is not set has a default that makes a fresh clone run: embedded engines under the data
folder, passwords of the database roles derived from one secret key, loopback addresses. A wrong value raises ``SettingsError`` with
one sentence that names the setting.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.given import Source
from app.places import (
    OWNER_ROLE,
    WEB_ROLE,
    WORKER_ROLE,
    SettingsError,
    as_role,
    checked_networks,
    dialled,
    embedded_database_url,
    embedded_redis_url,
    engine_dir,
    role_password,
    run_dir,
    with_driver,
)

__all__ = ["OWNER_ROLE", "WEB_ROLE", "WORKER_ROLE", "Settings", "SettingsError", "from_environment"]

#: settings whose environment name is the attribute's, and whose value is their text
_PASSED_ON = (
    *("data_dir", "secret_key", "public_url", "stream_url", "host", "port", "ocpp_public_url", "ocpp_host", "ocpp_port", "ocpp_proxies"),
    *(
        "web_database_url",
        "worker_database_url",
        "mail_from",
        "message_log_days",
        "readings_months",
        "mail_days",
        "trusted_proxies",
        "log_level",
    ),
)
_POSTGRES = ("postgresql", "postgresql+psycopg", "postgres")
_REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """Everything an installation may choose. Durations are timedeltas, addresses are URLs without a closing slash."""

    data_dir: Path
    secret_key: str = field(repr=False)
    #: the address people type; links in mails and QR codes start with it
    public_url: str
    host: str
    port: int
    #: where /live/* is answered, as seen from the web process (``/healthz`` asks there)
    stream_url: str
    #: the address stations dial, before ``/<charge point id>``
    ocpp_public_url: str
    ocpp_host: str
    ocpp_port: int
    #: networks of the proxies that end TLS in front of the OCPP worker; their X-Forwarded-Proto is believed, nobody else's
    ocpp_proxies: str
    #: owner of the tables: migrations, demo data, ``doctor``; nothing that answers requests
    database_url: str = field(repr=False)
    web_database_url: str = field(repr=False)
    worker_database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    #: true where ``up`` runs the engine itself
    embedded_postgres: bool
    embedded_redis: bool
    #: None: mails stay in the outbox page
    smtp_url: str | None = field(repr=False)
    mail_from: str
    #: demo network, sign-ins on the sign-in page, simulated stations
    demo: bool
    #: the card page that takes no money; on in demo mode
    test_provider: bool
    #: labels of demo charge points that nobody simulates, because somebody else plays them
    demo_quiet: frozenset[str]
    session_idle: timedelta
    #: shorter limit for people who may move money or rights (finance, administrators)
    session_idle_strict: timedelta
    session_absolute: timedelta
    #: how long raw OCPP frames are kept
    message_log_days: int
    #: how long meter readings are kept; signed ones stay as long as receipts
    readings_months: int
    #: how long mails are kept once they are sent, given up or, without a mail server, readable by staff
    mail_days: int
    #: reverse proxies in front of the gateway whose X-Forwarded-* headers are believed
    trusted_proxies: int
    log_level: str

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Settings:
        """Settings from ``VOLTPACT_*`` names; makes the data folder and the secret key on first use."""
        source = Source(environ)
        settings = _read(source)
        source.refuse_unknown()
        return settings

    def role_password(self, role: str) -> str:
        """The password of a database role: the same on every host that shares the secret key, useless without it."""
        return role_password(self.secret_key, role)

    @property
    def secure_cookies(self) -> bool:
        """Cookies only over TLS, as soon as the public address has it."""
        return self.public_url.startswith("https://")

    @property
    def engine_dir(self) -> Path:
        """Home of the embedded engines' files."""
        return engine_dir(self.data_dir)

    @property
    def run_dir(self) -> Path:
        """Short folder for sockets and pid files."""
        return run_dir(self.engine_dir)

    @property
    def web_socket(self) -> Path:
        """Where gunicorn listens under ``up``; the gateway forwards to it."""
        return run_dir(self.data_dir) / "web.sock"

    def environment(self) -> dict[str, str]:
        """The same settings as an environment, for the programs that ``up`` starts."""
        given = {name.upper(): str(getattr(self, name)) for name in _PASSED_ON}
        given |= {
            "SMTP_URL": self.smtp_url or "",
            "DEMO": "yes" if self.demo else "no",
            "DEMO_QUIET": ",".join(sorted(self.demo_quiet)),
            "TEST_PROVIDER": "yes" if self.test_provider else "no",
            "SESSION_IDLE_MINUTES": str(self.session_idle // timedelta(minutes=1)),
            "SESSION_IDLE_STRICT_MINUTES": str(self.session_idle_strict // timedelta(minutes=1)),
            "SESSION_ABSOLUTE_HOURS": str(self.session_absolute // timedelta(hours=1)),
        }
        if not self.embedded_postgres:
            given["DATABASE_URL"] = self.database_url
        if not self.embedded_redis:
            given["REDIS_URL"] = self.redis_url
        return {f"VOLTPACT_{name}": value for name, value in given.items()}


def from_environment() -> Settings:
    """Settings of this process. The composition roots call it once and hand the value down."""
    return Settings.read(os.environ)


def _retention(source: Source) -> dict[str, Any]:
    """How long what grows is kept."""
    return {
        "message_log_days": source.whole("MESSAGE_LOG_DAYS", 30, 1, 3650),
        "readings_months": source.whole("READINGS_MONTHS", 24, 1, 240),
        "mail_days": source.whole("MAIL_DAYS", 180, 7, 3650),
    }


def _read(source: Source) -> Settings:
    data_dir = _data_dir(source)
    secret_key, host = _secret_key(source, data_dir), source.text("HOST") or "127.0.0.1"
    port, ocpp_port = _ports(source)
    ocpp_host = source.text("OCPP_HOST") or host
    local_url = f"http://{dialled(host)}:{port}"
    ocpp_url = source.url("OCPP_PUBLIC_URL", ("ws", "wss")) or f"ws://{dialled(ocpp_host)}:{ocpp_port}/ocpp"
    owner = source.url("DATABASE_URL", _POSTGRES)
    database_url = with_driver(owner) if owner else embedded_database_url(data_dir, secret_key)
    redis_url = source.url("REDIS_URL", ("redis", "rediss", "unix"))
    return Settings(
        data_dir=data_dir,
        secret_key=secret_key,
        public_url=source.url("PUBLIC_URL", ("http", "https")) or local_url,
        stream_url=source.url("STREAM_URL", ("http", "https")) or local_url,
        host=host,
        port=port,
        ocpp_public_url=ocpp_url,
        ocpp_host=ocpp_host,
        ocpp_port=ocpp_port,
        ocpp_proxies=checked_networks("VOLTPACT_OCPP_PROXIES", source.text("OCPP_PROXIES") or ""),
        database_url=database_url,
        web_database_url=_role_url(source, "WEB_DATABASE_URL", database_url, WEB_ROLE, secret_key),
        worker_database_url=_role_url(source, "WORKER_DATABASE_URL", database_url, WORKER_ROLE, secret_key),
        redis_url=redis_url or embedded_redis_url(data_dir, secret_key),
        embedded_postgres=owner is None,
        embedded_redis=redis_url is None,
        smtp_url=source.url("SMTP_URL", ("smtp", "smtps", "smtp+starttls")),
        mail_from=_mail_from(source),
        demo=source.flag("DEMO", default=False),
        test_provider=source.flag("TEST_PROVIDER", default=source.flag("DEMO", default=False)),
        demo_quiet=frozenset((source.text("DEMO_QUIET") or "").upper().replace(",", " ").split()),
        session_idle=timedelta(minutes=source.whole("SESSION_IDLE_MINUTES", 480, 1, 7 * 1440)),
        session_idle_strict=timedelta(minutes=source.whole("SESSION_IDLE_STRICT_MINUTES", 30, 1, 1440)),
        session_absolute=timedelta(hours=source.whole("SESSION_ABSOLUTE_HOURS", 12, 1, 24 * 30)),
        **_retention(source),
        trusted_proxies=source.whole("TRUSTED_PROXIES", 0, 0, 9),
        log_level=source.choice("LOG_LEVEL", "info", ("debug", "info", "warning", "error")),
    )


def _ports(source: Source) -> tuple[int, int]:
    port, ocpp_port = source.whole("PORT", 8000, 1, 65535), source.whole("OCPP_PORT", 9000, 1, 65535)
    if port == ocpp_port:
        raise SettingsError("VOLTPACT_OCPP_PORT: must differ from VOLTPACT_PORT.")
    return port, ocpp_port


def _data_dir(source: Source) -> Path:
    given = source.text("DATA_DIR")
    folder = Path(given).expanduser().absolute() if given else _REPOSITORY / ".voltpact"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"VOLTPACT_DATA_DIR: {folder} cannot be made ({error.strerror}).") from None
    if not os.access(folder, os.W_OK):
        raise SettingsError(f"VOLTPACT_DATA_DIR: {folder} may not be written to by this user.")
    return folder


def _secret_key(source: Source, data_dir: Path) -> str:
    given = source.text("SECRET_KEY")
    if given is not None:
        if len(given) < 32:
            raise SettingsError("VOLTPACT_SECRET_KEY: needs at least 32 characters of randomness.")
        return given
    kept = data_dir / "secret_key"
    try:
        if not kept.exists():
            _make_key(kept)
    except OSError as error:
        raise SettingsError(f"VOLTPACT_DATA_DIR: the secret key cannot be written to {kept} ({error.strerror}).") from None
    try:
        found = kept.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        found = ""
    if len(found) < 32:
        raise SettingsError(f"VOLTPACT_SECRET_KEY: {kept} holds no usable key; restore it or set VOLTPACT_SECRET_KEY.")
    return found


def _make_key(kept: Path) -> None:
    """Write a whole key under its name at once: of two first starts at the same time, one makes it and the other reads it."""
    handle, draft = tempfile.mkstemp(dir=kept.parent)
    with os.fdopen(handle, "w", encoding="ascii") as made:
        made.write(secrets.token_hex(32))
    with contextlib.suppress(FileExistsError):
        os.link(draft, kept)
    Path(draft).unlink()


def _mail_from(source: Source) -> str:
    value = source.text("MAIL_FROM") or "Voltpact <no-reply@localhost>"
    if not re.fullmatch(r"(?:[^<>\r\n]+<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)", value):
        raise SettingsError(f"VOLTPACT_MAIL_FROM: {value!r} is no e-mail address.")
    return value


def _role_url(source: Source, name: str, owner_url: str, role: str, secret_key: str) -> str:
    given = source.url(name, _POSTGRES)
    return with_driver(given) if given else as_role(owner_url, role, role_password(secret_key, role))
