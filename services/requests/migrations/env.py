"""Alembic's entry point for the requests service."""

from zavhoz_chassis import migrations
from zavhoz_requests.store.tables import metadata

migrations.run(metadata)
