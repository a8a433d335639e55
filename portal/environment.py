"""Reads the environment: which variables exist, what they may hold, and which to refuse by name."""

import os
import secrets
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import dj_database_url
import dj_email_url
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

BASE = Path(__file__).resolve().parent.parent

KNOWN = {
    "CONCENTRIC_AS_OWNER",
    "CONCENTRIC_DEBUG",
    "CONCENTRIC_DEMO",
    "CONCENTRIC_EMAIL_FROM",
    "CONCENTRIC_EMAIL_URL",
    "CONCENTRIC_EVIDENCE_ROOT",
    "CONCENTRIC_EVIDENCE_URL",
    "CONCENTRIC_HOSTS",
    "CONCENTRIC_OLD_SECRET_KEYS",
    "CONCENTRIC_PGBOUNCER",
    "CONCENTRIC_PROXY",
    "CONCENTRIC_RUN_DIR",
    "CONCENTRIC_SECRET_KEY",
    "CONCENTRIC_URL",
}

env = Env()


def refuse_unknown() -> None:
    """Raise ImproperlyConfigured naming each CONCENTRIC_ variable we don't know: a typing slip must not pass."""
    unknown = sorted(name for name in os.environ if name.startswith("CONCENTRIC_") and name not in KNOWN)
    if unknown:
        raise ImproperlyConfigured(f"unknown setting {', '.join(unknown)}; known are {', '.join(sorted(KNOWN))}")


def yes(name: str) -> bool:
    try:
        return env.bool(name, False)
    except EnvError:
        raise ImproperlyConfigured(f"{name}={os.environ[name]!r} is not yes or no (1 or 0)") from None


def demo(folder: Path) -> bool:
    """CONCENTRIC_DEMO; where it isn't set, what `make serve` last ran here, so that `manage.py` speaks of the same."""
    if "CONCENTRIC_DEMO" in os.environ:
        return yes("CONCENTRIC_DEMO")
    mode = folder / "mode"
    return mode.exists() and mode.read_text().strip() == "demo"


def address(name: str, default: str) -> str:
    """An http or https address without a path, such as https://portal.example.cn."""
    value = os.environ.get(name, default).rstrip("/")
    scheme, _, host = value.partition("://")
    if scheme not in {"http", "https"} or not host or "/" in host:
        raise ImproperlyConfigured(f"{name}={value!r} is not an address such as https://portal.example.cn")
    return value


def database(name: str, default: str, *, pooled: bool = False) -> dj_database_url.DBConfig:
    """The database of this address; pooled, where pgbouncer hands sessions around between transactions."""
    return _database(name, os.environ.get(name) or default, pooled=pooled)


def replicas() -> list[dj_database_url.DBConfig]:
    """Those of REPLICA_URLS, with commas between. One that doesn't answer must not keep people waiting for long."""
    urls: list[str] = env.list("REPLICA_URLS", [])
    found = [_database("REPLICA_URLS", url.strip()) for url in urls if url.strip()]
    for config in found:
        config["OPTIONS"] = {"connect_timeout": 2, **config.get("OPTIONS", {})}
        config["TEST"] = {"MIRROR": "default"}
    return found


CONNECTED_FOR = 600  # seconds: with a session go the plans that it keeps (portal/kept_plans.py)
# PostgreSQL would plan some of them anew for the values of each call, which costs as much as their answer, for a plan
# that is no better. And it would remember what it has looked up in a table with room for every key that there is: for a
# page of fifty lines that of a million projects, which takes ten times as long as looking them up. Said as the session
# begins, so that no transaction that is undone takes it back.
PLANNING = "-c plan_cache_mode=force_generic_plan -c enable_memoize=off"


def _database(name: str, value: str, *, pooled: bool = False) -> dj_database_url.DBConfig:
    try:
        config = dj_database_url.parse(
            value, conn_max_age=CONNECTED_FOR, conn_health_checks=True, disable_server_side_cursors=pooled
        )
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={value!r} is not a database address: {error}") from None
    if config["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured(f"{name}={value!r}: PostgreSQL is the only database this portal runs on")
    if not pooled:
        told = config.get("OPTIONS", {})
        config["OPTIONS"] = {**told, "options": f"{PLANNING} {told.get('options', '')}".strip()}
    return config


def redis(default: str) -> tuple[str, str, dict[str, str]]:
    """REDIS_URL in redis-py's form (unix://… or redis://…), the same in kombu's (redis+socket://…), and its options.

    Where Sentinels watch over several, it is sentinel://host:26379,host:26379/name-of-the-master.
    """
    value = os.environ.get("REDIS_URL") or default
    if value.startswith("unix://"):
        return value, "redis+socket://" + value.removeprefix("unix://").replace("?db=", "?virtual_host="), {}
    if value.startswith(("redis://", "rediss://")):
        return value, value, {}
    hosts, _, master = value.removeprefix("sentinel://").partition("/")
    if value.startswith("sentinel://") and hosts and master:
        return value, ";".join(f"sentinel://{host}" for host in hosts.split(",")), {"master_name": master}
    forms = "unix://, redis://, rediss://, or sentinel:// with a master's name at the end"
    raise ImproperlyConfigured(f"REDIS_URL={value!r} must begin with {forms}")


def mail(name: str) -> dict[str, object]:
    """The mail server from smtp://user:password@host:port; empty where none is set."""
    value = os.environ.get(name, "")
    if not value:
        return {}
    if not value.startswith(("smtp://", "smtps://", "smtp+tls://", "smtp+ssl://")):
        raise ImproperlyConfigured(f"{name}={value!r} must begin with smtp://, smtp+tls:// or smtp+ssl://")
    return dict(dj_email_url.parse(value))


def evidence(folder: Path) -> dict[str, Any]:
    """Where photos and documents lie: the bucket of CONCENTRIC_EVIDENCE_URL, or else this folder of the host."""
    value = os.environ.get("CONCENTRIC_EVIDENCE_URL", "")
    if not value:
        options = {
            "location": folder,
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        }
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    bucket = {"BACKEND": "portal.bucket.Bucket", "OPTIONS": _bucket(value)}
    if not find_spec("storages"):
        how = "pip install --require-hashes -r requirements/s3.txt"
        raise ImproperlyConfigured(f"CONCENTRIC_EVIDENCE_URL needs packages that are not installed: {how}")
    return bucket


def _bucket(value: str) -> dict[str, str]:
    """The parts of s3+https://KEY:SECRET@host:port/bucket?region=…&addressing=virtual."""
    form = "s3+https://KEY:SECRET@host:port/bucket, with ?region=… and ?addressing=virtual where the store wants them"
    url = urlsplit(value)
    told = dict(parse_qsl(url.query))
    addressing = told.pop("addressing", "path")
    region = told.pop("region", "us-east-1")
    whole = url.hostname and url.username and url.password and "/" not in url.path.strip("/") and url.path.strip("/")
    if url.scheme not in {"s3+http", "s3+https"} or not whole or addressing not in {"path", "virtual"} or told:
        raise ImproperlyConfigured(f"CONCENTRIC_EVIDENCE_URL is not of the form {form}")  # without its secret
    return {
        "endpoint_url": f"{url.scheme.removeprefix('s3+')}://{url.netloc.rpartition('@')[2]}",
        "bucket_name": url.path.strip("/"),
        "access_key": unquote(url.username or ""),
        "secret_key": unquote(url.password or ""),
        "region_name": region,
        "addressing": addressing,
    }


def secret_key(folder: Path) -> str:
    """CONCENTRIC_SECRET_KEY, or else one made at the first start and kept in the run folder, readable by us alone."""
    if given := os.environ.get("CONCENTRIC_SECRET_KEY"):
        if len(given) < 50:
            raise ImproperlyConfigured("CONCENTRIC_SECRET_KEY is shorter than 50 characters")
        return given
    kept = folder / "secret-key"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Linked when it is whole, and once: of two that start together the second takes the first one's.
        with NamedTemporaryFile("w", dir=folder) as whole, suppress(FileExistsError):
            whole.write(secrets.token_urlsafe(64))
            whole.flush()
            os.link(whole.name, kept)
    return kept.read_text()
