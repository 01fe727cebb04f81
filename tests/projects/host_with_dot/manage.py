"""A project that has run on django-oauth-toolkit for years; its code imports nothing else for OAuth."""

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "host.settings")
execute_from_command_line(sys.argv)
