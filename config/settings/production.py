"""Production. What differs from site to site is an environment variable; NAME_FILE names a file with the value.

Needed: OAUTH_SERVER_ISSUER, DATABASE_URL, SECRET_KEY, EMAIL_URL. Behind a proxy: TRUSTED_PROXIES.
"""

from typing import Any

import environ
import structlog

from config import redact, trace
from oauth_server import uris

from .base import *
from .base import INSTALLED_APPS, MIDDLEWARE
from .databases import database

env = environ.FileAwareEnv()

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

OAUTH_SERVER: dict[str, Any] = {
    "ISSUER": env.str("OAUTH_SERVER_ISSUER"),
    "SITE_NAME": env.str("SITE_NAME", default=""),
    "TRUSTED_PROXIES": env.list("TRUSTED_PROXIES", default=[]),
    "FETCH_PRIVATE_HOSTS": env.list("FETCH_PRIVATE_HOSTS", default=[]),
    "DIGEST_KEYS": env.list("DIGEST_KEYS", default=[]),
    "ENCRYPTION_KEYS": env.list("ENCRYPTION_KEYS", default=[]),
    "ERROR_URI": env.str("ERROR_URI", default=""),
    "METRICS_TOKEN": env.str("METRICS_TOKEN", default=""),
    "AUDIT_WEBHOOK_URL": env.str("AUDIT_WEBHOOK_URL", default=""),
    "AUDIT_WEBHOOK_SECRET": env.str("AUDIT_WEBHOOK_SECRET", default=""),
}
_host = uris.split(OAUTH_SERVER["ISSUER"]).hostname or ""
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_host])

DATABASES = {"default": database(env.str("DATABASE_URL"))}
# Limits on sign-ins count in one cache for all workers: the database's, unless another one is named (redis://…).
CACHES = {"default": env.cache_url("CACHE_URL", default="dbcache://oauth_server_cache")}

# Mail
_mail = env.email_url("EMAIL_URL")
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail.get("EMAIL_HOST", "")
EMAIL_PORT = _mail.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _mail.get("EMAIL_FILE_PATH", "")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"noreply@{_host}")
ACCOUNT_EMAIL_VERIFICATION = env.str("EMAIL_VERIFICATION", default="mandatory")  # or "optional", "none"

# HTTPS. A proxy that ends TLS has to set X-Forwarded-Proto and to drop what a visitor sent under that name.
if OAUTH_SERVER["TRUSTED_PROXIES"]:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_NAME = "__Host-sessionid"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrftoken"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_NAME = "__Host-language"
LANGUAGE_COOKIE_SECURE = True
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# One JSON object a line on standard error, without tokens, secrets and query strings.
INSTALLED_APPS = [*INSTALLED_APPS, "django_structlog"]
MIDDLEWARE = ["django_structlog.middlewares.RequestMiddleware", *MIDDLEWARE]
DJANGO_STRUCTLOG_USER_ID_FIELD = ""  # would read the session and the user on every request
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # would believe any X-Forwarded-For
_steps: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[
        *_steps,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": [*_steps, structlog.stdlib.ExtraAdder()],
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                trace.processor,
                redact.processor,
                structlog.processors.JSONRenderer(),
            ],
        }
    },
    "filters": {"without_stack": {"()": lambda: redact.without_stack}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.security.DisallowedHost": {"filters": ["without_stack"]},
    },
}
