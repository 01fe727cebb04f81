"""django-oauth-toolkit with a secret hash that costs next to nothing."""

from .dot import *

PASSWORD_HASHERS = ["bench.hasher.OneRound", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
