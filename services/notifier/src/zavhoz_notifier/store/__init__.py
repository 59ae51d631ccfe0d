"""The only place with SQL, and with Redis commands."""
