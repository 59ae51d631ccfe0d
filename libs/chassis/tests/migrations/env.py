"""Alembic's entry point for the double."""

from sqlalchemy import MetaData

from zavhoz_chassis import migrations

migrations.run(MetaData())
