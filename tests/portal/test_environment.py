"""Settings come from the environment: what can't be read, or isn't known, is refused by name."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

import manage
from portal import environment
from portal.serve.places import CHECKOUT


def test_unknown_variable_of_ours_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    environment.refuse_unknown()
    monkeypatch.setenv("CONCENTRIC_DEMOO", "1")
    with pytest.raises(ImproperlyConfigured, match="CONCENTRIC_DEMOO"):
        environment.refuse_unknown()


def test_command_names_the_wrong_setting_in_one_line() -> None:
    told = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=CHECKOUT,
        env={**os.environ, "CONCENTRIC_DEMO": "maybe"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (
        1,
        "a setting is wrong: CONCENTRIC_DEMO='maybe' is not yes or no (1 or 0)\n",
    )


def test_database_is_asked_by_hand_also_where_no_psql_is_installed(tmp_path: Path) -> None:
    assert shutil.which("psql", path=manage.with_psql(str(tmp_path)))
    own = tmp_path / "psql"
    own.touch(mode=0o755)
    assert manage.with_psql(str(tmp_path)) == str(tmp_path)


def test_yes_or_no_is_all_a_switch_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCENTRIC_DEBUG", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="CONCENTRIC_DEBUG='perhaps'"):
        environment.yes("CONCENTRIC_DEBUG")
    monkeypatch.setenv("CONCENTRIC_DEBUG", "1")
    assert environment.yes("CONCENTRIC_DEBUG")


@pytest.mark.parametrize("value", ["portal.example.cn", "ftp://portal.example.cn", "https://", "https://a.cn/path"])
def test_address_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CONCENTRIC_URL", value)
    with pytest.raises(ImproperlyConfigured, match="CONCENTRIC_URL"):
        environment.address("CONCENTRIC_URL", "http://127.0.0.1:8000")


def test_address_is_kept_without_its_last_stroke(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCENTRIC_URL", "https://portal.example.cn/")
    assert environment.address("CONCENTRIC_URL", "http://127.0.0.1:8000") == "https://portal.example.cn"


@pytest.mark.parametrize("value", ["sqlite:///x.db", "mysql://a@b/c", "nonsense"])
def test_other_databases_are_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DATABASE_URL", value)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        environment.database("DATABASE_URL", "")


def test_sessions_plan_once_unless_a_pool_hands_them_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://a@b/c?options=-c%20lock_timeout%3D5s")
    own = environment.database("DATABASE_URL", "")
    assert own["OPTIONS"] == {"options": f"{environment.PLANNING} -c lock_timeout=5s"}
    pooled = environment.database("DATABASE_URL", "", pooled=True)
    assert pooled["OPTIONS"] == {"options": "-c lock_timeout=5s"}  # pgbouncer takes no setting at a session's start


def test_redis_socket_is_written_twice_once_for_each_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "unix:///run/valkey.sock?db=2")
    ours, kombus, _options = environment.redis("")
    assert ours == "unix:///run/valkey.sock?db=2"
    assert kombus == "redis+socket:///run/valkey.sock?virtual_host=2"


@pytest.mark.parametrize("value", ["amqp://localhost", "sentinel://one:26379", "sentinel:///doorbells"])
def test_redis_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("REDIS_URL", value)
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL"):
        environment.redis("")


def test_mail_server_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCENTRIC_EMAIL_URL", "mail.example.cn:25")
    with pytest.raises(ImproperlyConfigured, match="CONCENTRIC_EMAIL_URL"):
        environment.mail("CONCENTRIC_EMAIL_URL")


def test_secret_key_is_made_once_and_readable_by_its_owner_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CONCENTRIC_SECRET_KEY", raising=False)
    made = environment.secret_key(tmp_path)
    assert len(made) > 50
    assert environment.secret_key(tmp_path) == made
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("CONCENTRIC_SECRET_KEY", "short")
    with pytest.raises(ImproperlyConfigured, match="CONCENTRIC_SECRET_KEY"):
        environment.secret_key(tmp_path)


def test_two_that_start_together_have_the_same_secret_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONCENTRIC_SECRET_KEY", raising=False)
    firsts: list[str] = []

    def while_another_starts(_length: int) -> str:
        monkeypatch.undo()
        monkeypatch.delenv("CONCENTRIC_SECRET_KEY", raising=False)
        firsts.append(environment.secret_key(tmp_path))
        return "of the second"

    monkeypatch.setattr("secrets.token_urlsafe", while_another_starts)
    assert [environment.secret_key(tmp_path)] == firsts
    assert [file.name for file in tmp_path.iterdir()] == ["secret-key"]


def test_demo_mode_is_what_was_served_here_unless_the_environment_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CONCENTRIC_DEMO", raising=False)
    assert not environment.demo(tmp_path)
    (tmp_path / "mode").write_text("demo\n")
    assert environment.demo(tmp_path)
    monkeypatch.setenv("CONCENTRIC_DEMO", "0")
    assert not environment.demo(tmp_path)


def test_evidence_lies_in_a_folder_unless_a_bucket_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CONCENTRIC_EVIDENCE_URL", raising=False)
    assert environment.evidence(tmp_path)["OPTIONS"]["location"] == tmp_path
    monkeypatch.setenv("CONCENTRIC_EVIDENCE_URL", "s3+https://key:a%2Fb@s3.example:9000/photos?region=cn-1")
    assert environment.evidence(tmp_path) == {
        "BACKEND": "portal.bucket.Bucket",
        "OPTIONS": {
            "endpoint_url": "https://s3.example:9000",
            "bucket_name": "photos",
            "access_key": "key",
            "secret_key": "a/b",
            "region_name": "cn-1",
            "addressing": "path",
        },
    }


@pytest.mark.parametrize(
    "value",
    [
        "https://key:secret@s3.example/photos",
        "s3+https://s3.example/photos",
        "s3+https://key:secret@s3.example/",
        "s3+https://key:secret@s3.example/photos/2022",
        "s3+https://key:secret@s3.example/photos?acl=public",
        "s3+https://key:secret@s3.example/photos?addressing=other",
    ],
)
def test_bucket_that_is_none_is_refused_without_telling_its_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    monkeypatch.setenv("CONCENTRIC_EVIDENCE_URL", value)
    with pytest.raises(ImproperlyConfigured, match="CONCENTRIC_EVIDENCE_URL is not of the form") as refused:
        environment.evidence(tmp_path)
    assert "key:secret" not in str(refused.value)


def test_replicas_are_named_with_commas_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REPLICA_URLS", raising=False)
    assert environment.replicas() == []
    monkeypatch.setenv("REPLICA_URLS", "postgres://a@one/c, postgres://a@two/c?connect_timeout=5")
    assert [(each["HOST"], each["OPTIONS"]["connect_timeout"]) for each in environment.replicas()] == [
        ("one", 2),
        ("two", 5),
    ]
    monkeypatch.setenv("REPLICA_URLS", "mysql://a@one/c")
    with pytest.raises(ImproperlyConfigured, match="REPLICA_URLS"):
        environment.replicas()
