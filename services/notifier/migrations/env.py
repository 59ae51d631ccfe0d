"""Alembic's entry point for the notifier."""

from zavhoz_chassis import migrations
from zavhoz_notifier.store.tables import metadata

migrations.run(metadata)
