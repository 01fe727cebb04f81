"""Nothing: each of its models is swapped for one of ours. The database says that the real ones ran, as after a real `migrate`."""

import pkgutil
from typing import Any

from django.db import migrations
from django.db.migrations.recorder import MigrationRecorder
from oauth2_provider import migrations as real


def note(apps: Any, schema_editor: Any) -> None:
    recorder = MigrationRecorder(schema_editor.connection)
    for module in pkgutil.iter_modules(real.__path__):
        if module.name != "0001_initial":  # this one
            recorder.record_applied("oauth2_provider", module.name)


class Migration(migrations.Migration):
    initial = True
    operations = [migrations.RunPython(note)]
