"""Where things are found: folders and sockets of the embedded engines, database addresses, passwords derived from the secret key.

Pure functions of the data folder and the secret key, so that every process of an installation computes the same answer.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import re
import stat
import tempfile
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit


class InstallationError(Exception):
    """This installation cannot run as it is. The text is one sentence that says why and what to do."""


class SettingsError(InstallationError):
    """A setting is missing or wrong. The text is one sentence that starts with the setting's name."""


#: the two roles that may not bypass row-level security; the owner (of the tables) only migrates
WEB_ROLE = "voltpact_web"
WORKER_ROLE = "voltpact_worker"
OWNER_ROLE = "voltpact"
DATABASE = "voltpact"

#: a socket address holds 107 characters; PostgreSQL adds a name of 14
_LONGEST_FOLDER = 90


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(said: str) -> tuple[Network, ...]:
    """``10.0.0.0/8, ::1`` as networks; ``ValueError`` if that is none."""
    return tuple(ipaddress.ip_network(word) for word in said.replace(",", " ").split())


def checked_networks(name: str, said: str) -> str:
    """The same text, if it can be read as networks; the setting's name is for the refusal."""
    try:
        networks(said)
    except ValueError:
        raise SettingsError(f"{name}: wants addresses or networks such as 10.0.0.0/8, with commas between.") from None
    return said


def derive(secret_key: str, purpose: str) -> str:
    """40 hexadecimal characters for one purpose: the same on every host that shares the key, useless for any other purpose."""
    return hmac.new(secret_key.encode(), f"voltpact {purpose}".encode(), hashlib.sha256).hexdigest()[:40]


def role_password(secret_key: str, role: str) -> str:
    """The password of a database role."""
    return derive(secret_key, f"database role {role}")


def libpq_url(url: str) -> str:
    """A database URL without SQLAlchemy's driver name, as ``psycopg.connect`` takes it."""
    return re.sub(r"^postgresql\+\w+://", "postgresql://", url)


def engine_dir(data_dir: Path) -> Path:
    """Where embedded engines keep their files: the data folder, unless their own system user could not get there.

    PostgreSQL refuses to run as root, so root starts it as another user; that user cannot pass closed folders such as ``/root``.
    """
    if os.geteuid() != 0 or all(_open_to_all(folder) for folder in (data_dir, *data_dir.parents)):
        return data_dir
    return Path("/var/lib/voltpact") / hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]


def run_dir(home: Path) -> Path:
    """A folder for sockets whose path is short enough to be an address."""
    if len(str(home)) + len("/run") <= _LONGEST_FOLDER:
        return home / "run"
    short = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"voltpact-{os.geteuid()}-{short}"


def _open_to_all(folder: Path) -> bool:
    return not folder.exists() or bool(folder.stat().st_mode & stat.S_IXOTH)


def dialled(host: str) -> str:
    """The host to dial for a host to listen on."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def with_driver(url: str) -> str:
    """A PostgreSQL URL with the driver name that SQLAlchemy needs."""
    return re.sub(r"^postgres(?:ql)?(?:\+psycopg)?://", "postgresql+psycopg://", url)


def as_role(owner_url: str, role: str, password: str) -> str:
    """The same database for another role."""
    parts = urlsplit(owner_url)
    netloc = f"{role}:{password}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit((parts.scheme, netloc, parts.path, parts.query, parts.fragment))


def embedded_database_url(data_dir: Path, secret_key: str, database: str = DATABASE) -> str:
    """The address of the embedded PostgreSQL for the owner, over its socket."""
    folder = quote(str(run_dir(engine_dir(data_dir))), safe="/")
    return f"postgresql+psycopg://{OWNER_ROLE}:{role_password(secret_key, OWNER_ROLE)}@/{database}?host={folder}"


def redis_password(secret_key: str) -> str:
    """The password of the embedded Redis."""
    return derive(secret_key, "redis")


def embedded_redis_url(data_dir: Path, secret_key: str) -> str:
    """The address of the embedded Redis, over its socket."""
    return f"unix://:{redis_password(secret_key)}@{run_dir(engine_dir(data_dir))}/redis.sock?db=0"
