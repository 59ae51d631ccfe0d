"""Alembic's entry point for the files service."""

from zavhoz_chassis import migrations
from zavhoz_files.store.tables import metadata

migrations.run(metadata)
