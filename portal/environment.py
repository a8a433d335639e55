"""Reads the environment: which variables exist, what they may hold, and which to refuse by name."""

import os
import secrets
from pathlib import Path

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
    "CONCENTRIC_HOSTS",
    "CONCENTRIC_OLD_SECRET_KEYS",
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


def database(name: str, default: str) -> dj_database_url.DBConfig:
    value = os.environ.get(name) or default
    try:
        config = dj_database_url.parse(value, conn_max_age=60, conn_health_checks=True)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={value!r} is not a database address: {error}") from None
    if config["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured(f"{name}={value!r}: PostgreSQL is the only database this portal runs on")
    return config


def redis(default: str) -> tuple[str, str]:
    """REDIS_URL in redis-py's form (unix://… or redis://…), and the same in kombu's (redis+socket://…)."""
    value = os.environ.get("REDIS_URL") or default
    if value.startswith("unix://"):
        return value, "redis+socket://" + value.removeprefix("unix://").replace("?db=", "?virtual_host=")
    if value.startswith(("redis://", "rediss://")):
        return value, value
    raise ImproperlyConfigured(f"REDIS_URL={value!r} must begin with unix://, redis:// or rediss://")


def mail(name: str) -> dict[str, object]:
    """The mail server from smtp://user:password@host:port; empty where none is set."""
    value = os.environ.get(name, "")
    if not value:
        return {}
    if not value.startswith(("smtp://", "smtps://", "smtp+tls://", "smtp+ssl://")):
        raise ImproperlyConfigured(f"{name}={value!r} must begin with smtp://, smtp+tls:// or smtp+ssl://")
    return dict(dj_email_url.parse(value))


def secret_key(folder: Path) -> str:
    """CONCENTRIC_SECRET_KEY, or else one made at the first start and kept in the run folder, readable by us alone."""
    if given := os.environ.get("CONCENTRIC_SECRET_KEY"):
        if len(given) < 50:
            raise ImproperlyConfigured("CONCENTRIC_SECRET_KEY is shorter than 50 characters")
        return given
    kept = folder / "secret-key"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with open(os.open(kept, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
    return kept.read_text()
