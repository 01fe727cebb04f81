"""A secret hash that costs next to nothing: PBKDF2 with one round."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class OneRound(PBKDF2PasswordHasher):
    algorithm = "pbkdf2_one_round"
    iterations = 1
