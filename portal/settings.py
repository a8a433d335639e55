"""Every setting of the site. What depends on the machine comes through portal/environment.py and nowhere else."""

import os
from typing import Any

from csp.constants import NONCE, NONE, SELF

from portal import environment
from portal.environment import BASE, env
from portal.serve import places

environment.refuse_unknown()

DEBUG = environment.yes("CONCENTRIC_DEBUG")
RUN_DIR = places.here().run
DEMO = environment.demo(RUN_DIR)
SITE_URL = environment.address("CONCENTRIC_URL", f"http://127.0.0.1:{os.environ.get('PORT') or 8000}")
SECRET_KEY = environment.secret_key(RUN_DIR)
# Letters were sealed with the key of their day: whoever changes it names the earlier ones here, for good.
SECRET_KEY_FALLBACKS: list[str] = env.list("CONCENTRIC_OLD_SECRET_KEYS", [])
ALLOWED_HOSTS = env.list("CONCENTRIC_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
AS_OWNER = environment.yes("CONCENTRIC_AS_OWNER")

INSTALLED_APPS = [
    "portal.apps.PortalConfig",
    "projects.apps.ProjectsConfig",
    "commitments.apps.CommitmentsConfig",
    "portal.apps.ConcentricAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_filters",
    "django_tables2",
    "pgtrigger",
    "pghistory",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "portal.middleware.language_of_the_person",
    "portal.middleware.no_nul_in_addresses",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.replicas.ReadFromReplicas",
    "pghistory.middleware.HistoryMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.site",
                "commitments.context.letters",
                "projects.context.waiting",
            ],
            "builtins": ["portal.templatetags.figures"],
        },
    }
]

# The web, the worker and beat use the application's role; migrations (CONCENTRIC_AS_OWNER=1) use the owner's.
DATABASES = {
    "default": (
        environment.database(
            "OWNER_DATABASE_URL",
            os.environ.get("DATABASE_URL") or places.database_url(places.OWNER),
        )
        if AS_OWNER
        else environment.database("DATABASE_URL", places.database_url(), pooled=environment.yes("CONCENTRIC_PGBOUNCER"))
    )
}
# Streaming replicas that pages may be read from: portal/replicas.py decides which and when.
REPLICAS: list[str] = []
for number, replica in enumerate([] if AS_OWNER else environment.replicas(), start=1):
    REPLICAS.append(f"replica{number}")
    DATABASES[REPLICAS[-1]] = replica
DATABASE_ROUTERS = ["portal.replicas.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Cache and sessions live in PostgreSQL: Redis carries messages only, so a dead Redis doesn't take sign-in with it.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

REDIS_URL, CELERY_BROKER_URL, _of_the_broker = environment.redis(places.redis_url())
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False  # a task is only a doorbell: losing one costs a wait for the sweep, never work
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for Redis as long as it takes
# One try, at most two seconds, for whoever rings: a dead Redis costs a save milliseconds (by default, six seconds).
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "max_retries": 0,
    "socket_connect_timeout": 1,
    "socket_timeout": 2,
    **_of_the_broker,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CONSUMER = "portal.consumer:Consumer"
# So many tasks until a worker's process connects anew: Celery by itself does before and after each of them, and with
# the connection go the plans that PostgreSQL keeps in it. portal/celery.py says when an old or broken one is let go.
CELERY_DB_REUSE_MAX = 10_000
CELERY_BEAT_SCHEDULER = "portal.beat.Scheduler"  # what was sent stands in the database, for the beats of all hosts

AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = ["portal.accounts.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "portal.accounts.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # people come by invitation, whose link proves the address
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True  # the link of an invitation or reset signs in
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody gets e-mail because somebody typed their address
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_RATE_LIMITS = {"confirm_password": "5/5m/user", "verify_letter": "60/m/ip"}
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24 * 3

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "static/"
STATIC_ROOT = RUN_DIR / "static"
STATICFILES_DIRS = [
    BASE / "static",
    ("bootstrap", BASE / "node_modules/bootstrap/dist"),
]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Photos and documents of reports. No address leads into it: projects/views/evidence.py hands them out.
    "evidence": environment.evidence(places.here().evidence),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "portal.static_files.HashedFiles"
    },
}
MEDIA_ROOT = RUN_DIR / "media"

# The type that documents are printed in: regular, bold, sans medium. No browser asks for it, so it isn't a static file.
TYPE_FOLDERS = [
    BASE / "node_modules/@expo-google-fonts" / face
    for face in ("noto-serif-sc/400Regular", "noto-serif-sc/700Bold", "noto-sans-sc/500Medium")
]

DEFAULT_FROM_EMAIL = os.environ.get("CONCENTRIC_EMAIL_FROM") or "Concentric <concentric@localhost>"
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = 20
_mail = environment.mail("CONCENTRIC_EMAIL_URL")
# The demo keeps its e-mails in a mailbox of its own, unless a mail server is named.
EMAIL_BACKEND = "portal.mail.mailbox.Backend" if DEMO and not _mail else "portal.mail.smtp.Backend"
EMAIL_HOST = str(_mail.get("EMAIL_HOST") or "localhost")
EMAIL_PORT = int(str(_mail.get("EMAIL_PORT") or 25))
EMAIL_HOST_USER = str(_mail.get("EMAIL_HOST_USER") or "")
EMAIL_HOST_PASSWORD = str(_mail.get("EMAIL_HOST_PASSWORD") or "")
EMAIL_USE_TLS = bool(_mail.get("EMAIL_USE_TLS"))
EMAIL_USE_SSL = bool(_mail.get("EMAIL_USE_SSL"))

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
DJANGO_TABLES2_TEMPLATE = "components/_table.html"
DJANGO_TABLES2_TABLE_ATTRS = {"class": "table table-sm table-hover table-list table-cards"}

PGHISTORY_APPEND_ONLY = True
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")  # reading changes nothing: nothing is to be told

HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "projects.views.line_form.stale_form"  # keeps what was typed, where it can
X_FRAME_OPTIONS = "DENY"
ALLAUTH_TRUSTED_PROXY_COUNT = 0
if environment.yes("CONCENTRIC_PROXY"):
    ALLAUTH_TRUSTED_PROXY_COUNT = 1  # rate limits count people, not the proxy
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_AGE = 60 * 60 * 12
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
# However much is sent, only so much is kept of it (portal/uploads.py).
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "portal.uploads.BoundedHandler",
]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in (
        "camera",
        "geolocation",
        "microphone",
        "payment",
        "usb",
        "display-capture",
    )
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
