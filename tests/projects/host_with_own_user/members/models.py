"""People without a password, an email address, `is_active` or permissions."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Member(AbstractBaseUser):
    number = models.CharField(max_length=8, primary_key=True)
    name = models.CharField(max_length=100, unique=True)

    USERNAME_FIELD = "name"
    objects = BaseUserManager()

    def __str__(self):
        return self.name
