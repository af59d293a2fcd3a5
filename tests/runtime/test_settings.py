"""Settings: defaults that run, one sentence for a wrong value, the same settings again in a child's environment."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from app.places import engine_dir, libpq_url, run_dir
from app.settings import Settings, SettingsError

KEY = "k" * 40


def read(folder: Path, **given: str) -> Settings:
    return Settings.read({"VOLTPACT_DATA_DIR": str(folder), **{f"VOLTPACT_{name}": value for name, value in given.items()}})


def test_a_fresh_clone_needs_no_setting(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert settings.embedded_postgres
    assert settings.embedded_redis
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.ocpp_public_url == "ws://127.0.0.1:9000/ocpp"
    assert settings.smtp_url is None
    assert not settings.demo
    assert not settings.secure_cookies


def test_the_secret_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first, second = read(tmp_path), read(tmp_path)
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) == 64
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"], "no draft is left"


def test_roles_have_different_passwords_that_follow_from_the_key(tmp_path: Path) -> None:
    settings = read(tmp_path, SECRET_KEY=KEY)
    assert settings.role_password("voltpact_web") != settings.role_password("voltpact_worker")
    assert settings.role_password("voltpact_web") in settings.web_database_url
    assert "voltpact_web:" in settings.web_database_url
    assert "voltpact_worker:" in settings.worker_database_url
    other = read(tmp_path, SECRET_KEY="o" * 40)
    assert other.role_password("voltpact_web") != settings.role_password("voltpact_web")


def test_own_servers_are_taken_by_url(tmp_path: Path) -> None:
    settings = read(tmp_path, DATABASE_URL="postgres://me:pw@db.example:5433/volt?sslmode=require", REDIS_URL="rediss://r.example/2")
    assert not settings.embedded_postgres
    assert not settings.embedded_redis
    assert settings.database_url == "postgresql+psycopg://me:pw@db.example:5433/volt?sslmode=require"
    assert settings.web_database_url.endswith("@db.example:5433/volt?sslmode=require")
    assert settings.web_database_url.startswith("postgresql+psycopg://voltpact_web:")
    assert libpq_url(settings.database_url).startswith("postgresql://me:pw@")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("OCPP_PORT", "-1"),
        ("OCPP_PORT", "8000"),
        ("PUBLIC_URL", "charging.example"),
        ("PUBLIC_URL", "ftp://charging.example"),
        ("OCPP_PUBLIC_URL", "http://charging.example"),
        ("DATABASE_URL", "mysql://db/volt"),
        ("WEB_DATABASE_URL", "sqlite:///x"),
        ("REDIS_URL", "http://r"),
        ("REDIS_URL", "redis://r:port/0"),
        ("SMTP_URL", "mail.example"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "x@y.example\nBcc: z@y.example"),
        ("DEMO", "perhaps"),
        ("SECRET_KEY", "short"),
        ("SESSION_IDLE_MINUTES", "1.5"),
        ("MESSAGE_LOG_DAYS", "0"),
        ("TRUSTED_PROXIES", "ten"),
        ("OCPP_PROXIES", "10.0.0.1/8"),
        ("OCPP_PROXIES", "proxy.example"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_the_setting(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, **{name: value})
    said = str(refused.value)
    assert said.startswith(f"VOLTPACT_{name}: ")
    assert said.endswith(".")
    assert "\n" not in said


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match="VOLTPACT_DATA_DIR"):
        read(tmp_path / "file" / "data")


def test_a_broken_key_file_is_named_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("")
    with pytest.raises(SettingsError, match="VOLTPACT_SECRET_KEY"):
        read(tmp_path)
    assert not (tmp_path / "secret_key").read_text()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {
            "DEMO": "yes",
            "SESSION_IDLE_MINUTES": "7",
            "SESSION_ABSOLUTE_HOURS": "30",
            "TRUSTED_PROXIES": "2",
            "HOST": "0.0.0.0",
            "OCPP_PROXIES": "10.0.0.0/8, ::1",
        },
        {"DATABASE_URL": "postgresql://me:pw@db/volt", "REDIS_URL": "redis://:pw@r/3", "SMTP_URL": "smtps://u:p@m.example:465"},
    ],
)
def test_children_read_the_same_settings(tmp_path: Path, given: dict[str, str]) -> None:
    settings = read(tmp_path, **given)
    assert Settings.read(settings.environment()) == settings


def test_secrets_do_not_show_in_logs(tmp_path: Path) -> None:
    settings = read(tmp_path, SECRET_KEY=KEY, SMTP_URL="smtp://u:mailpw@m.example")
    shown = repr(settings)
    assert KEY not in shown
    assert "mailpw" not in shown
    assert settings.role_password("voltpact_web") not in shown


def test_a_long_data_folder_gets_a_short_socket_folder(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 60) / ("y" * 60)
    assert len(str(run_dir(long) / ".s.PGSQL.5432")) <= 107
    assert run_dir(long) == run_dir(long)
    assert run_dir(Path("/srv/voltpact")) == Path("/srv/voltpact/run")


def test_root_keeps_engines_out_of_closed_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert engine_dir(closed / "data").parts[:4] == ("/", "var", "lib", "voltpact")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert engine_dir(closed / "data") == closed / "data"


def test_a_misspelt_setting_is_named_with_the_one_it_was_meant_to_be(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^VOLTPACT_SMPT_URL: is no setting of Voltpact; did you mean VOLTPACT_SMTP_URL\?$"):
        read(tmp_path, SMPT_URL="smtp://mail")
    with pytest.raises(SettingsError, match=r"^VOLTPACT_QQQ: is no setting of Voltpact, see the table in README.md.$"):
        read(tmp_path, QQQ="1")
