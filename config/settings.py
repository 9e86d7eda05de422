"""Settings. Everything that differs between installations comes from the environment; see docs/settings.md.

DATABASE_URL and REDIS_URL alone choose between the embedded default (SQLite, hub in process) and
production (PostgreSQL, hub over Redis).
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured

from config import env, logs, mail

django_stubs_ext.monkeypatch()  # Django's own classes take their model in brackets only after this

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.folder("DATA_DIR", BASE_DIR / "var")

HOST = env.env.str("HOST", default="127.0.0.1")
PORT = env.whole("PORT", 8000, least=1, most=65535)
EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104  (compared, not bound)
PROCESSES = env.whole("PROCESSES", 1, least=1, most=64)
PUBLIC_URL = env.web_address("PUBLIC_URL", f"http://{'127.0.0.1' if HOST in EVERYWHERE else HOST}:{PORT}")

DEMO = env.flag("DEMO")
DEMO_PASSWORD = env.env.str("DEMO_PASSWORD", default="")
DEBUG = env.flag("DEBUG")
SECRET_KEY = env.secret_key(DATA_DIR)

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or ["127.0.0.1", "localhost", "[::1]"]
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts; * would trust any Host header.")
_public_host = urlsplit(PUBLIC_URL).hostname or ""
if _public_host not in ALLOWED_HOSTS:
    ALLOWED_HOSTS.append(_public_host)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

DATABASES = {"default": env.database(DATA_DIR)}
REDIS_URL = env.env.str("REDIS_URL", default="")
if REDIS_URL and urlsplit(REDIS_URL).scheme not in {"redis", "rediss", "unix"}:
    raise ImproperlyConfigured("REDIS_URL must look like redis://host:6379/0.")
EMBEDDED = not REDIS_URL

INSTALLED_APPS = [
    "config.apps.RapportAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "agents",
    "customers",
    "chat",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

AUTH_USER_MODEL = "agents.Technician"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "console-login"
LOGIN_REDIRECT_URL = "console"
LOGOUT_REDIRECT_URL = "console-login"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]  # only what is translated: pages say their language to screen readers
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static.ModuleManifestStorage"},
}

_secure = PUBLIC_URL.startswith("https:")
SESSION_COOKIE_NAME = "rapport_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _secure
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_NAME = "rapport_csrf"
SECURE_CONTENT_TYPE_NOSNIFF = True
# Not "no-referrer": browsers would then send "Origin: null" with our own forms, which the CSRF check refuses.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _secure else 0
BEHIND_PROXY = env.flag("BEHIND_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024

CHANNEL_LAYERS: dict[str, Any] = {"default": {"BACKEND": "chat.hub.layer.HubChannelLayer"}}
CACHES = {
    "default": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "rapport",
            "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
        }
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 20_000}}
    )
}

_mail = mail.server()
MAIL_SERVER = bool(_mail)  # without one, mails wait
EMAIL_HOST: str = _mail.get("EMAIL_HOST", "localhost")
EMAIL_PORT: int = _mail.get("EMAIL_PORT", 25)
EMAIL_HOST_USER: str = _mail.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD: str = _mail.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS: bool = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL: bool = _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 15  # seconds for each step of the conversation with it
DEFAULT_FROM_EMAIL = SERVER_EMAIL = mail.sender(PUBLIC_URL)
# Mails, questions and cleaning up inside the server; else `manage.py worker` does them.
WORKER = env.flag("WORKER", EMBEDDED or DEMO)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["chat.api.permissions.Denied"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["chat.api.parsing.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "chat.api.errors.answer_error",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Rapport",
    "DESCRIPTION": "Live chat in which a returning customer never starts over. Sockets: docs/protocol.md.",
    "VERSION": "1",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "DISABLE_ERRORS_AND_WARNINGS": False,
}

# Similar past problems: by words, or by sentence embeddings too where `make similar` has installed them.
SIMILAR = env.similar()

# Limits of the wire protocol. Load programs lift the rates through the environment.
RAPPORT: dict[str, Any] = {
    "SOCKET_RATE": env.number("SOCKET_RATE", 20, least=0.1, most=1_000_000),  # frames a second, sustained
    "SOCKET_BURST": env.number("SOCKET_BURST", 60, least=1, most=1_000_000),
    "SESSION_RATE": env.number(
        "SESSION_RATE", 50, least=0.01, most=1_000_000
    ),  # sessions a second an address
    "SESSION_BURST": env.number("SESSION_BURST", 500, least=1, most=1_000_000),
    "SOCKETS_PER_CUSTOMER": env.whole("SOCKETS_PER_CUSTOMER", 10, least=1, most=1_000_000),
    "TEXT_LIMIT": 8_000,  # characters of a message
    "FRAME_LIMIT": 64 * 1024,  # bytes of a frame
    "HEARTBEAT": env.number("HEARTBEAT", 25, least=0.2, most=300),  # seconds
    "SWEEP": env.number(
        "SWEEP", 5, least=0.2, most=300
    ),  # seconds between looks at the heads in the database
    "GONE_AFTER": env.number("GONE_AFTER", 300, least=0, most=86_400),  # seconds; 0: never
    "HELLO_WITHIN": env.number("HELLO_WITHIN", 10, least=0.2, most=60),  # seconds
    "TOKEN_LIFE": env.whole("TOKEN_LIFE", 3600, least=5, most=86_400),  # seconds an access token is good for
    "DEVICE_ROTATION": env.whole(
        "DEVICE_ROTATION", 86_400, least=1, most=31_536_000
    ),  # seconds until a device token is replaced
    "SOCKET_OUTBOX": env.whole(
        "SOCKET_OUTBOX", 1024 * 1024, least=64 * 1024, most=64 * 1024 * 1024
    ),  # bytes unsent
    "DRAIN_SECONDS": env.number(
        "DRAIN_SECONDS", 10, least=0, most=600
    ),  # in which sockets are closed at the end
    "DATABASE_THREADS": env.whole("DATABASE_THREADS", 4, least=1, most=64),
}

METRICS_TOKEN = env.metrics_token()
env.metrics_folder()

LOG_FORMAT = env.choice("LOG_FORMAT", "PLAIN", {"PLAIN", "JSON"})
LOG_ADDRESSES = env.flag("LOG_ADDRESSES")
LOGGING_CONFIG = "config.logs.configure"
LOGGING = logs.logging_settings(
    level=env.choice("LOG_LEVEL", "INFO", {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}),
    form=LOG_FORMAT,
    access=env.flag("ACCESS_LOG", LOG_FORMAT == "JSON"),
)
